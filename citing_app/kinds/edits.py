"""Edits (FIGA, arXiv 2311.04072): learn the words that a revision put in, and unlearn those that it took out."""

from __future__ import annotations

from citing_app.kinds.kind import WATCHED, Kind
from citing_app.kinds.source import PAIRS
from citing_app.method.compared_rows import edit_rows

KIND = Kind(
    name="edits",
    learns_from=PAIRS,
    rows=lambda pairs, chosen: edit_rows(pairs, chosen.objective, chosen.criterion),
    trainer="edits",
    offers=("objective", "adapter", "replay", "order", "criterion", *WATCHED),
    label="the edits themselves (FIGA)",
    title="Edits",
    about="LoRA on the words that revisions put in and took out",
    button="Train on edits",
    task=lambda objective: "instruction → accepted revision, word by word (FIGA)",
)
