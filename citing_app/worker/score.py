"""How likely the student finds given answers: the loss per token that evaluations report, and the whole likelihood."""

from __future__ import annotations

import torch

from citing_app.worker.batches import Collator, mean_losses
from citing_app.worker.dataset import Tokens
from citing_app.worker.generate import StudentModel
from citing_app.worker.jobs import Checkpoint, Job
from citing_app.worker.templates import answer_ids, prompt_ids

_BATCH = 8


def score(student: StudentModel, job: Job, checkpoint: Checkpoint) -> None:
    """Answer a "score" request (see serve.py), sending its events.

    A row's loss is the mean negative log-likelihood, in nats, of its answer's tokens and the end of its turn, and its
    likelihood the sum of their log-likelihoods. A row longer than the student reads has neither.
    """
    rows = scored_rows(student, job)
    by_length = readable(rows, student.context)
    with student.asked_for(job):
        for start in range(0, len(by_length), _BATCH):
            if not checkpoint():
                return
            batch = by_length[start : start + _BATCH]
            losses = _losses(student, [rows[index] for index in batch])
            likelihoods = [-loss * len(rows[index].answer) for index, loss in zip(batch, losses, strict=True)]
            found = {"losses": losses, "likelihoods": likelihoods}
            by_row = {name: dict(zip(batch, values, strict=True)) for name, values in found.items()}
            job.send({"event": "scored", **by_row})
    job.send({"event": "done", "tokens": sum(len(row.answer) for row in rows), "seconds": 0.0})


def scored_rows(student: StudentModel, job: Job) -> list[Tokens]:
    """The request's rows as token ids, each answer with the end of its turn."""
    return [
        Tokens(prompt_ids(student.tokenizer, row["prompt"]), answer_ids(student.tokenizer, row["answer"]))
        for row in job.fields["rows"]
    ]


def readable(rows: list[Tokens], context: int) -> list[int]:
    """The indices of the rows that fit into a `context` of so many tokens, shortest first."""
    return sorted((i for i, row in enumerate(rows) if len(row) <= context), key=lambda i: len(rows[i]))


def _losses(student: StudentModel, rows: list[Tokens]) -> list[float]:
    batch = Collator(student.tokenizer.pad_token_id)(rows)
    batch = {name: values.to(student.device) for name, values in batch.items()}
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "logits_to_keep")}
    with torch.inference_mode():
        logits = student.model(**inputs).logits
        return mean_losses(logits.view(len(batch["labels"]), -1), batch).tolist()
