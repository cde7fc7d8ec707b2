"""DPO (arXiv 2305.18290): make the accepted revision likelier than the student's own draft."""

from __future__ import annotations

from citing_app.kinds.kind import WATCHED, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.compared_rows import preference_rows

KIND = Kind(
    name="dpo",
    learns_from=PAIRS,
    rows=lambda pairs, chosen: preference_rows(pairs, chosen.objective),
    trainer="dpo",
    prefers=True,
    offers=("objective", "adapter", "replay", "order", *WATCHED),
    label="revisions over drafts (DPO)",
    title="DPO",
    about="LoRA on each accepted revision against its draft (DPO)",
    button="Train DPO",
    task=lambda objective: "instruction → accepted revision rather than the draft (DPO)",
)
