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


def training_bytes(weights: int) -> int:
    """About the memory that a round takes, with a student of `weights` bytes on disk (bfloat16 there, float32 here)."""
    return 2 * 1024**3 + 6 * weights


def lora_bytes(config: Mapping[str, Any], r: int) -> int:
    """About the size of an adapter of rank `r` on all linear layers, in bytes (float32), from a student's config.json.

    A layer of i inputs and o outputs takes r (i + o) numbers. Where the config says nothing: that of a 135 M student.
    """
    hidden, layers = int(config.get("hidden_size", 576)), int(config.get("num_hidden_layers", 30))
    inner, heads = int(config.get("intermediate_size", 1536)), int(config.get("num_attention_heads", 9))
    values = hidden * int(config.get("num_key_value_heads", heads)) // heads
    attention = 2 * (hidden + hidden) + 2 * (hidden + values)
    return 4 * r * layers * (attention + 3 * (hidden + inner))
