"""A reward model (arXiv 1706.03741; Bradley and Terry 1952): of two answers the better one gets the higher score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import softplus

from citing_app.errors import CitingError
from citing_app.method.evaluation.intervals import share
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.batches import Batch, answers_of
from citing_app.worker.dataset import Tokens
from citing_app.worker.options import Options
from citing_app.worker.progress import Evaluation
from citing_app.worker.scorer import HEAD, TASK, load_scorer
from citing_app.worker.student import lora_config
from citing_app.worker.trainer import RoundTrainer

WEAK = 0.6
"""Below this accuracy a reward model says little more than a coin."""
LIKE_LENGTH = 0.1
"""Two answers are of like length where they differ by at most this share of the longer one's tokens."""
_EVEN = math.log(2)
"""The loss of two answers with one score."""


class Trainer(RoundTrainer):
    """−log σ(r_w − r_l), the mean over pairs; r is the score of a prompt with an answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        rows = [*self.train_dataset.rows, *self.eval_dataset.rows]
        if any(len(row.sequences) != 2 for row in rows):
            raise CitingError("A row of a reward model needs a rejected answer beside its completion (docs/rounds.md).")

    @classmethod
    def options(cls, chosen: Options) -> Options:
        """As `RoundTrainer`; a row's score is that of its last token, so rows are not laid end to end."""
        if chosen.four_bits:
            raise CitingError("A reward model is not trained on a base in four bits; set quantization to none.")
        return replace(chosen, packs=False)

    @classmethod
    def load(
        cls, spec: RoundSpec, folder: Path, dtype: torch.dtype, attention: str | None, four_bits: torch.device | None
    ) -> Any:
        """As `RoundTrainer`: the student with a score for a head, which is trained whole beside the adapter."""
        from peft import get_peft_model

        if spec.parent is not None:
            raise CitingError("A reward model begins at the base model; leave the parent out.")
        scorer = load_scorer(spec.student, dtype, attention)
        return get_peft_model(scorer, lora_config(spec, scorer, task_type=TASK, modules_to_save=[HEAD]))

    def items_of(self, batch: Batch) -> torch.Tensor:
        """How many pairs it has."""
        return torch.tensor(_pairs(batch), device=batch["input_ids"].device)

    def compute_loss(
        self, model: Any, inputs: Batch, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The share that the batch has in its step's loss, which `num_items_in_batch` divides."""
        outputs = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        total = pair_losses(outputs.logits, inputs).sum() + outputs.logits.sum() * 0  # of no pairs too: 0
        loss = self.share_of_step(total, num_items_in_batch)
        return (loss, outputs) if return_outputs else loss

    @torch.no_grad()
    def _losses_of(self, inputs: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        model = self.accelerator.unwrap_model(self.model)
        logits = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
        losses = pair_losses(logits, inputs)
        return torch.stack([losses.sum(), torch.tensor(float(len(losses)), device=losses.device)]), losses

    def findings(self, saved: Evaluation | None) -> dict[str, Any]:
        """How often the better of two held-out answers gets the higher score, of all and of those of like length."""
        right = [] if saved is None else [loss < _EVEN for loss in saved.row_losses]
        alike = [won for won, row in zip(right, self.eval_dataset.rows, strict=False) if is_of_like_length(row)]
        accuracy = _accuracy(right)
        weak = None if accuracy["value"] is None else accuracy["value"] < WEAK
        return {"accuracy": accuracy, "accuracy_like_length": _accuracy(alike), "weak": weak}


def pair_losses(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """−log σ(r_w − r_l) of each pair of `batch`, (pairs,), from the scores (answers, 1): the better one comes first."""
    scores = logits.float()[: 2 * _pairs(batch), 0].view(-1, 2)
    return softplus(scores[:, 1] - scores[:, 0])


def is_of_like_length(row: Tokens) -> bool:
    """Whether the two answers of a pair are of like length, so that length alone cannot tell them apart."""
    better, worse = (len(one.answer) for one in row.sequences)
    return abs(better - worse) <= LIKE_LENGTH * max(better, worse)


def _pairs(batch: Batch) -> int:
    return len(answers_of(batch)) if "answers" in batch else 0


def _accuracy(right: Sequence[bool]) -> dict[str, Any]:
    found = share(sum(right), len(right))
    return {"value": found.mean, "low": found.low, "high": found.high, "n": found.n}
