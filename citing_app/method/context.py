"""How many tokens a student reads and writes at once, as its configuration says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = (
    *("max_position_embeddings", "n_positions", "max_seq_len", "max_sequence_length", "max_seq_length"),
    *("seq_length", "context_length", "n_ctx"),
)
_INNER = ("text_config", "llm_config", "language_config")
"""Where the configuration of a student that also sees or hears says what concerns its text."""
_NO_LIMIT = 10**8
"""More than any student reads: tokenizers write numbers beyond this where they know of no limit."""


def context_of(config: Mapping[str, Any], tokenizer: Mapping[str, Any] | None = None) -> int | None:
    """The context in tokens by a student's config.json, else by its tokenizer_config.json; None where neither says it.

    Architectures name it differently. A recurrent student has none at all.
    """
    inner = [part for part in map(config.get, _INNER) if isinstance(part, Mapping)]
    named = [part.get(name) for part in (*inner, config) for name in _NAMES]
    told = [*named, (tokenizer or {}).get("model_max_length")]
    return next((value for value in map(_length, told) if value is not None), None)


def _length(value: Any) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 < value < _NO_LIMIT else None
