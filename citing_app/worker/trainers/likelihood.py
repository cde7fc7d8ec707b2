"""The likelihood of the answers: the mean loss of their tokens, or the mean weighted by what rows say of them."""

from __future__ import annotations

from typing import Any

import torch

from citing_app.worker.batches import Batch
from citing_app.worker.trainer import RoundTrainer


class Trainer(RoundTrainer):
    """Takes the model's own loss, or where tokens have weights sum(weight · loss) / sum(weight of the whole step)."""

    def compute_loss(
        self, model: Any, inputs: Batch, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The share that the batch has in its step's loss, which `num_items_in_batch` divides."""
        if "weights" not in inputs:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        inputs = dict(inputs)
        weights, labels = inputs.pop("weights"), inputs.pop("labels")
        inputs.pop("shift_labels")
        outputs = model(**inputs)
        losses = torch.nn.functional.cross_entropy(outputs.logits.float(), labels, reduction="none")
        loss = self.share_of_step((weights * losses).sum(), num_items_in_batch)
        return (loss, outputs) if return_outputs else loss
