"""Forward and backward passes that fit into memory: a batch is computed in as few pieces as the device can hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch
from accelerate.utils import DistributedType

from citing_app.worker.batches import Batch, Collator, cut, mean_losses
from citing_app.worker.dataset import RowDataset, Tokens
from citing_app.worker.loop import Loop
from citing_app.worker.memory import is_out_of_memory, release_memory
from citing_app.worker.progress import Progress


class PassTrainer(Loop):
    """A Trainer that halves its passes where memory runs out, and goes on with the same step.

    With several processes (DDP) all of them halve together, so gradients are averaged once, after a step's last pass:
    a process that failed in the middle of a synchronised backward would leave the others waiting for ever. An
    adapter's gradients are small. Where the base itself is sharded (FSDP, DeepSpeed) the forward pass synchronises
    too, and memory that runs out ends the round.
    """

    train_dataset: RowDataset
    eval_dataset: RowDataset
    data_collator: Collator

    def __init__(self, *, checkpointing: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._may_checkpoint = checkpointing == "auto"
        self._step_batches: list[Batch] = []
        self._applied_checkpointing = False
        self.progress = Progress(self.args.train_batch_size, checkpointing == "on")

    @property
    def is_sharded(self) -> bool:
        """Whether a forward pass needs the other processes."""
        return self.accelerator.distributed_type in (DistributedType.FSDP, DistributedType.DEEPSPEED)

    def apply_progress(self) -> None:
        """Compute activations anew in the backward pass where the progress says so."""
        if self.progress.checkpointing and not self._applied_checkpointing:
            model = self.accelerator.unwrap_model(self.model)
            model.get_base_model().activation_checkpointing_enable({"use_reentrant": False})
            self._applied_checkpointing = True

    def try_longest_batch(self) -> None:
        """One forward and backward pass of the longest batch, and smaller ones until it fits. Nothing is learned."""
        rows = self.train_dataset.longest(self.args.train_batch_size)
        batch = self._prepare_inputs(self.data_collator(rows))
        self.current_gradient_accumulation_steps = 1
        devices = [self.args.device] if self.args.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            while self._pass(self.model_wrapped, batch, self._items([batch])) is None:
                self._use_less_memory()
        self.model_wrapped.zero_grad()
        release_memory()

    def get_batch_samples(self, epoch_iterator: Iterator[Batch], num_batches: int, device: torch.device) -> Any:
        """As transformers' own; a step begins."""
        self._step_batches = []
        return super().get_batch_samples(epoch_iterator, num_batches, device)

    def _get_num_items_in_batch(self, batch_samples: list[Batch], device: torch.device) -> Any:
        if not batch_samples:
            return super()._get_num_items_in_batch(batch_samples, device)
        return self.accelerator.reduce(self._items(batch_samples).to(device))

    def _track_num_input_tokens(self, inputs: Batch) -> None:
        """As transformers' own; a batch that stands for no row has no tokens."""
        if not inputs["labels"].numel():
            inputs = {name: inputs[name][:, :0] for name in ("input_ids", "attention_mask") if name in inputs}
        super()._track_num_input_tokens(inputs)

    def share_of_step(self, total: torch.Tensor, items: Any) -> torch.Tensor:
        """`total`, of this process's rows, as its part of a mean over the step's `items`, over all processes.

        As in the model's own loss: processes average their gradients, so each is taken times their number.
        """
        share: torch.Tensor = total / items * self.args.world_size
        return share

    def _items(self, batches: list[Batch]) -> torch.Tensor:
        return torch.stack([self.items_of(batch) for batch in batches]).sum()

    def items_of(self, batch: Batch) -> torch.Tensor:
        """By what the loss of `batch` is divided: the weights, or the number, of its answers' tokens."""
        if self.data_collator.weighted:
            return batch["weights"].sum()
        return torch.tensor(batch["labels"].numel(), device=batch["labels"].device)

    def training_step(self, model: Any, inputs: Batch, num_items_in_batch: Any = None) -> torch.Tensor:
        """The loss of `inputs`, its gradients added; where memory runs out, the step begins anew in smaller passes."""
        self._step_batches.append(inputs)
        loss = self._pass(model, inputs, num_items_in_batch)
        while loss is None:
            self._use_less_memory()
            model.zero_grad()
            for batch in self._step_batches:
                loss = self._pass(model, batch, num_items_in_batch)
                if loss is None:
                    break
        if self.accelerator.sync_gradients:
            self._average_gradients()
        return loss

    def _pass(self, model: Any, batch: Batch, items: Any) -> torch.Tensor | None:
        """The loss of `batch`, piece by piece; None in every process where memory ran out in one."""
        loss = torch.zeros((), device=self.args.device)
        failed = False
        try:
            for piece in cut(batch, self.progress.rows_per_pass):
                loss = loss + self._piece(model, piece, items)
        except Exception as error:
            if self.is_sharded or not is_out_of_memory(error) or self._is_smallest:
                raise
            failed = True
        if self.any_process(failed):
            release_memory()
            return None
        return loss

    def losses_of(self, rows: list[Tokens]) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Without learning: the sum of the losses of all answer tokens and their number, and each row's mean loss.

        There may be no rows. None in every process where memory ran out in one.
        """
        found = torch.zeros(2, device=self.args.device), torch.zeros(0, device=self.args.device)
        failed = False
        try:
            if rows:
                found = self._losses_of(self._prepare_inputs(self.data_collator(rows)))
        except Exception as error:
            # Activations are not kept here, so computing them twice would help nothing.
            if self.is_sharded or not is_out_of_memory(error) or self.progress.rows_per_pass == 1:
                raise
            failed = True
        if self.any_process(failed):
            release_memory()
            return None
        return found

    @torch.no_grad()
    def _losses_of(self, inputs: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        inputs.pop("weights", None)
        output = self.accelerator.unwrap_model(self.model)(**inputs, num_items_in_batch=1)
        totals = torch.zeros(2, device=self.args.device)
        totals[0] += output.loss
        totals[1] += inputs["labels"].numel()
        return totals, mean_losses(output.logits, inputs)

    def _piece(self, model: Any, piece: Batch, items: Any) -> torch.Tensor:
        apart = nullcontext() if self.is_sharded else self.accelerator.no_sync(model=model)
        with apart:
            loss: torch.Tensor = super().training_step(model, piece, items)
        return loss

    @property
    def _is_smallest(self) -> bool:
        return self.progress.rows_per_pass == 1 and (self.progress.checkpointing or not self._may_checkpoint)

    def _use_less_memory(self) -> None:
        """Halve the rows of a pass: that costs next to nothing. One row too large: compute its activations twice."""
        if self.progress.rows_per_pass > 1:
            self.progress.rows_per_pass = (self.progress.rows_per_pass + 1) // 2
        else:
            self.progress.checkpointing = True
            self.apply_progress()

    def _average_gradients(self) -> None:
        if self.args.world_size == 1 or self.is_sharded:
            return
        gradients = [p.grad for p in self.model_wrapped.parameters() if p.grad is not None]
        flat = self.accelerator.reduce(torch.cat([gradient.flatten() for gradient in gradients]), "mean")
        for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))
