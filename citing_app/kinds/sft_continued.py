"""SFT, continued: learn the train answers on from a round, the control for whether a gain is just more training."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import Chosen, Kind
from citing_app.kinds.source import ANSWERS
from citing_app.method.training_rows import TrainingRow, answer_rows
from citing_app.types import Instruction


def rows(answers: Sequence[Instruction], chosen: Chosen) -> list[TrainingRow]:
    """One row for each answer."""
    return answer_rows(answers)


KIND = Kind(
    name="sft_continued",
    learns_from=ANSWERS,
    rows=rows,
    offers=("order",),
    label="the answers once more (SFT, continued)",
    title="SFT, continued",
    about="LoRA on the train answers, on from another round: what more training alone brings",
    button="Continue SFT",
    task=lambda objective: "instruction → reference answer (SFT, continued)",
)
