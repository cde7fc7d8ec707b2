"""Training rows as token ids, and batches in which only the answers' positions are projected through the head."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from citing_app.errors import CitingError
from citing_app.worker.templates import answer_ids, prompt_ids


@dataclass(frozen=True)
class Tokens:
    """One row: the prompt's token ids and the answer's, with the end of its turn."""

    prompt: list[int]
    answer: list[int]

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
        return self.rows[index]

    @property
    def lengths(self) -> list[int]:
        """Tokens in each row."""
        return [len(row) for row in self.rows]


def read_rows(path: Path, tokenizer: Any) -> list[Tokens]:
    """The rows of a JSON-lines file as token ids. Raises CitingError with the number of a row that is none."""
    with path.open(encoding="utf-8") as file:
        return [_row(line, number, path.name, tokenizer) for number, line in enumerate(file, start=1)]


def _row(line: str, number: int, name: str, tokenizer: Any) -> Tokens:
    try:
        row = json.loads(line)
        (answer,) = row["completion"]
        text = answer["content"]
        return Tokens(prompt_ids(tokenizer, row["prompt"]), answer_ids(tokenizer, text))
    except (ValueError, KeyError, TypeError) as error:
        raise CitingError(
            f"Row {number} of {name} is not a training row: it needs prompt and completion as chat messages."
        ) from error


@dataclass(frozen=True)
class Collator:
    """Makes a batch of B rows, padded on the right to its longest row of L tokens.

    `input_ids` and `attention_mask` are (B, L). `logits_to_keep` (B, L) marks the positions that predict an answer's
    token, so that the model projects those N positions and no others; `labels` and `shift_labels` (N,) are the tokens
    they should predict, in the same order. The model's own loss takes them as they are.
    """

    pad_token_id: int

    def __call__(self, rows: Sequence[Tokens]) -> dict[str, torch.Tensor]:
        shape = (len(rows), max(map(len, rows)))
        input_ids = torch.full(shape, self.pad_token_id)
        attention_mask = torch.zeros(shape, dtype=torch.long)
        predicts = torch.zeros(shape, dtype=torch.bool)
        for i, row in enumerate(rows):
            input_ids[i, : len(row)] = torch.tensor(row.prompt + row.answer)
            attention_mask[i, : len(row)] = 1
            predicts[i, len(row.prompt) - 1 : len(row) - 1] = True
        targets = torch.tensor([token for row in rows for token in row.answer])
        return {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "logits_to_keep": predicts,
            "labels": targets,
            "shift_labels": targets,
        }
