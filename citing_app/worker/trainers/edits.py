"""FIGA (arXiv 2311.04072): the words that a revision put in become likelier, those that it took out less likely."""

from __future__ import annotations

import math

import torch

from citing_app.worker.batches import Batch
from citing_app.worker.comparing import Answers, ComparingTrainer

BELIEVED = 0.55
"""A deleted token is unlearned while the student gives it at least this probability: what it hardly believes is let be,
and a token's likelihood is not pushed to nothing."""


class Trainer(ComparingTrainer):
    """Σ weight · loss over the answers' tokens, by the sum of |weight| over the step; a negative weight unlearns."""

    def items_of(self, batch: Batch) -> torch.Tensor:
        """How much its tokens count, learned or unlearned."""
        weights = batch.get("weights")
        return super().items_of(batch) if weights is None else weights.abs().sum()

    def loss_of(self, row: Answers) -> torch.Tensor:
        """As `ComparingTrainer`."""
        pairs = zip(row.weights, row.tokens, strict=True)
        return torch.stack([-(_counted(weights, tokens) * tokens).sum() for weights, tokens in pairs]).sum()

    def margin_of(self, row: Answers) -> float | None:
        """By how many nats the mean token that is to be learned is likelier than the mean one to be unlearned."""
        tokens, weights = torch.cat(row.tokens).detach(), torch.cat(row.weights)
        new, deleted = tokens[weights > 0], tokens[weights < 0]
        return (new.mean() - deleted.mean()).item() if len(new) and len(deleted) else None


def _counted(weights: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    believed = tokens.detach() >= math.log(BELIEVED)
    return torch.where((weights >= 0) | believed, weights, torch.zeros_like(weights))
