"""Loading the model that a round trains: the student with a new adapter or with its parent's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_hash, ensure_made_for
from citing_app.rounds.spec import Parent, RoundSpec
from citing_app.worker.templates import ensure_chat_template
from citing_app.worker.unreadable import reading

ALL = "all-linear"
_MAMBA = ("mamba", "mamba2", "falcon_mamba", "falcon_h1", "nemotron_h")
_FUSED = ("out_proj", "conv1d")
"""Modules of Mamba's kinds whose weights a fused kernel reads, so that an adapter on them would do nothing."""


def load_tokenizer(student: str) -> Any:
    """The student's tokenizer, with a chat template. Raises CitingError where the student cannot be read."""
    from transformers import AutoTokenizer

    tokenizer = reading(student, AutoTokenizer.from_pretrained)
    ensure_chat_template(tokenizer)
    return tokenizer


def load_student(
    student: str, dtype: torch.dtype, attention: str | None = None, four_bits: torch.device | None = None
) -> Any:
    """The student in `dtype`, from safetensors only. Raises CitingError where it cannot be read, or not all of it.

    `attention` None leaves it to transformers, which knows what the architecture takes: Gemma 2 and Bloom have no SDPA.
    With `four_bits`, it is loaded onto that GPU with its weights in four bits (arXiv 2305.14314).
    """
    from transformers import AutoModelForCausalLM

    packed = {} if four_bits is None else _four_bits(dtype, four_bits)
    model, found = reading(
        student,
        AutoModelForCausalLM.from_pretrained,
        dtype=dtype,
        use_safetensors=True,
        attn_implementation=attention,
        output_loading_info=True,
        **packed,
    )
    if found["missing_keys"]:  # transformers would go on with random numbers
        name = min(found["missing_keys"])
        raise CitingError(f"The student {student} is incomplete: its weights lack {name}; download it again.")
    model.name_or_path = student  # not its folder in the hub's cache, by which no adapter knows it
    model.config.use_cache = False
    if four_bits is not None:
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    return model


def _four_bits(dtype: torch.dtype, device: torch.device) -> dict[str, Any]:
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    return {"quantization_config": config, "device_map": {"": device}}


def with_adapter(model: Any, spec: RoundSpec, directory: Path) -> Any:
    """`model` with the adapter that the round trains, in float32: the parent's weights, or new ones that do nothing.

    Raises CitingError where the parent's adapter is missing, is not the one that the round was planned on, or is of
    another student.
    """
    from peft import PeftModel, get_peft_model

    if spec.parent is not None:
        return PeftModel.from_pretrained(model, str(folder_of(spec, spec.parent, directory)), is_trainable=True)
    return get_peft_model(model, lora_config(spec, model, task_type="CAUSAL_LM"))


def lora_config(spec: RoundSpec, model: Any, **others: Any) -> Any:
    """PEFT's configuration of a new adapter on `model` in the round's shape."""
    from peft import LoraConfig

    lora = spec.lora
    targets = lora.targets if isinstance(lora.targets, str) else list(lora.targets)
    if lora.targets == ALL and model.config.model_type in _MAMBA:
        others["exclude_modules"] = list(_FUSED)
    return LoraConfig(r=lora.r, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=targets, **others)


def folder_of(spec: RoundSpec, parent: Parent, directory: Path) -> Path:
    """The folder of the adapter of another round that this one, in `directory`, rests on.

    Raises CitingError where it is not the one that the round was planned on, or is of another student.
    """
    folder = (directory / parent.adapter).resolve()
    ensure_made_for(folder, spec.student)
    if adapter_hash(folder) != parent.hash:
        raise CitingError(f"The adapter of round {parent.round} has changed since this round was made; make it again.")
    return folder
