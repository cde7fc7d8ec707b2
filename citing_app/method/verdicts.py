"""What several people's decisions make of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.types import Decision, ItemState


@dataclass(frozen=True)
class Outcome:
    """The item's state; `counts` is the decision whose text is kept, in an item that is accepted or rejected."""

    state: ItemState
    counts: Decision | None


def standing(decisions: Sequence[Decision]) -> list[Decision]:
    """The verdicts (accept, edit, reject) among an item's decisions that have not been undone, oldest first."""
    undone = {decision.undoes for decision in decisions}
    return [d for d in decisions if d.kind in ("accept", "edit", "reject") and d.id not in undone]


def outcome(verdicts: Sequence[Decision], slots: int) -> Outcome:
    """What the standing verdicts make of an item for which `slots` people are wanted.

    It waits until so many have decided. Where all reject it, or all accept the same text, the newest verdict counts;
    else it is disputed until somebody settles it, and then the settling decision counts.
    """
    settling = [verdict for verdict in verdicts if verdict.settles]
    if not settling and len(verdicts) < slots:
        return Outcome("waiting", None)
    if not settling and len({verdict.final_text for verdict in verdicts}) > 1:
        return Outcome("disputed", None)
    counts = (settling or list(verdicts))[-1]
    return Outcome("rejected" if counts.kind == "reject" else "accepted", counts)
