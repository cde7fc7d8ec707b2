"""Trainers, one file for each loss or loop; a kind of round names the one it needs."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from citing_app.worker.run import Run, Trained
from citing_app.worker.trainer import RoundTrainer


def trainer_of(name: str) -> type[RoundTrainer]:
    """The class `Trainer` of the file `name` in this folder. The name comes from a kind, never from a spec."""
    trainer: type[RoundTrainer] = _file(name).Trainer
    return trainer


def own_loop(name: str) -> Callable[[Run], Trained | None] | None:
    """The function `train` of the file `name`, where its loop is not a `RoundTrainer`'s; None where it is.

    It gives back what it trained, and None in every process but the first.
    """
    return getattr(_file(name), "train", None)


def _file(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")
