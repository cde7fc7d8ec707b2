"""Batches in which only the answers' positions are projected through the head, and how they are cut smaller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch

from citing_app.worker.dataset import Tokens

Batch = dict[str, torch.Tensor]
_OF_TOKENS = ("labels", "shift_labels", "weights")
_OF_ANSWERS = ("scores", "reference")


@dataclass(frozen=True)
class Collator:
    """Makes a batch of B answers with their prompts, padded on the right to the longest, of L tokens.

    Where rows have several answers, those of a row stand one after the other, and `answers` (rows,) says how many each
    has; `scores` and `reference` (B,) are there where rows have them.

    `input_ids` and `attention_mask` are (B, L). `logits_to_keep` (B, L) marks the positions that predict an answer's
    token, so that the model projects those N positions and no others; `labels` and `shift_labels` (N,) are the tokens
    they should predict, in the same order. The model's own loss takes them as they are. `weights` (N,) is there where
    the collator is `weighted`, and the trainer takes the loss itself.

    A collator that `packs` lays the rows end to end instead, (1, sum of lengths), with `position_ids` that begin
    again at each row and no mask: without padding, and right only for an attention that keeps such rows apart.

    Rows without an answer (see `NO_ROW`) are left out. Where there are no others, one token is the whole batch: its
    loss is 0, and so are its gradients.
    """

    pad_token_id: int
    weighted: bool = False
    packs: bool = False

    def __call__(self, rows: Sequence[Tokens]) -> Batch:
        rows = [row for row in rows if row.answer] or rows[:1]
        answers = [one for row in rows for one in row.sequences]
        batch = _packed(answers) if self.packs else _padded(answers, self.pad_token_id)
        targets = torch.tensor([token for one in answers for token in one.answer], dtype=torch.long)
        batch |= {"labels": targets, "shift_labels": targets}
        if self.weighted:
            batch["weights"] = torch.tensor([w for one in answers for w in one.weights or [1.0] * len(one.answer)])
        if any(row.others for row in rows):
            batch["answers"] = torch.tensor([len(row.sequences) for row in rows])
        for name in _OF_ANSWERS:
            if any(getattr(row, name) for row in rows):  # a row without them has zeros, which nothing reads
                values = [getattr(row, name) or (0.0,) * len(row.sequences) for row in rows]
                batch[name] = torch.tensor([value for some in values for value in some])
        return batch


def _padded(rows: Sequence[Tokens], pad_token_id: int) -> Batch:
    shape = (len(rows), max(map(len, rows)))
    input_ids = torch.full(shape, pad_token_id)
    attention_mask = torch.zeros(shape, dtype=torch.long)
    predicts = torch.zeros(shape, dtype=torch.bool)
    for i, row in enumerate(rows):
        input_ids[i, : len(row)] = torch.tensor(row.prompt + row.answer)
        attention_mask[i, : len(row)] = 1
        predicts[i, len(row.prompt) - 1 : len(row) - 1] = True
    return {"input_ids": input_ids, "attention_mask": attention_mask, "logits_to_keep": predicts}


def _packed(rows: Sequence[Tokens]) -> Batch:
    predicts = [len(row.prompt) - 1 <= i < len(row) - 1 for row in rows for i in range(len(row))]
    return {
        "input_ids": torch.tensor([[token for row in rows for token in row.prompt + row.answer]]),
        "position_ids": torch.tensor([[position for row in rows for position in range(len(row))]]),
        "logits_to_keep": torch.tensor([predicts]),
    }


def rows_in(batch: Batch) -> int:
    """How many rows `batch` has, packed or not."""
    return len(answers_of(batch))


def answers_of(batch: Batch) -> list[int]:
    """How many answers each row of `batch` has, in order."""
    if "answers" in batch:
        counts: list[int] = batch["answers"].tolist()
        return counts
    return [1] * (len(_starts(batch)) if "position_ids" in batch else batch["input_ids"].shape[0])


def answer_lengths(batch: Batch) -> list[int]:
    """Tokens of each answer of `batch`, in order."""
    keeps = batch["logits_to_keep"]
    if "position_ids" not in batch:
        return keeps.sum(1).tolist()
    return [int(part.sum()) for part in torch.tensor_split(keeps[0], _starts(batch)[1:])]


def mean_losses(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The mean loss per token of each answer of `batch`, (B,), from its (N, vocabulary) `logits`."""
    losses = torch.nn.functional.cross_entropy(logits.float(), batch["labels"], reduction="none")
    return torch.stack([part.mean() for part in torch.split(losses, answer_lengths(batch))])


def cut(batch: Batch, rows: int) -> list[Batch]:
    """`batch` as smaller ones of at most `rows` rows each, in order; itself where it has no more."""
    counts = answers_of(batch)
    if len(counts) <= rows:
        return [batch]
    starts, lengths = [0, *accumulate(counts)], answer_lengths(batch)
    cuts = [(first, min(first + rows, len(counts))) for first in range(0, len(counts), rows)]
    return [_slice(batch, slice(*cut), slice(starts[cut[0]], starts[cut[1]]), lengths) for cut in cuts]


def _slice(batch: Batch, rows: slice, answers: slice, lengths: list[int]) -> Batch:
    """These rows of `batch`, which have these answers."""
    tokens = slice(sum(lengths[: answers.start]), sum(lengths[: answers.stop]))
    cuts = {"answers": rows} | dict.fromkeys(_OF_ANSWERS, answers) | dict.fromkeys(_OF_TOKENS, tokens)
    piece = {name: batch[name][places] for name, places in cuts.items() if name in batch}
    if "position_ids" in batch:
        starts = [*_starts(batch), batch["position_ids"].shape[1]]
        across = slice(starts[answers.start], starts[answers.stop])
        return {name: batch[name][:, across] for name in ("input_ids", "position_ids", "logits_to_keep")} | piece
    longest = int(batch["attention_mask"][answers].sum(1).max())
    wide = ("input_ids", "attention_mask", "logits_to_keep")
    return {name: batch[name][answers, :longest] for name in wide} | piece


def _starts(batch: Batch) -> list[int]:
    starts: list[int] = (batch["position_ids"][0] == 0).nonzero().flatten().tolist()
    return starts
