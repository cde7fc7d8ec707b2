"""Trainers, one file for each loss; a kind of round names the one it needs."""

from __future__ import annotations

import importlib

from citing_app.worker.trainer import RoundTrainer


def trainer_of(name: str) -> type[RoundTrainer]:
    """The class `Trainer` of the file `name` in this folder. The name comes from a kind, never from a spec."""
    trainer: type[RoundTrainer] = importlib.import_module(f"{__name__}.{name}").Trainer
    return trainer
