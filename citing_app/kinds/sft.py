"""SFT (paper §3.1): learn the reference answers of the train split, as round 0 of a curriculum."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import WATCHED, Chosen, Kind
from citing_app.kinds.source import ANSWERS
from citing_app.method.training_rows import TrainingRow, answer_rows
from citing_app.types import Instruction


def rows(answers: Sequence[Instruction], chosen: Chosen) -> list[TrainingRow]:
    """One row for each answer."""
    return answer_rows(answers)


KIND = Kind(
    name="sft",
    learns_from=ANSWERS,
    rows=rows,
    offers=("with_validation", *WATCHED),
    epochs=3,
    patience=1,
    begins=True,
    label="the answers (SFT, round 0)",
    title="SFT",
    about="LoRA on the train answers, the paper's round 0",
    button="Train SFT",
    task=lambda objective: "instruction → reference answer (SFT)",
)
