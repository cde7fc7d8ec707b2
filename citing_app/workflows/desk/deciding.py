"""Deciding: a person's decisions, each saved (committed, then journalled and fsynced) before anyone is told so."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from citing_app.errors import CitingError, Refused
from citing_app.method.diff import changed_share, kept_text
from citing_app.method.verdicts import outcome, standing
from citing_app.store import decisions, items, states
from citing_app.store.database import Cursor, Store
from citing_app.store.journal import Journal
from citing_app.types import Decision, Item, Person
from citing_app.workflows.desk.item_view import minute, parts_of
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import Decide
from citing_app.workflows.desk.reviewing import found_item, item, on_revision


class Asked(Decide):
    """A decision as one person asks for it.

    Of a disagreement that they are part of, only those who `may_settle` can make an end; others change what they said
    themselves.
    """

    annotator: str
    may_settle: bool = True


def asked_by(person: Person, decision: Decide) -> Asked:
    """The decision, asked for by this person."""
    return Asked(**dict(decision), annotator=person.name, may_settle=person.is_owner)


def decide(store: Store, journal: Journal, leases: Leases, asked: Asked) -> dict[str, Any]:
    """Save one decision and return the item as it now is; the person looks at it no longer.

    Raises Refused where the item was decided or changed since the person saw it (nothing is overwritten), and
    CitingError for a request that makes no sense.
    """
    _check(asked)
    with store.write() as cursor:
        known = decisions.by_request(cursor, asked.request_id)
        lines = []
        if known is None:
            made = _decide(cursor, asked)
            lines = decisions.journal_lines(cursor, [decision.id for decision in made])
            known = made[-1]
    if lines:
        journal.append(lines)
    leases.release(asked.annotator, known.item_id)
    return {"decision": known.id, "item": item(store, known.item_id, asked.annotator)}


def undo(store: Store, journal: Journal, annotator: str, request_id: str, item_id: int | None = None) -> dict[str, Any]:
    """Take back this person's newest decision (or the one on `item_id`); the item waits again, first in the queue."""
    if not request_id:
        raise CitingError("An undo needs a request id.")
    with store.write() as cursor:
        known = decisions.by_request(cursor, request_id)
        lines = []
        if known is None:
            known = _undo(cursor, annotator, request_id, _to_undo(cursor, annotator, item_id))
            lines = decisions.journal_lines(cursor, [known.id])
    if lines:
        journal.append(lines)
    return {"decision": known.id, "item": item(store, known.item_id, annotator)}


def _check(asked: Asked) -> None:
    """What the fields can't say one by one."""
    if not asked.request_id:
        raise CitingError("A decision needs a request id.")
    if asked.kind != "edit" and asked.final_text is not None:
        raise CitingError("Only an edit brings a final text; the decision was not made.")
    if asked.kind == "edit" and not (asked.final_text or "").strip():
        raise CitingError("The edited revision is empty; reject the revision instead.")


def _decide(cursor: Cursor, asked: Asked) -> list[Decision]:
    """The decision, and before it the undo of the person's earlier one where it takes that one's place."""
    found = found_item(cursor, asked.item)
    verdicts = standing(decisions.history(cursor, found.id))
    own = _own(verdicts, asked.annotator)
    made = []
    changes = asked.changes or (found.state == "disputed" and not asked.may_settle)
    if own is not None and changes and found.version == asked.version:
        made.append(_undo(cursor, asked.annotator, f"{asked.request_id}/undo", own))
        found = found_item(cursor, asked.item)
    else:
        _check_open(found, verdicts, own)
        if found.version != asked.version:
            raise Refused(f"Item {found.id} has changed since you opened it; look at it again.")
    chosen = on_revision(found, asked.revision)
    decision = _new(asked, chosen)
    _save(cursor, decision, found)
    if asked.kind == "skip":
        states.set_place(cursor, found.id, states.last_place(cursor) + 1)
    if asked.criteria:
        states.set_criteria(cursor, found.id, _criteria(chosen, asked.criteria))
    return [*made, decision]


def _own(verdicts: Sequence[Decision], annotator: str) -> Decision | None:
    """This person's verdict: the one that settled a disagreement that they were part of, else their newest."""
    own = [verdict for verdict in verdicts if verdict.annotator == annotator]
    return max(own, key=lambda verdict: (verdict.settles, verdict.at), default=None)


def _check_open(found: Item, verdicts: Sequence[Decision], own: Decision | None) -> None:
    """Raises Refused where this person cannot decide this item now; it says who decided it, and when."""
    if found.state in ("accepted", "rejected"):
        names = " and ".join(dict.fromkeys(verdict.annotator for verdict in verdicts))
        raise Refused(f"Item {found.id} was already decided by {names} at {minute(found.decided_at)}.")
    if own is not None and found.state == "waiting":
        raise Refused(f"Item {found.id} was already decided by you at {minute(own.at)}; it waits for other people.")
    if found.state == "held_out":
        raise Refused(f"Item {found.id} belongs to the {found.instruction.split} rows, which no round learns.")
    if found.state == "drafted" or found.revision is None:
        raise Refused(f"Item {found.id} has no revision to decide on.")


def _new(asked: Asked, found: Item) -> Decision:
    """The decision that the request makes on the item."""
    assert found.revision_id is not None
    assert found.revision is not None
    final = None
    if asked.kind == "edit":
        final = asked.final_text
    elif asked.kind == "accept" and asked.kept_hunks is None:
        final = found.revision
    elif asked.kind == "accept":
        final = kept_text(parts_of(found.draft, found.revision, found.edits), asked.kept_hunks or ())
    return Decision(
        id=uuid.uuid4().hex,
        request_id=asked.request_id,
        item_id=found.id,
        revision_id=found.revision_id,
        version=found.version,
        kind=asked.kind,
        final_text=final,
        annotator=asked.annotator,
        at=datetime.now(timezone.utc),
        kept_hunks=asked.kept_hunks,
        settles=found.state == "disputed" and asked.kind != "skip",
        criteria=asked.criteria,
        changed=None if final is None else changed_share(found.revision, final),
        seconds=asked.seconds,
    )


def _criteria(found: Item, corrected: Mapping[int, str]) -> list[str]:
    """The criteria that the revision's edits serve, as corrected. Raises CitingError for one that is not there."""
    assert found.revision is not None
    changes = [part for part in parts_of(found.draft, found.revision, found.edits) if part.changed]
    known = {criterion.name for criterion in found.rubric.criteria} if found.rubric else set()
    for number, name in corrected.items():
        if not 1 <= number <= len(changes):
            raise CitingError(f"Item {found.id} has no edit {number}.")
        if name and name not in known:
            raise CitingError(f"The rubric of item {found.id} has no criterion of that name.")
    named = (corrected.get(number, part.criterion or "") for number, part in enumerate(changes, start=1))
    return sorted({name for name in named if name})


def _to_undo(cursor: Cursor, annotator: str, item_id: int | None) -> Decision:
    """The decision to take back. Raises Refused where there is none, or where it is another person's."""
    if item_id is None:
        newest = decisions.last_undoable(cursor, annotator)
        if newest is None:
            raise Refused("There is nothing to undo.")
        return newest
    made = decisions.history(cursor, item_id)
    undone = {decision.undoes for decision in made}
    open_ones = [decision for decision in made if decision.kind != "undo" and decision.id not in undone]
    own = [decision for decision in open_ones if decision.annotator == annotator]
    if own:
        return own[-1]
    if open_ones:
        raise Refused(f"Item {item_id} was decided by {open_ones[-1].annotator}; only they can undo it.")
    raise Refused("There is nothing to undo.")


def _undo(cursor: Cursor, annotator: str, request_id: str, newest: Decision) -> Decision:
    found = found_item(cursor, newest.item_id)
    assert found.revision_id is not None
    decision = Decision(
        id=uuid.uuid4().hex,
        request_id=request_id,
        item_id=found.id,
        revision_id=found.revision_id,
        version=found.version,
        kind="undo",
        final_text=None,
        annotator=annotator,
        at=datetime.now(timezone.utc),
        undoes=newest.id,
    )
    _save(cursor, decision, found)
    states.set_place(cursor, found.id, states.first_place(cursor) - 1)
    return decision


def _save(cursor: Cursor, decision: Decision, found: Item) -> None:
    """Append the decision and write what the item's standing verdicts now make of it."""
    rubric = found.rubric
    decisions.add(cursor, decision, rubric.category if rubric else None, rubric.version if rubric else None)
    settle(cursor, found)


def settle(cursor: Cursor, found: Item) -> None:
    """Write the state that the item's decisions give."""
    verdicts = standing(decisions.history(cursor, found.id))
    now = outcome(verdicts, found.slots)
    newest = max((verdict.at for verdict in verdicts), default=None)
    deciders = sorted({verdict.annotator for verdict in verdicts})
    if now.counts is not None and now.counts.revision_id != found.revision_id:
        items.show_revision(cursor, found.id, now.counts.revision_id)
    states.set_state(cursor, found.id, now.state, now.counts.id if now.counts else None, deciders, newest)
