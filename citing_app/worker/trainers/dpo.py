"""DPO (arXiv 2305.18290, equation 7): the better answer becomes likelier than the worse, against the round's start."""

from __future__ import annotations

import torch

from citing_app.worker.comparing import Answers, ComparingTrainer

BETA = 0.1
"""How much of the way from the adapter that a round begins with counts as a reward, per nat."""


class Trainer(ComparingTrainer):
    """−log σ(β(ρ_w − ρ_l)), ρ = log π − log π_ref summed over the answer's tokens."""

    by_reference = True

    def loss_of(self, row: Answers) -> torch.Tensor:
        """As `ComparingTrainer`; of a row with one answer its own mean loss."""
        if len(row.tokens) == 1:
            return -row.means[0]
        return -torch.nn.functional.logsigmoid(_margin(row))

    def margin_of(self, row: Answers) -> float | None:
        """β(ρ_w − ρ_l): the margin of the implicit rewards."""
        return None if len(row.tokens) == 1 else _margin(row).item()


def _margin(row: Answers) -> torch.Tensor:
    return BETA * (row.moved[0] - row.moved[1])
