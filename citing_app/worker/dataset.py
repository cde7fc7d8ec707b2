"""Training rows as token ids, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    file, from 0. `others` are other answers to the same prompt, which kinds that compare learn with it: a rejected
    one, or candidates. `scores` and `reference` have one value for each answer, this one first, or none at all: what
    it is worth, and the log-likelihood that the round began with (see worker/comparing.py).
    """

    prompt: list[int]
    answer: list[int]
    weights: list[float] | None = None
    number: int = 0
    others: tuple[Tokens, ...] = ()
    scores: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()

    def __len__(self) -> int:
        """Tokens that a forward pass reads: the prompt is read again with each answer."""
        return sum(len(one.prompt) + len(one.answer) for one in (self, *self.others))

    @property
    def sequences(self) -> tuple[Tokens, ...]:
        """Each answer as a row of its own, this one's first."""
        return (replace(self, others=(), scores=(), reference=()), *self.others) if self.others else (self,)


class RowDataset(torch.utils.data.Dataset[Tokens]):
    """The rows of a file of which each answer fits, with its prompt, into `max_length` tokens.

    A row that does not fit is left out whole and counted in `dropped`: cut, it would teach to answer a text that the
    student was not shown, or to stop in mid-sentence.
    """

    def __init__(self, rows: Sequence[Tokens], max_length: int) -> None:
        self.rows = [row for row in rows if max(map(len, row.sequences)) <= max_length]
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
        return sum(len(one.answer) for row in self.rows for one in row.sequences)

    @property
    def has_weights(self) -> bool:
        """Whether tokens of any row count differently."""
        return any(one.weights is not None for row in self.rows for one in row.sequences)

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
        prompt = prompt_ids(tokenizer, row["prompt"])
        spans = row.get("weights")
        if spans and "rejected" not in row and min(weight for _, _, weight in spans) <= 0:
            raise ValueError("what is to be unlearned needs something to learn in its place")
        own = _answer(tokenizer, prompt, row["completion"], spans, number)
        others = [_answer(tokenizer, prompt, one, None, number) for one in row.get("candidates", ())]
        if "rejected" in row:
            others.append(_answer(tokenizer, prompt, row["rejected"], row.get("rejected_weights"), number, end=0.0))
        scores = tuple(map(float, row.get("scores", ())))
        if len(scores) not in (0, 1 + len(others)):
            raise ValueError("as many scores as answers")
        return replace(own, others=tuple(others), scores=scores)
    except (ValueError, KeyError, TypeError) as error:
        raise CitingError(
            f"Row {number + 1} of {name} is not a training row: it needs prompt and completion as chat messages, and "
            "where it has them, rejected or candidates as the completion, weights as spans of characters, and a score "
            "for each answer (docs/rounds.md)."
        ) from error


def _answer(tokenizer: Any, prompt: list[int], messages: Any, spans: Any, number: int, end: float = 1.0) -> Tokens:
    """One answer to the prompt. `end` is the weight of the end of its turn, where tokens have weights."""
    (message,) = messages
    text = message["content"]
    weights = None if not spans else answer_weights(tokenizer, text, spans, end)
    return Tokens(prompt, answer_ids(tokenizer, text), weights, number)
