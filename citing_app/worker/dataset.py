"""Training rows as token ids, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from citing_app.errors import CitingError
from citing_app.worker.templates import answer_ids, answer_weights, prompt_ids

NO_ROW = -1
"""The number of a row that is none. It stands where a process has no row to train on: nothing is learned of it."""


@dataclass(frozen=True)
class Tokens:
    """One row: the prompt's token ids and the answer's, with the end of its turn.

    `weights` says how much each token of the answer counts (None: all alike); `number` is the row's place in its
    file, from 0.
    """

    prompt: list[int]
    answer: list[int]
    weights: list[float] | None = None
    number: int = 0

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


class RowDataset(torch.utils.data.Dataset[Tokens]):
    """The rows of a file that fit into `max_length` tokens.

    A row that does not fit is left out whole and counted in `dropped`: cut, it would teach to answer a text that the
    student was not shown, or to stop in mid-sentence.
    """

    def __init__(self, rows: Sequence[Tokens], max_length: int) -> None:
        self.rows = [row for row in rows if len(row) <= max_length]
        self.dropped = len(rows) - len(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Tokens:
        return self.rows[index] if index != NO_ROW else Tokens(self.rows[0].prompt[:1], [])

    @property
    def lengths(self) -> list[int]:
        """Tokens in each row."""
        return [len(row) for row in self.rows]

    @property
    def answer_tokens(self) -> int:
        """Tokens of all answers: the positions that are projected onto the vocabulary."""
        return sum(len(row.answer) for row in self.rows)

    @property
    def has_weights(self) -> bool:
        """Whether tokens of any row count differently."""
        return any(row.weights is not None for row in self.rows)

    def longest(self, count: int) -> list[Tokens]:
        """The `count` longest rows, or all where there are fewer."""
        return sorted(self.rows, key=len)[-count:]


def read_rows(path: Path, tokenizer: Any) -> list[Tokens]:
    """The rows of a JSON-lines file as token ids. Raises CitingError with the number of a row that is none."""
    with path.open(encoding="utf-8") as file:
        return [_row(line, number, path.name, tokenizer) for number, line in enumerate(file)]


def _row(line: str, number: int, name: str, tokenizer: Any) -> Tokens:
    try:
        row = json.loads(line)
        (answer,) = row["completion"]
        text, spans = answer["content"], row.get("weights")
        weights = answer_weights(tokenizer, text, spans) if spans else None
        return Tokens(prompt_ids(tokenizer, row["prompt"]), answer_ids(tokenizer, text), weights, number)
    except (ValueError, KeyError, TypeError) as error:
        raise CitingError(
            f"Row {number + 1} of {name} is not a training row: it needs prompt and completion as chat messages, and "
            "weights, where it has any, as spans of the completion."
        ) from error
