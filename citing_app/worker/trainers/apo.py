"""APO-zero (arXiv 2408.06266, equation 3) with the likelihood of the better answer beside it."""

from __future__ import annotations

import torch

from citing_app.worker.comparing import Answers
from citing_app.worker.trainers import dpo

LIKELIHOOD = 1.0
"""λ: how much the better answer's own mean loss counts."""


class Trainer(dpo.Trainer):
    """1 − σ(βρ_w) + σ(βρ_l) + λ·NLL(y_w)/|y_w|: the better answer is pushed up and the worse down, each on its own."""

    def loss_of(self, row: Answers) -> torch.Tensor:
        """As `ComparingTrainer`; of a row with one answer only its own loss."""
        likelihood = -LIKELIHOOD * row.means[0]
        if len(row.tokens) == 1:
            return likelihood
        believed = torch.sigmoid(dpo.BETA * row.moved)
        return 1 - believed[0] + believed[1] + likelihood
