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
    return save_adapter(tiny_student, tmp_path_factory.mktemp("adapter"), seed=1)


@pytest.fixture(scope="session")
def other_tiny_adapter(tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, with other weights."""
    return save_adapter(tiny_student, tmp_path_factory.mktemp("other-adapter"), seed=2)


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
    return _save_llama(folder, tokenizer_of(chat_template))


def save_llama(folder: Path, tokenizer: Path, dtype: Any, context: int = 512) -> Path:
    """A random Llama as small as `tiny_student`, with the tokenizer of another model."""
    from transformers import AutoTokenizer

    settings = {"dtype": dtype, "max_position_embeddings": context, "tie_word_embeddings": True}
    return _save_llama(folder, AutoTokenizer.from_pretrained(tokenizer), **settings)


def _save_llama(folder: Path, tokenizer: Any, **settings: Any) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    dtype, context = settings.pop("dtype", torch.float32), settings.pop("max_position_embeddings", 512)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **settings,
    )
    LlamaForCausalLM(config).to(dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tokenizer_of(chat_template: str | None) -> Any:
    """A byte-level tokenizer of 400 tokens, trained on `CORPUS`."""
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


def save_gpt2(folder: Path) -> Path:
    """A random GPT-2, whose weights lie the other way round (Conv1D)."""
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = tokenizer_of(CHATML)
    ends = {"bos_token_id": tokenizer.eos_token_id, "eos_token_id": tokenizer.eos_token_id}
    config = GPT2Config(vocab_size=len(tokenizer), n_positions=128, n_embd=32, n_layer=2, n_head=4, **ends)
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_mixtral(folder: Path) -> Path:
    """A random mixture of experts, which are one weight in memory and many in the file."""
    from transformers import MixtralConfig, MixtralForCausalLM

    tokenizer = tokenizer_of(CHATML)
    ends = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_local_experts": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128}
    MixtralForCausalLM(MixtralConfig(vocab_size=len(tokenizer), **ends, **size, **heads)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_adapter(student: Path, folder: Path, seed: int) -> Path:
    """A random LoRA adapter on all linear layers of `student`, written to `folder`."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    base = AutoModelForCausalLM.from_pretrained(student)
    # init_lora_weights=False leaves both halves random, so that the adapter changes the answers untrained.
    config = LoraConfig(r=4, lora_alpha=16, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name that it will drop
        warnings.filterwarnings("ignore", "fan_in_fan_out is set to False", UserWarning)  # it finds GPT-2's out itself
        get_peft_model(base, config).save_pretrained(folder)
    return folder
