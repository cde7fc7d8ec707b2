"""CITING (paper §3.2): learn the teacher's accepted revisions, by the task that the paper has and one beside it."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import WATCHED, Chosen, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.training_rows import TrainingRow, training_rows
from citing_app.types import Objective, Pair

_DRAFT = "instruction → accepted revision"
_REVISE = "instruction, rubric and draft → accepted revision"
_TASKS: dict[Objective, str] = {"draft": _DRAFT, "revise": _REVISE, "both": f"{_DRAFT}, and {_REVISE}"}


def rows(pairs: Sequence[Pair], chosen: Chosen) -> list[TrainingRow]:
    """One row or two for each pair, as the objective says."""
    return training_rows(pairs, chosen.objective, weigh_changes=chosen.tokens == "changed")


KIND = Kind(
    name="citing",
    learns_from=PAIRS,
    rows=rows,
    offers=("objective", "adapter", "replay", "tokens", "order", *WATCHED),
    label="accepted revisions",
    about="LoRA on everything accepted and not yet trained",
    task=_TASKS.__getitem__,
)
