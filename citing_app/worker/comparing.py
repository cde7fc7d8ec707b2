"""What losses that compare answers share: a row's answers as the model finds them now, and as it did at the start."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import torch

from citing_app.worker.batches import Batch, answer_lengths, answers_of
from citing_app.worker.dataset import RowDataset
from citing_app.worker.trainer import RoundTrainer

_ASKED = ("input_ids", "attention_mask", "position_ids", "logits_to_keep")


@dataclass(frozen=True)
class Answers:
    """The A answers of one row, its completion first, as the model finds them.

    `tokens` are the log-likelihoods of each answer's tokens, A of (n,), and `weights` what each counts, alike.
    `scores` (A,) say what an answer is worth, and `reference` (A,) what its tokens' log-likelihoods came to before the
    first step; where rows have none, they are zeros.
    """

    tokens: tuple[torch.Tensor, ...]
    weights: tuple[torch.Tensor, ...]
    scores: torch.Tensor
    reference: torch.Tensor

    @property
    def moved(self) -> torch.Tensor:
        """ρ = log π(y) − log π_ref(y) of each answer, (A,): how much likelier it is than where the round began."""
        return torch.stack([tokens.sum() for tokens in self.tokens]) - self.reference

    @property
    def means(self) -> torch.Tensor:
        """The mean log-likelihood of each answer's tokens, (A,)."""
        return torch.stack([tokens.mean() for tokens in self.tokens])


class ComparingTrainer(RoundTrainer):
    """A trainer whose loss is a mean over rows of what `loss_of` says of a row's answers.

    `by_reference` says whether it needs `Answers.reference`: the log-likelihoods by the adapter that the round begins
    with, which are measured before the first step, and again where it is resumed, so that no second adapter is held.
    """

    by_reference = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._margins: list[float] = []

    @classmethod
    def reads_first(cls, rows: RowDataset) -> int:
        """As `RoundTrainer`: every answer, where the loss is relative to where the round began."""
        return sum(rows.lengths) if cls.by_reference else 0

    @abstractmethod
    def loss_of(self, row: Answers) -> torch.Tensor:
        """The loss of one row, a number. A row may have one answer only: a replayed one, or one without a rival."""

    def prepare_rows(self) -> None:
        """As `RoundTrainer`; measure what the loss is relative to."""
        if not self.by_reference:
            return
        rows = self.train_dataset.rows
        answers = [one for row in rows for one in row.sequences]
        self.report.comparing_begins()
        losses = iter(self._measure(answers)[1])
        self.train_dataset.rows = [
            replace(row, reference=tuple(-next(losses) * len(one.answer) for one in row.sequences)) for row in rows
        ]

    def items_of(self, batch: Batch) -> torch.Tensor:
        """How many rows it has that teach something."""
        taught = len(answers_of(batch)) if batch["labels"].numel() else 0
        return torch.tensor(taught, device=batch["labels"].device)

    def compute_loss(
        self, model: Any, inputs: Batch, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The share that the batch has in its step's loss, which `num_items_in_batch` divides."""
        outputs = model(**{name: inputs[name] for name in _ASKED if name in inputs})
        rows = read_answers(outputs.logits, inputs)
        total = torch.stack([self.loss_of(row) for row in rows]).sum() if rows else outputs.logits.sum() * 0
        loss = self.share_of_step(total, num_items_in_batch)
        self._margins += [margin for row in rows if (margin := self.margin_of(row)) is not None]
        return (loss, outputs) if return_outputs else loss

    @abstractmethod
    def margin_of(self, row: Answers) -> float | None:
        """By how much the better answer of the row is ahead, by what the loss goes by; None where it has no rival."""

    def get_batch_samples(self, *args: Any, **kwargs: Any) -> Any:
        """As `PassTrainer`; a step begins."""
        self._margins = []
        return super().get_batch_samples(*args, **kwargs)

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """As transformers' own, with the mean `margin` of this process's rows in a step."""
        if "loss" in logs and self._margins:
            logs["margin"] = round(sum(self._margins) / len(self._margins), 4)
        super().log(logs, *args, **kwargs)


def read_answers(logits: torch.Tensor, batch: Batch) -> list[Answers]:
    """The rows of `batch`, from its (N, vocabulary) `logits`; no rows where nothing of it is to be predicted."""
    if not batch["labels"].numel():
        return []
    lengths, counts = answer_lengths(batch), answers_of(batch)
    found = -torch.nn.functional.cross_entropy(logits.float().view(sum(lengths), -1), batch["labels"], reduction="none")
    weights = torch.split(batch.get("weights", torch.ones_like(found)), lengths)
    values = [batch.get(name, found.new_zeros(len(lengths))) for name in ("scores", "reference")]
    tokens = torch.split(found, lengths)
    rows, at = [], 0
    for count in counts:
        own = slice(at, at + count)
        rows.append(Answers(tokens[own], weights[own], values[0][own], values[1][own]))
        at += count
    return rows
