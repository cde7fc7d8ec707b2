"""RRHF (arXiv 2304.05302): learn the ranking that the desk makes, a person's text over the teacher's over the draft."""

from __future__ import annotations

from citing_app.kinds.kind import WATCHED, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.compared_rows import ranked_rows

KIND = Kind(
    name="rrhf",
    learns_from=PAIRS,
    rows=lambda pairs, chosen: ranked_rows(pairs, chosen.objective, chosen.candidates),
    trainer="rrhf",
    offers=("objective", "adapter", "replay", "order", "candidates", *WATCHED),
    label="rankings of all texts (RRHF)",
    title="RRHF",
    about="LoRA on rankings: a person's text, the teacher's revision, the draft",
    button="Train RRHF",
    task=lambda objective: "instruction → the best of its ranked texts (RRHF)",
)
