"""RRHF (arXiv 2304.05302): learn the ranking that the desk makes, a person's text over the teacher's over the draft."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import Chosen, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.compared_rows import ranked_rows
from citing_app.method.training_rows import TrainingRow
from citing_app.types import Pair


def rows(pairs: Sequence[Pair], chosen: Chosen) -> list[TrainingRow]:
    """One row or two for each pair, as the objective says."""
    return ranked_rows(pairs, chosen.objective)


KIND = Kind(
    name="rrhf",
    learns_from=PAIRS,
    rows=rows,
    trainer="rrhf",
    offers=("objective", "adapter", "replay", "order"),
    label="rankings of all texts (RRHF)",
    title="RRHF",
    about="LoRA on rankings: a person's text, the teacher's revision, the draft",
    button="Train RRHF",
    task=lambda objective: "instruction → the best of its ranked texts (RRHF)",
)
