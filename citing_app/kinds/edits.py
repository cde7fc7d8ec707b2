"""Edits (FIGA, arXiv 2311.04072): learn the words that a revision put in, and unlearn those that it took out."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import Chosen, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.compared_rows import edit_rows
from citing_app.method.training_rows import TrainingRow
from citing_app.types import Pair


def rows(pairs: Sequence[Pair], chosen: Chosen) -> list[TrainingRow]:
    """One row or two for each pair, as the objective says."""
    return edit_rows(pairs, chosen.objective)


KIND = Kind(
    name="edits",
    learns_from=PAIRS,
    rows=rows,
    trainer="edits",
    offers=("objective", "adapter", "replay", "order"),
    label="the edits themselves (FIGA)",
    title="Edits",
    about="LoRA on the words that revisions put in and took out",
    button="Train on edits",
    task=lambda objective: "instruction → accepted revision, word by word (FIGA)",
)
