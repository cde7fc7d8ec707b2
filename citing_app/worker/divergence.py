"""How far an adapter has moved the student from its base: the KL divergence per token of given answers."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from citing_app.worker.batches import Batch, Collator, answer_lengths
from citing_app.worker.dataset import Tokens
from citing_app.worker.generate import StudentModel
from citing_app.worker.jobs import Checkpoint, Job
from citing_app.worker.score import readable, scored_rows

_ROWS = 8
_POSITIONS = 1024
"""Positions projected through the head at once: with a vocabulary of 49,000 that is 200 MB in float32, twice."""
_AT_ONCE = 64
"""Positions whose distributions are compared at once."""


def divergence(student: StudentModel, job: Job, checkpoint: Checkpoint) -> None:
    """Answer a "divergence" request (see serve.py), sending its events.

    A row's divergence is the mean of KL(adapter || base), in nats, over the tokens of its answer and the end of its
    turn; each distribution is over the whole vocabulary (Kullback and Leibler 1951). It is 0 without an adapter. A row
    longer than the student reads has none.
    """
    adapter = job.fields.get("adapter")
    rows = scored_rows(student, job)
    with student.asked_for(job):
        for batch in _batches(rows, readable(rows, student.context)):
            if not checkpoint():
                return
            found = divergences(student, [rows[index] for index in batch]) if adapter else [0.0] * len(batch)
            job.send({"event": "compared", "divergences": dict(zip(batch, found, strict=True))})
    job.send({"event": "done", "tokens": sum(len(row.answer) for row in rows), "seconds": 0.0})


def _batches(rows: list[Tokens], order: list[int]) -> Iterator[list[int]]:
    """Rows of like length together: as many as fit into one window of positions, at least one."""
    batch: list[int] = []
    for index in order:
        positions = sum(len(rows[other].answer) for other in [*batch, index])
        if batch and (len(batch) == _ROWS or positions > _POSITIONS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def divergences(student: StudentModel, rows: list[Tokens], positions: int = _POSITIONS) -> list[float]:
    """The mean divergence of each of these rows, in one batch, of the adapter that is in use.

    `positions` are projected through the head at once.
    """
    batch = Collator(student.tokenizer.pad_token_id)(rows)
    batch = {name: values.to(student.device) for name, values in batch.items()}
    values = torch.cat([_window(student, batch, keep) for keep in _windows(batch, positions)])
    return [part.mean().item() for part in torch.split(values, answer_lengths(batch))]


def _windows(batch: Batch, positions: int) -> Iterator[torch.Tensor]:
    """`logits_to_keep` of the batch in parts of at most `positions`: one answer may fill a whole context."""
    places = batch["logits_to_keep"].nonzero()
    for part in torch.split(places, positions):
        keep = torch.zeros_like(batch["logits_to_keep"])
        keep[part[:, 0], part[:, 1]] = True
        yield keep


def _window(student: StudentModel, batch: Batch, keep: torch.Tensor) -> torch.Tensor:
    """The divergence at each position of `keep`, (N,)."""
    moved = _logits(student, batch, keep)
    with student.adapters.using(None):
        base = _logits(student, batch, keep)
    pairs = zip(torch.split(moved, _AT_ONCE), torch.split(base, _AT_ONCE), strict=True)
    return torch.cat([kl(*pair) for pair in pairs])


def _logits(student: StudentModel, batch: Batch, keep: torch.Tensor) -> torch.Tensor:
    inputs = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], "logits_to_keep": keep}
    with torch.inference_mode():  # not around the switch: an adapter loaded in it could not be switched outside
        logits: torch.Tensor = student.model(**inputs).logits
    return logits.view(int(keep.sum()), -1)


def kl(logits: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
    """KL(p || q) in nats, (N,), of p and q with these (N, vocabulary) logits; rounding takes none below 0."""
    p, q = logits.float().log_softmax(-1), base.float().log_softmax(-1)
    return (p.exp() * (p - q)).sum(-1).clamp(min=0.0)
