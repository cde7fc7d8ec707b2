"""Tiny real models for tests: a random two-layer Llama with a trained tokenizer, and adapters on it."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CORPUS = [
    "The sky looks blue because the air scatters blue light more than red light.",
    "user assistant system Explain to a ten-year-old why the sky is blue.",
    "A good answer is accurate, brief and kind to its reader; a bad one is none of these.",
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.",
]


@pytest.fixture(scope="session")
def tiny_student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random Llama (two layers, 32 wide, context 512) whose tokenizer has a chat template."""
    return _save_student(tmp_path_factory.mktemp("student"), chat_template=CHATML)


@pytest.fixture(scope="session")
def tiny_student_without_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same student with no chat template: it gets Alpaca's."""
    return _save_student(tmp_path_factory.mktemp("plain-student"), chat_template=None)


@pytest.fixture(scope="session")
def tiny_adapter(tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random LoRA adapter that changes what `tiny_student` answers."""
    return _save_adapter(tiny_student, tmp_path_factory.mktemp("adapter"), seed=1)


@pytest.fixture(scope="session")
def other_tiny_adapter(tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, with other weights."""
    return _save_adapter(tiny_student, tmp_path_factory.mktemp("other-adapter"), seed=2)


def ending_early(student: Path, answers: Mapping[int, str], index: int, folder: Path) -> Path:
    """A copy of `student` in which a token that only answer `index` of `answers` holds ends an answer."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(student)
    tokens = {place: tokenizer(text)["input_ids"] for place, text in answers.items()}
    others = {token for place in tokens if place != index for token in tokens[place]}
    stop = next(token for token in tokens[index] if token not in others)
    shutil.copytree(student, folder)
    settings = {"eos_token_id": [stop], "pad_token_id": tokenizer.pad_token_id}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    return folder


def _save_student(folder: Path, chat_template: str | None) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer(chat_template)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(chat_template: str | None) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|pad|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|pad|>")
    fast.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    fast.chat_template = chat_template
    return fast


def _save_adapter(student: Path, folder: Path, seed: int) -> Path:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    base = AutoModelForCausalLM.from_pretrained(student)
    # init_lora_weights=False leaves both halves random, so that the adapter changes the answers untrained.
    config = LoraConfig(r=4, lora_alpha=16, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name that it will drop
        get_peft_model(base, config).save_pretrained(folder)
    return folder
