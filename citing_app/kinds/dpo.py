"""DPO (arXiv 2305.18290): make the accepted revision likelier than the student's own draft."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.kinds.kind import Chosen, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.compared_rows import preference_rows
from citing_app.method.training_rows import TrainingRow
from citing_app.types import Pair


def rows(pairs: Sequence[Pair], chosen: Chosen) -> list[TrainingRow]:
    """One row or two for each pair, as the objective says."""
    return preference_rows(pairs, chosen.objective)


KIND = Kind(
    name="dpo",
    learns_from=PAIRS,
    rows=rows,
    trainer="dpo",
    prefers=True,
    offers=("objective", "adapter", "replay", "order"),
    label="revisions over drafts (DPO)",
    title="DPO",
    about="LoRA on each accepted revision against its draft (DPO)",
    button="Train DPO",
    task=lambda objective: "instruction → accepted revision rather than the draft (DPO)",
)
