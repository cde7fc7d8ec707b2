"""RRHF (arXiv 2304.05302, equations 1 to 4): answers become as likely as they are ranked, and the best is learned."""

from __future__ import annotations

import torch

from citing_app.worker.comparing import Answers, ComparingTrainer


class Trainer(ComparingTrainer):
    """Σ max(0, p_worse − p_better) over all pairs + the loss of the best answer, p being the mean log-likelihood.

    Both means go over the answer's own tokens; the authors' code divides the second by the padded length, so that it
    would depend on the other rows of a batch.
    """

    def loss_of(self, row: Answers) -> torch.Tensor:
        """As `ComparingTrainer`."""
        means, scores = row.means, row.scores
        behind = means[None, :] - means[:, None]  # [i, j]: how far answer j is ahead of answer i
        wrong = behind.clamp(min=0) * (scores[:, None] > scores[None, :])
        return wrong.sum() - means[scores.argmax()]

    def margin_of(self, row: Answers) -> float | None:
        """By how many nats per token the best answer is likelier than the mean of the others."""
        means, best = row.means.detach(), int(row.scores.argmax())
        others = torch.cat([means[:best], means[best + 1 :]])
        return (means[best] - others.mean()).item() if len(others) else None
