"""The trainer: transformers' own, with length-sorted batches, a held-out loss per token, and a way to stop it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainingArguments
from transformers.trainer_pt_utils import LengthGroupedSampler

from citing_app.errors import Cancelled, CitingError
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.dataset import Collator, RowDataset
from citing_app.worker.lifeline import StopRequest
from citing_app.worker.reporting import StepReport


class RoundTrainer(Trainer):  # type: ignore[misc]
    """Trains an adapter on rows whose batches (see `dataset.Collator`) say which positions to project.

    The loss is the model's own, taken inside the wrapped forward and divided by the answers' tokens of the whole
    step, over all processes and accumulated batches: shared or accumulated, a step is the same step.
    """

    train_dataset: RowDataset
    eval_dataset: RowDataset
    data_collator: Collator

    def __init__(self, *, stop: StopRequest, report: StepReport, **kwargs: Any) -> None:
        super().__init__(callbacks=[report], **kwargs)
        self._stop = stop
        self.report = report
        self.validation_losses: list[float] = []

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGroupedSampler:
        """Rows of like length together, by a generator of its own: it must not depend on what a process has drawn."""
        rows_per_step = self.args.train_batch_size * self.args.world_size * self.args.gradient_accumulation_steps
        generator = torch.Generator().manual_seed(self.args.seed)
        return LengthGroupedSampler(rows_per_step, lengths=self.train_dataset.lengths, generator=generator)

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> torch.optim.lr_scheduler.LRScheduler:
        """A rate that rises over the warm-up and falls in a line to the end. No step has a rate of zero.

        (transformers' own begins at zero, which in a round of two steps would throw one away.)
        """
        warmup = int(num_training_steps * self.args.warmup_steps)

        def share(step: int) -> float:
            return min((step + 1) / (warmup + 1), (num_training_steps - step) / (num_training_steps - warmup))

        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer or self.optimizer, share)
        return self.lr_scheduler

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """One forward and backward pass. Raises Cancelled where the round was asked to stop."""
        self._stop_if_asked()
        loss: torch.Tensor = super().training_step(*args, **kwargs)
        return loss

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """The mean loss per answer token over all validation rows, whatever the batches and processes.

        Raises Cancelled where the round was asked to stop.
        """
        self.report.evaluation_begins()
        model = self.accelerator.unwrap_model(self.model).eval()
        totals = torch.zeros(2, device=self.args.device)
        with torch.no_grad():
            for batch in self._validation_batches():
                self._stop_if_asked()
                if batch is not None:
                    inputs = self._prepare_inputs(batch)
                    totals[0] += model(**inputs, num_items_in_batch=1).loss
                    totals[1] += inputs["labels"].numel()
        loss_sum, tokens = self.accelerator.reduce(totals).tolist()
        self.validation_losses.append(loss_sum / tokens)
        self.report.evaluation_ends(self.state.global_step, loss_sum / tokens)
        return {"eval_loss": loss_sum / tokens}

    def _validation_batches(self) -> Iterator[dict[str, torch.Tensor] | None]:
        """This process's share of each batch, shortest rows first; None where nothing is left for it."""
        rows = sorted(self.eval_dataset.rows, key=len)
        size = self.args.eval_batch_size * self.args.world_size
        for start in range(0, len(rows), size):
            share = rows[start : start + size][self.args.process_index :: self.args.world_size]
            yield self.data_collator(share) if share else None

    def _stop_if_asked(self) -> None:
        """Raise Cancelled in every process as soon as one was asked to stop: one alone would leave the rest hanging."""
        asked = torch.tensor(int(self._stop.asked()), device=self.args.device)
        if self.accelerator.reduce(asked).item():
            raise Cancelled("The round was cancelled.")


def training_arguments(
    spec: RoundSpec, output: Path, *, processes: int, on_cpu: bool, validates: bool
) -> TrainingArguments:
    """The Trainer's own settings for `spec`. Raises CitingError where `processes` cannot share a batch equally."""
    if spec.batch_size % processes:
        raise CitingError(f"A batch of {spec.batch_size} rows cannot be shared equally by {processes} processes.")
    return TrainingArguments(
        output_dir=str(output),
        per_device_train_batch_size=spec.batch_size // processes,
        per_device_eval_batch_size=spec.batch_size // processes,
        gradient_accumulation_steps=spec.accumulation,
        num_train_epochs=spec.epochs,
        learning_rate=spec.learning_rate,
        warmup_steps=spec.warmup_ratio,
        seed=spec.seed,
        use_cpu=on_cpu,
        eval_strategy="epoch" if validates else "no",
        eval_on_start=validates,
        save_strategy="no",
        logging_steps=1,
        logging_nan_inf_filter=False,
        include_num_input_tokens_seen="non_padding",
        remove_unused_columns=False,
        dataloader_pin_memory=not on_cpu,
        ddp_find_unused_parameters=False,
        disable_tqdm=True,
        report_to="none",
    )
