"""How long a round will take, told before it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citing_app.rounds.spec import MAX_LENGTH

TOKENS_PER_SECOND: Mapping[str, float] = {"cpu": 150.0, "cuda": 10_000.0}
"""Training rates of a 135 M student, for a first round; a finished round's own rate replaces them."""

USUAL_TOKENS = 8 * 512
"""In a batch of rows that nobody has seen yet."""
_PROCESS_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class RowLengths:
    """The tokens of each of a round's rows. `is_counted` by the student's own tokenizer; else each has at most so many.

    A train row has those of each of its answers with the prompt. Of the rows with one that is longer than `most` the
    trainer reads none; where nothing is counted, it may read them.
    """

    train: Sequence[Sequence[int]]
    validation: Sequence[int]
    is_counted: bool
    most: int = MAX_LENGTH

    @property
    def too_long(self) -> int:
        """Train rows that are left out, or at most so many."""
        return sum(max(lengths) > self.most for lengths in self.train)

    @property
    def tokens(self) -> int:
        """In one pass over all rows."""
        return sum(self._read())

    @property
    def longest(self) -> int:
        """In the longest row that is read; 0 where none is."""
        return max(self._read(), default=0)

    def _read(self) -> list[int]:
        beyond = 0 if self.is_counted else self.most
        rows = [*self.train, *([length] for length in self.validation)]
        return [sum(lengths) if max(lengths) <= self.most else beyond * len(lengths) for lengths in rows]


def estimate_seconds(tokens: int, epochs: int, tokens_per_second: float, start_seconds: float = 10.0) -> float:
    """Seconds for `epochs` passes over `tokens` tokens, and `start_seconds` to load the student."""
    return start_seconds + tokens * epochs / tokens_per_second


def training_bytes(weights: int, config: Mapping[str, Any], tokens: int = USUAL_TOKENS, dtype: str = "float32") -> int:
    """About the memory that a round takes at its peak: the process, the student, and what a backward pass keeps.

    `weights` is the student's size on disk (bfloat16), `tokens` the longest batch's, `config` the student's
    config.json; the numbers are those of `dtype`. For each token a layer keeps about 16 numbers for each of its width
    and 4 for each of its inner width: a round of a 135 M student with 5,100 tokens in its longest batch grew to
    6.0 GB in bfloat16, where this says 7.1.
    """
    size = 2 if dtype == "bfloat16" else 4
    hidden, inner, layers = _shape(config)
    return _PROCESS_BYTES + weights * size // 2 + tokens * layers * (16 * hidden + 4 * inner) * size


def lora_bytes(config: Mapping[str, Any], r: int) -> int:
    """About the size of an adapter of rank `r` on all linear layers, in bytes (float32), from a student's config.json.

    A layer of i inputs and o outputs takes r (i + o) numbers. Where the config says nothing: that of a 135 M student.
    """
    hidden, inner, layers = _shape(config)
    heads = int(config.get("num_attention_heads", 9))
    values = hidden * int(config.get("num_key_value_heads", heads)) // heads
    attention = 2 * (hidden + hidden) + 2 * (hidden + values)
    return 4 * r * layers * (attention + 3 * (hidden + inner))


def _shape(config: Mapping[str, Any]) -> tuple[int, int, int]:
    """A student's width, inner width and number of layers."""
    named = (("hidden_size", 576), ("intermediate_size", 1536), ("num_hidden_layers", 30))
    hidden, inner, layers = (int(config.get(name, usual)) for name, usual in named)
    return hidden, inner, layers
