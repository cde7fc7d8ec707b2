"""APO-zero (arXiv 2408.06266): make the accepted revision likelier and the student's own draft less likely.

The pair of a draft and its minimal revision is the contrast that the paper's CLAIR makes.
"""

from __future__ import annotations

from citing_app.kinds.kind import WATCHED, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.compared_rows import preference_rows

KIND = Kind(
    name="apo",
    learns_from=PAIRS,
    rows=lambda pairs, chosen: preference_rows(pairs, chosen.objective),
    trainer="apo",
    prefers=True,
    offers=("objective", "adapter", "replay", "order", *WATCHED),
    label="revisions over drafts (APO)",
    title="APO",
    about="LoRA on each accepted revision against its draft, anchored (APO-zero)",
    button="Train APO",
    task=lambda objective: "instruction → accepted revision rather than the draft (APO)",
)
