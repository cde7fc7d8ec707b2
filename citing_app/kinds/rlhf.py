"""RLHF by RLOO (arXiv 2402.14740): make the answers likelier that a reward likes better than their siblings."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import Chosen, Kind
from citing_app.kinds.package import TRL
from citing_app.kinds.source import ANSWERS
from citing_app.method.training_rows import TrainingRow, answer_rows
from citing_app.types import Instruction


def rows(answers: Sequence[Instruction], chosen: Chosen) -> list[TrainingRow]:
    """One row for each instruction; its answer is what a reward by likeness compares with."""
    return answer_rows(answers)


KIND = Kind(
    name="rlhf",
    learns_from=ANSWERS,
    rows=rows,
    trainer="rloo",
    asks_reward=True,
    needs=TRL,
    passes=12,  # of each of four samples: writing it, measuring it, learning it
    offers=("reward",),  # its loop watches a reward and no loss, and stops by neither
    epochs=1,
    label="by a reward (RLHF by RLOO)",
    title="RLHF (RLOO)",
    about="LoRA on the student's own samples by their reward (RLOO), with a KL penalty",
    button="Train RLHF",
    task=lambda objective: "instruction → answer of a high reward (RLHF by RLOO)",
)
