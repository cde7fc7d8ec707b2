"""What a student is by its configuration, told before its weights are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citing_app.errors import CitingError
from citing_app.method.context import context_of
from citing_app.worker.unreadable import reading

_ENDLESS = 2**20
"""The context of a recurrent student in tokens: it has no end of its own, and memory ends it sooner."""


@dataclass(frozen=True)
class Architecture:
    """`context` is how many tokens it reads and writes at once. `takes_flash`: FlashAttention computes its attention.

    A recurrent one carries a state from token to token, so rows that are laid end to end would run into each other.
    """

    context: int
    takes_flash: bool = True
    is_recurrent: bool = False


def architecture_of(student: str, tokenizer: Any) -> Architecture:
    """The architecture of the student in a folder or of a hub name.

    Raises CitingError where its configuration cannot be read, is of no causal language model, or names no context.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    config = reading(student, AutoConfig.from_pretrained)
    known: Any = AutoModelForCausalLM
    try:
        made = known._model_mapping[type(config)]
    except KeyError as error:
        raise CitingError(
            f"The student {student} is not a causal language model ({config.model_type}); choose one that writes text."
        ) from error
    model = made[0] if isinstance(made, tuple) else made
    layers = getattr(config.get_text_config(), "layer_types", None) or []
    is_recurrent = model._is_stateful or any("attention" not in layer for layer in layers)
    return Architecture(
        _context(student, config, tokenizer, model._is_stateful), model._supports_flash_attn, is_recurrent
    )


def _context(student: str, config: Any, tokenizer: Any, is_endless: bool) -> int:
    found = context_of(config.to_dict(), {"model_max_length": tokenizer.model_max_length})
    if found is None and not is_endless:
        raise CitingError(
            f"The student {student} does not state its context length; add max_position_embeddings to its config.json, "
            "or model_max_length to its tokenizer_config.json."
        )
    return found or _ENDLESS
