"""What every loop that trains a round shares: the course of its learning rate, and checkpoints that are whole."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer
from transformers.trainer_utils import TrainOutput

from citing_app.rounds.checkpoints import UNFINISHED, finish

ADAPTER = "default"
"""PEFT's name of the adapter that is trained. A loop may hold others beside it, which are not a round's to keep."""


class Loop(Trainer):  # type: ignore[misc]
    """A Trainer that writes a resumable state at the end of each epoch and every `checkpoint_seconds` (0: none).

    It stands before another Trainer among the bases of a class, or is its only base.
    """

    def __init__(self, *args: Any, checkpoint_seconds: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._checkpoint_seconds = checkpoint_seconds
        self._saved_at = time.monotonic()
        self._writing: str | None = None

    def keep(self, folder: Path) -> None:
        """Write into a checkpoint's `folder` what a trainer knows beside what transformers keeps."""

    def any_process(self, holds: bool) -> bool:
        """Whether `holds` is true in at least one process; all must ask."""
        if self.args.world_size == 1:
            return holds
        return bool(self.accelerator.reduce(torch.tensor(int(holds), device=self.args.device)).item())

    def train(self, *args: Any, **kwargs: Any) -> TrainOutput:
        """As transformers' own. Raises Cancelled where the round was asked to stop."""
        self._saved_at = time.monotonic()
        return super().train(*args, **kwargs)

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> torch.optim.lr_scheduler.LRScheduler:
        """A rate that rises over the warm-up and falls in a line to the end. No step has a rate of zero.

        (transformers' own begins at zero, which in a round of two steps would throw one away.)
        """
        warmup = int(num_training_steps * self.args.warmup_steps)

        def share(step: int) -> float:
            falling = (num_training_steps - step) / max(1, num_training_steps - warmup)
            return min((step + 1) / (warmup + 1), falling)

        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer or self.optimizer, share)
        return self.lr_scheduler

    def _maybe_log_save_evaluate(self, *args: Any, **kwargs: Any) -> None:
        # An epoch's last step is saved with the evaluation that follows it, never before.
        ends_epoch = float(self.state.epoch or 0).is_integer()
        if self._checkpoint_seconds and not ends_epoch:
            due = time.monotonic() - self._saved_at >= self._checkpoint_seconds
            self.control.should_save = self.control.should_save or self.any_process(due)
        super()._maybe_log_save_evaluate(*args, **kwargs)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a resumable state under another name, then rename it: what has a checkpoint's name is complete."""
        output = Path(self.args.output_dir)
        unfinished = output / UNFINISHED
        if self.is_world_process_zero():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
        self.accelerator.wait_for_everyone()
        self._writing = str(unfinished)
        try:
            super()._save_checkpoint(model, trial)
        finally:
            self._writing = None
        self.accelerator.wait_for_everyone()
        if self.is_world_process_zero():
            written = unfinished / f"checkpoint-{self.state.global_step}"
            self.keep(written)
            finish(written, output, self.state.global_step)
            shutil.rmtree(unfinished)
        self.accelerator.wait_for_everyone()
        self._saved_at = time.monotonic()

    def _get_output_dir(self, trial: Any) -> str:
        return self._writing or str(self.args.output_dir)

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """Only the adapter: transformers' own would look for the base's embeddings and pickle the arguments."""
        if self.args.should_save:
            model = self.accelerator.unwrap_model(self.model)
            model.save_pretrained(
                output_dir, state_dict=state_dict, save_embedding_layers=False, selected_adapters=[ADAPTER]
            )
