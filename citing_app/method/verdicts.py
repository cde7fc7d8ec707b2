"""What several people's decisions make of an item.

The rule has two bodies. This one computes one item's state from what a decision has read. The view `item_states`
(store/migrations/0002_desk.sql) computes that of many at once, for batches and for the rebuild at start
(`store.states.rebuild_states`). Change both: tests/workflows/desk/test_one_rule.py holds them against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from citing_app.types import Decision, Item, ItemState


@dataclass(frozen=True)
class Outcome:
    """The item's state, whose verdicts stand (in alphabetical order), and when the newest of them was made.

    `counts` is the decision whose text is kept, in an item that is accepted or rejected.
    """

    state: ItemState
    counts: Decision | None
    deciders: tuple[str, ...]
    decided_at: datetime | None


def standing(decisions: Sequence[Decision]) -> list[Decision]:
    """The verdicts (accept, edit, reject) among an item's decisions that have not been undone, oldest first."""
    undone = {decision.undoes for decision in decisions}
    return [d for d in decisions if d.kind in ("accept", "edit", "reject") and d.id not in undone]


def outcome(verdicts: Sequence[Decision], slots: int) -> Outcome:
    """What the standing verdicts make of an item that can be decided and for which `slots` people are wanted."""
    state, counts = _judged(verdicts, slots)
    deciders = tuple(sorted({verdict.annotator for verdict in verdicts}))
    return Outcome(state, counts, deciders, max((verdict.at for verdict in verdicts), default=None))


def sent_back_to(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """The people to whom an item with these decisions (oldest first) was sent back, in alphabetical order.

    An undo by another person sends it back, until the one who had decided has done so again, or skipped it. For many
    items at once the rule is the view `sent_back` (store/migrations/0019_notes.sql).
    """
    undone = {decision.undoes: place for place, decision in enumerate(decisions)}
    newest = {
        decision.annotator: place
        for place, decision in enumerate(decisions)
        if decision.kind != "undo" and decision.id not in undone
    }
    return tuple(
        sorted(
            {
                decision.annotator
                for decision in decisions
                if decision.id in undone
                and decisions[undone[decision.id]].annotator != decision.annotator
                and newest.get(decision.annotator, -1) < undone[decision.id]
            }
        )
    )


def with_outcome(item: Item, now: Outcome) -> Item:
    """The item as this outcome leaves it. The version counts changes of state; the revision shown is not changed."""
    counts = now.counts
    return replace(
        item,
        version=item.version + (now.state != item.state),
        state=now.state,
        deciders=now.deciders,
        final_text=counts.final_text if counts else None,
        decided_by=counts.annotator if counts else None,
        decided_at=counts.at if counts else None,
    )


def _judged(verdicts: Sequence[Decision], slots: int) -> tuple[ItemState, Decision | None]:
    """The state, and the decision that counts.

    The item waits until so many have decided. Where all reject it, or all accept the same text, the newest verdict
    counts; else it is disputed until somebody settles it, and then the settling decision counts.
    """
    settling = [verdict for verdict in verdicts if verdict.settles]
    if not settling and len(verdicts) < slots:
        return "waiting", None
    if not settling and len({verdict.final_text for verdict in verdicts}) > 1:
        return "disputed", None
    counts = (settling or list(verdicts))[-1]
    return "rejected" if counts.kind == "reject" else "accepted", counts
