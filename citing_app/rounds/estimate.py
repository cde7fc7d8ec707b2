"""How long a round will take, told before it starts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citing_app.rounds.spec import MAX_LENGTH

TOKENS_PER_SECOND: Mapping[str, float] = {"cpu": 150.0, "cuda": 10_000.0}
"""Training rates of a 135 M student, for a first round; a finished round's own rate replaces them."""

USUAL_TOKENS = 8 * 512
"""In a batch of rows that nobody has seen yet."""
_PROCESS_BYTES = 2 * 1024**3
_WIDTHS = ("hidden_size", "n_embd", "d_model")
_INNER_WIDTHS = ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size")
_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
"""What architectures call the same in their config.json."""


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

    def trained(self, passes: float) -> float:
        """What a round reads in so many passes: its rows, and the held-out ones before the first and after each.

        Held-out rows count half: they cost no backward pass.
        """
        read = [self._as_read(rows) for rows in (self.train, self._held_out)]
        return passes * sum(read[0]) + (math.ceil(passes) + 1) * sum(read[1]) / 2

    @property
    def longest(self) -> int:
        """In the longest row that is read; 0 where none is."""
        return max(self._read(), default=0)

    def _read(self) -> list[int]:
        return self._as_read([*self.train, *self._held_out])

    @property
    def _held_out(self) -> list[Sequence[int]]:
        return [[length] for length in self.validation]

    def _as_read(self, rows: Sequence[Sequence[int]]) -> list[int]:
        beyond = 0 if self.is_counted else self.most
        return [sum(some) if max(some) <= self.most else beyond * len(some) for some in rows]


def passes_of(rows: int, rows_per_step: int, epochs: int, max_steps: int) -> float:
    """How often a round goes over its `rows`: `epochs` times, or less where `max_steps` (0: none) end it before."""
    steps = -(-rows // rows_per_step)
    return min(float(epochs), max_steps / steps) if max_steps and steps else float(epochs)


def estimate_seconds(tokens: float, tokens_per_second: float, start_seconds: float = 10.0) -> float:
    """Seconds to train on `tokens` tokens, and `start_seconds` to load the student."""
    return start_seconds + tokens / tokens_per_second


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


def chat_bytes(weights: int, config: Mapping[str, Any], tokens: int = USUAL_TOKENS, dtype: str = "float32") -> int:
    """About the memory that drafting and chat take: the process, the student, and two numbers of each layer's width
    for each of `tokens` tokens. Students whose heads share keys and values take less."""
    size = 2 if dtype == "bfloat16" else 4
    hidden, _, layers = _shape(config)
    return _PROCESS_BYTES // 2 + weights * size // 2 + 2 * tokens * layers * hidden * size


def as_bfloat16(weights: int, config: Mapping[str, Any]) -> int:
    """The size that weights of `weights` bytes would have in bfloat16: half of it, where they are float32."""
    return weights // 2 if "float32" in (config.get("dtype"), config.get("torch_dtype")) else weights


def lora_bytes(config: Mapping[str, Any], r: int) -> int:
    """About the size of an adapter of rank `r` on all linear layers, in bytes (float32), from a student's config.json.

    A layer of i inputs and o outputs takes r (i + o) numbers. Where the config says nothing: that of a 135 M student.
    """
    hidden, inner, layers = _shape(config)
    heads = _number(config, _HEADS, 9)
    values = hidden * _number(config, ("num_key_value_heads", "num_kv_heads"), heads) // heads
    attention = 2 * (hidden + hidden) + 2 * (hidden + values)
    return 4 * r * layers * (attention + 3 * (hidden + inner))


def _shape(config: Mapping[str, Any]) -> tuple[int, int, int]:
    """A student's width, inner width and number of layers."""
    hidden = _number(config, _WIDTHS, 0)
    inner = _number(config, _INNER_WIDTHS, 4 * hidden or 1536)
    return hidden or 576, inner, _number(config, _LAYERS, 30)


def _number(config: Mapping[str, Any], names: Sequence[str], usual: int) -> int:
    """The first of these that a config.json names; the largest where each layer has its own. `usual` without any."""
    text = config.get("text_config")
    for part in (text, config) if isinstance(text, Mapping) else (config,):
        for value in map(part.get, names):
            numbers = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, int)]
            if numbers and max(numbers) > 0:
                return max(numbers)
    return usual
