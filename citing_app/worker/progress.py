"""What a trainer knows of itself beside what transformers keeps: its evaluations, the best one, its passes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

_FIGURES, _BEST = "progress.json", "best.safetensors"


@dataclass(frozen=True)
class Evaluation:
    """One look at the held-out rows: the loss per answer token, of all and of each row (in the dataset's order)."""

    step: int
    loss: float
    row_losses: list[float]


@dataclass
class Progress:
    """Kept in every checkpoint.

    `rows_per_pass` is how many rows of a batch are computed at once in each process; `best` is the best evaluation
    since training began (the one before the first step is no candidate: a round is to learn), and `best_weights` are
    the adapter's then, kept only where training may end with them.
    """

    rows_per_pass: int
    checkpointing: bool = False
    losses: list[float] = field(default_factory=list)
    last: Evaluation | None = None
    best: Evaluation | None = None
    since_best: int = 0
    best_weights: dict[str, torch.Tensor] | None = None

    def add(self, evaluation: Evaluation) -> bool:
        """Note an evaluation; returns whether it is the best one."""
        self.losses.append(evaluation.loss)
        self.last = evaluation
        if evaluation.step == 0:
            return False
        is_best = self.best is None or evaluation.loss < self.best.loss
        self.best = evaluation if is_best else self.best
        self.since_best = 0 if is_best else self.since_best + 1
        return is_best

    def save(self, folder: Path) -> None:
        """Write it into `folder`."""
        figures = {name: value for name, value in vars(self).items() if name not in ("best_weights", "last", "best")}
        for name, evaluation in (("last", self.last), ("best", self.best)):
            figures[name] = None if evaluation is None else asdict(evaluation)
        (folder / _FIGURES).write_text(json.dumps(figures) + "\n", encoding="utf-8")
        if self.best_weights is not None:
            save_file(self.best_weights, folder / _BEST)

    @classmethod
    def load(cls, folder: Path) -> Progress:
        """What `save` wrote."""
        figures = json.loads((folder / _FIGURES).read_text(encoding="utf-8"))
        for name in ("last", "best"):
            figures[name] = None if figures[name] is None else Evaluation(**figures[name])
        weights = load_file(folder / _BEST) if (folder / _BEST).exists() else None
        return cls(**figures, best_weights=weights)
