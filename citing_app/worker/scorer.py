"""A reward model: the student with a score for a head, made for a round and read from one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_hash, ensure_made_for
from citing_app.rounds.files import read_json
from citing_app.worker.architecture import architecture_of
from citing_app.worker.batches import Collator
from citing_app.worker.dataset import Tokens
from citing_app.worker.jobs import Checkpoint, Job
from citing_app.worker.score import readable
from citing_app.worker.student import load_tokenizer
from citing_app.worker.templates import answer_ids, prompt_ids
from citing_app.worker.unreadable import in_cache

TASK = "SEQ_CLS"
"""PEFT's name for what has a score for a head."""
HEAD = "score"
_BATCH = 8


class Head(torch.nn.Linear):
    """A head in float32 on hidden states of any type: in bfloat16 its small steps would be rounded away."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The scores of hidden states."""
        return super().forward(input.float())


def load_scorer(student: str, dtype: torch.dtype, attention: str | None = None) -> Any:
    """The student with a new head instead of its vocabulary's; a row's score is that of its last token.

    Raises CitingError where the student cannot be read, or transformers knows no such head for it.
    """
    from transformers import AutoModelForSequenceClassification

    tokenizer = load_tokenizer(student)
    try:
        model = AutoModelForSequenceClassification.from_pretrained(
            str(in_cache(student) or student),
            num_labels=1,
            dtype=dtype,
            use_safetensors=True,
            attn_implementation=attention,
        )
        hidden = getattr(model, HEAD).in_features
    except (OSError, ValueError, AttributeError) as error:
        raise CitingError(f"The student {student} cannot be made a reward model; choose another student.") from error
    head = Head(hidden, 1, bias=False)
    torch.nn.init.normal_(head.weight, std=hidden**-0.5)
    setattr(model, HEAD, head)
    model.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    model.name_or_path = student
    model.config.use_cache = False
    return model


class Scorer:
    """One reward model in memory. It reads `context` tokens at once."""

    def __init__(self, student: str, folder: Path, device: torch.device, dtype: torch.dtype) -> None:
        """Load it from the `folder` of its adapter.

        Raises CitingError for an adapter that is no reward model, or one of another student.
        """
        from peft import PeftModel

        ensure_made_for(folder, student)
        config = read_json(folder / "adapter_config.json") or {}
        if config.get("task_type") != TASK:
            raise CitingError(f"The adapter in {folder} is not a reward model; choose a round of the kind “reward”.")
        self._made_of = student, adapter_hash(folder)
        self.tokenizer: Any = load_tokenizer(student)
        self.context = architecture_of(student, self.tokenizer).context
        model: Any = PeftModel.from_pretrained(load_scorer(student, dtype), str(folder))
        self._model = model.to(device).eval()
        self._device = device

    def is_of(self, student: str, folder: Path) -> bool:
        """Whether it is this student with the weights that are in `folder` now."""
        return self._made_of == (student, adapter_hash(folder))

    def rows(self, pairs: Sequence[tuple[Any, str]]) -> list[Tokens]:
        """Prompts (chat messages) with their answers as token ids."""
        return [
            Tokens(prompt_ids(self.tokenizer, prompt), answer_ids(self.tokenizer, answer)) for prompt, answer in pairs
        ]

    @torch.no_grad()
    def scores(self, rows: Sequence[Tokens]) -> list[float]:
        """The score of each row, whatever rows are scored with it but for rounding."""
        batch = Collator(self.tokenizer.pad_token_id)(rows)
        inputs = {name: batch[name].to(self._device) for name in ("input_ids", "attention_mask")}
        found: list[float] = self._model(**inputs).logits[:, 0].tolist()
        return found


def reward(scorer: Scorer, job: Job, checkpoint: Checkpoint) -> None:
    """Answer a "reward" request (see serve.py), sending its events. A row longer than it reads has no score."""
    rows = scorer.rows([(row["prompt"], row["answer"]) for row in job.fields["rows"]])
    order = readable(rows, scorer.context)
    for start in range(0, len(order), _BATCH):
        if not checkpoint():
            return
        batch = order[start : start + _BATCH]
        found = scorer.scores([rows[index] for index in batch])
        job.send({"event": "rewarded", "rewards": dict(zip(batch, found, strict=True))})
    job.send({"event": "done", "tokens": sum(map(len, rows)), "seconds": 0.0})
