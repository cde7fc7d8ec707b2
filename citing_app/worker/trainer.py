"""What trainers share: transformers' own, a held-out loss per token, checkpoints that are whole, a way to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Sampler, SequentialSampler

from citing_app.errors import Cancelled
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.dataset import RowDataset, Tokens
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.options import Options
from citing_app.worker.passes import PassTrainer
from citing_app.worker.progress import Evaluation, Progress
from citing_app.worker.reporting import StepReport
from citing_app.worker.sampler import EpochOrder, EpochSampler, EvenShares
from citing_app.worker.student import load_student, with_adapter


class RoundTrainer(PassTrainer):
    """Trains an adapter on rows whose batches (see `batches.Collator`) say which positions to project.

    A loss is the `compute_loss` of a subclass (worker/trainers/), taken inside the wrapped forward or from its logits,
    and divided by the answers' tokens of the whole step, over all processes and accumulated batches: shared,
    accumulated or cut smaller, a step is the same step.

    transformers calls, for a round: `create_scheduler`, then for each step `training_step` → `compute_loss` per pass,
    then `_maybe_log_save_evaluate` → `evaluate` and `_save_checkpoint` where they are due.
    """

    def __init__(self, *, spec: RoundSpec, stop: StopRequest, report: StepReport, **kwargs: Any) -> None:
        super().__init__(
            checkpointing=spec.checkpointing,
            checkpoint_seconds=spec.checkpoint_seconds,
            callbacks=[report],
            **kwargs,
        )
        self._spec = spec
        self._stop = stop
        self._easiest_first: list[int] = []
        self._tells_memory = False
        self.report = report

    @classmethod
    def options(cls, chosen: Options) -> Options:
        """What of the `chosen` options this trainer takes. Raises CitingError for a wish that it cannot meet."""
        return chosen

    @classmethod
    def load(
        cls, spec: RoundSpec, folder: Path, dtype: torch.dtype, attention: str | None, four_bits: torch.device | None
    ) -> Any:
        """The student with the adapter that the round in `folder` trains. Raises CitingError as `with_adapter`."""
        return with_adapter(load_student(spec.student, dtype, attention, four_bits), spec, folder)

    @classmethod
    def reads_first(cls, rows: RowDataset) -> int:
        """How many tokens are read before the first step, to compare with: a part of what the round costs."""
        return 0

    def findings(self, saved: Evaluation | None) -> dict[str, Any]:
        """What else `result.json` says, from the last look at the held-out rows with the weights that are kept."""
        return {}

    @property
    def validation_losses(self) -> list[float]:
        """The held-out losses so far, the one before the first step included."""
        return self.progress.losses

    @property
    def train_loss(self) -> float | None:
        """The mean of all steps' losses, those before a resumption included; None before the first step."""
        losses = [log["loss"] for log in self.state.log_history if "loss" in log]
        return sum(losses) / len(losses) if losses else None

    @property
    def is_exhausted(self) -> bool:
        """Whether the held-out loss has not become better for as many evaluations as the spec has patience."""
        return 0 < self._spec.patience <= self.progress.since_best

    def run(self, checkpoint: Path | None) -> None:
        """Train to the end from `checkpoint`, or from the beginning; with patience, leave the best adapter in place."""
        if self._spec.order == "easy":  # by the weights that the round begins with, on a resumption too
            self.report.ordering_begins()
            losses = self._measure([row.sequences[0] for row in self.train_dataset.rows])[1]
            self._easiest_first = sorted(range(len(losses)), key=lambda number: (losses[number], number))
        self.prepare_rows()
        if checkpoint is not None:
            self.progress = Progress.load(checkpoint)
            self.args.eval_on_start = False
            self.report.resumes(len(self.progress.losses))
        self.apply_progress()
        # A trainer that died after its patience ended has nothing more to train, but state and weights to load.
        if self.is_exhausted:
            self.args.num_train_epochs, self.args.max_steps = 0, -1
        self.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        self._restore_best()

    def prepare_rows(self) -> None:
        """Called with the weights that the round begins with, on a resumption too: what a loss needs of them."""

    def _prepare_for_training(self, *args: Any, **kwargs: Any) -> Any:
        prepared = super()._prepare_for_training(*args, **kwargs)
        self.try_longest_batch()
        self._tells_memory = True
        self._report_memory()
        return prepared

    def _use_less_memory(self) -> None:
        super()._use_less_memory()
        if self._tells_memory:
            self._report_memory()

    def _report_memory(self) -> None:
        passes = -(-self.args.train_batch_size // self.progress.rows_per_pass)
        rows = self.progress.rows_per_pass * self.args.world_size
        self.report.memory(self.args.device, rows, passes * self.args.gradient_accumulation_steps)

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        order = self._order()
        if self.args.world_size == 1:
            return order
        return EvenShares(order, self.args.train_batch_size, self.args.world_size)

    def _order(self) -> Sampler[int]:
        if self._easiest_first:
            return EpochOrder(self._easiest_first)
        if self._spec.order == "given":
            return SequentialSampler(self.train_dataset)
        rows_per_step = self.args.train_batch_size * self.args.world_size * self.args.gradient_accumulation_steps
        # At an epoch's beginning the state tells the end of the one before, a whole number.
        return EpochSampler(
            self.train_dataset.lengths, rows_per_step, self.args.seed, lambda: int(self.state.epoch or 0)
        )

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> torch.Tensor:
        """One forward and backward pass. Raises Cancelled where the round was asked to stop."""
        self._stop_if_asked()
        return super().training_step(model, inputs, num_items_in_batch)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """The mean loss per answer token over all validation rows, whatever the batches and processes.

        Weights of tokens do not count here, so that rounds can be compared. Raises Cancelled where the round was
        asked to stop.
        """
        self.report.evaluation_begins()
        loss, row_losses = self._measure(self.eval_dataset.rows)
        evaluation = Evaluation(self.state.global_step, loss, row_losses)
        if self.progress.add(evaluation) and self._spec.patience:
            self.progress.best_weights = {name: p.detach().cpu().clone() for name, p in self._learned()}
        if self.is_exhausted:
            self.control.should_training_stop = True
        self.report.evaluation_ends(evaluation.step, evaluation.loss)
        return {"eval_loss": evaluation.loss}

    def _measure(self, measured: Sequence[Tokens]) -> tuple[float, list[float]]:
        """The mean loss per answer token of these rows, and that of each row; the shortest rows come first."""
        self.accelerator.unwrap_model(self.model).eval()
        totals = torch.zeros(2, device=self.args.device)
        row_losses = torch.zeros(len(measured), device=self.args.device)
        numbered = sorted(enumerate(measured), key=lambda pair: len(pair[1]))
        while numbered:
            self._stop_if_asked()
            size = min(self.args.eval_batch_size, self.progress.rows_per_pass) * self.args.world_size
            share = numbered[:size][self.args.process_index :: self.args.world_size]
            found = self.losses_of([row for _, row in share])
            if found is None:
                self._use_less_memory()
                continue
            totals += found[0]
            row_losses[[number for number, _ in share]] = found[1]
            numbered = numbered[size:]
            self.report.measured(len(measured) - len(numbered), len(measured))
        loss_sum, tokens = self.accelerator.reduce(totals).tolist()
        return loss_sum / tokens, self.accelerator.reduce(row_losses).tolist()

    def keep(self, folder: Path) -> None:
        """As `Loop`: the progress."""
        self.progress.save(folder)

    def _restore_best(self) -> None:
        if self.progress.best_weights is not None:
            with torch.no_grad():
                for name, parameter in self._learned():
                    parameter.copy_(self.progress.best_weights[name])

    def _learned(self) -> list[tuple[str, torch.nn.Parameter]]:
        model = self.accelerator.unwrap_model(self.model)
        return [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]

    def _stop_if_asked(self) -> None:
        """Raise Cancelled in every process as soon as one was asked to stop: one alone would leave the rest hanging."""
        if self.any_process(self._stop.asked()):
            raise Cancelled("The round was cancelled.")
