"""How long a round will take, told before it starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

CHARACTERS_PER_TOKEN = 4
TOKENS_PER_SECOND: Mapping[str, float] = {"cpu": 150.0, "cuda": 10_000.0}
"""Training rates of a 135 M student, for a first round; a finished round's own rate replaces them."""


def count_tokens(rows: Iterable[Mapping[str, Any]]) -> int:
    """About how many tokens one pass over the training `rows` reads."""
    messages = (message for row in rows for part in ("prompt", "completion") for message in row[part])
    return sum(len(message["content"]) for message in messages) // CHARACTERS_PER_TOKEN


def estimate_seconds(tokens: int, epochs: int, tokens_per_second: float, start_seconds: float = 10.0) -> float:
    """Seconds for `epochs` passes over `tokens` tokens, and `start_seconds` to load the student."""
    return start_seconds + tokens * epochs / tokens_per_second
