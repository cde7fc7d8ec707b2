"""The first step's gradients of rounds, in however many processes it is started: `gradients.py FILE ROUND…`.

The file is written into each round's directory.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import TrainerCallback

from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.round import build_trainer


class FirstGradients(TrainerCallback):  # type: ignore[misc]
    """Keeps the gradients of the first optimiser step and ends the training there."""

    def __init__(self) -> None:
        self.gradients: dict[str, torch.Tensor] = {}

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        parameters = kwargs["model"].named_parameters()
        self.gradients = {name: p.grad.clone() for name, p in parameters if p.grad is not None}
        control.should_training_stop = True


def write_gradients(directory: RoundDirectory, file: str) -> None:
    torch.set_num_threads(1)
    trainer = build_trainer(
        directory,
        directory.read_spec(),
        torch.device("cpu"),
        torch.float32,
        EventLog(Path("/dev/null")),
        StopRequest(directory),
    )
    kept = FirstGradients()
    trainer.add_callback(kept)
    trainer.prepare_rows()
    trainer.train()
    if trainer.is_world_process_zero():
        save_file(kept.gradients, directory.path / file, metadata={"processes": str(trainer.args.world_size)})


if __name__ == "__main__":
    for path in sys.argv[2:]:
        write_gradients(RoundDirectory(Path(path)), sys.argv[1])
