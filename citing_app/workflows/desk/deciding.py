"""Deciding: a person's decisions, each saved (committed, then journalled and fsynced) before anyone is told so."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from citing_app.errors import CitingError, Refused
from citing_app.method.diff import changed_share, kept_text, parts_of
from citing_app.method.line_ends import with_line_ends
from citing_app.method.verdicts import outcome, sent_back_to, standing, with_outcome
from citing_app.store import decisions, items, states
from citing_app.store.database import Cursor, Store
from citing_app.store.journal import Journal
from citing_app.types import Decision, Item, Person
from citing_app.workflows.desk.case import Case, case_of, found_item, on_revision
from citing_app.workflows.desk.item_view import minute
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import Decide


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
    decided = saved_once(store, journal, asked.annotator, asked.request_id, lambda cursor: _decide(cursor, asked))
    leases.release(asked.annotator, decided["item"]["id"])
    return decided


def undo(store: Store, journal: Journal, annotator: str, request_id: str, item_id: int | None = None) -> dict[str, Any]:
    """Take back this person's newest decision (or the one on `item_id`); the item waits again, first in the queue."""
    if not request_id:
        raise CitingError("An undo needs a request id.")
    return saved_once(
        store, journal, annotator, request_id, lambda cursor: _take_back(cursor, annotator, request_id, item_id)
    )


def _check(asked: Asked) -> None:
    """What the fields can't say one by one."""
    if not asked.request_id:
        raise CitingError("A decision needs a request id.")
    if asked.kind != "edit" and asked.final_text is not None:
        raise CitingError("Only an edit brings a final text; the decision was not made.")
    if asked.kind == "edit" and not (asked.final_text or "").strip():
        raise CitingError("The edited revision is empty; reject the revision instead.")


def saved_once(
    store: Store, journal: Journal, annotator: str, request_id: str, make: Callable[[Cursor], Case]
) -> dict[str, Any]:
    """What `make` decides, saved, and the item as it now is. A request that was made before decides nothing again."""
    with store.write() as cursor:
        known = decisions.by_request(cursor, request_id)
        case = make(cursor) if known is None else case_of(cursor, found_item(cursor, known.item_id))
        lines = decisions.journal_lines(cursor, [decision.id for decision in case.made]) if case.made else []
    # Committed by now, which settles who was first; a crash before the next line is mended when the store is opened.
    if lines:
        journal.append(lines)
    return {"decision": (known or case.made[-1]).id, "item": case.view(annotator)}


def _decide(cursor: Cursor, asked: Asked) -> Case:
    """The case with the decision, and before it the undo of the person's earlier one where it takes its place."""
    case = case_of(cursor, found_item(cursor, asked.item))
    edited = case.item.final_text
    own = own_verdict(case.verdicts, asked.annotator)
    changes = asked.changes or (case.item.state == "disputed" and not asked.may_settle)
    if own is not None and changes and case.item.version == asked.version:
        case = with_undo(cursor, case, own, f"{asked.request_id}/undo")
    else:
        _check_open(case, own)
        if case.item.version != asked.version:
            raise Refused(f"Item {case.item.id} has changed since you opened it; look at it again.")
    chosen = on_revision(case.item, asked.revision)
    case = _save(cursor, case, _new(asked, chosen, edited))
    if asked.kind == "skip":
        states.set_place(cursor, chosen.id, states.last_place(cursor) + 1)
    if asked.criteria:
        states.set_criteria(cursor, chosen.id, _criteria(chosen, asked.criteria))
    return case


def own_verdict(verdicts: Sequence[Decision], annotator: str) -> Decision | None:
    """This person's verdict: the one that settled a disagreement that they were part of, else their newest."""
    own = [verdict for verdict in verdicts if verdict.annotator == annotator]
    return max(own, key=lambda verdict: (verdict.settles, verdict.at), default=None)


def _check_open(case: Case, own: Decision | None) -> None:
    """Raises Refused where this person cannot decide this item now; it says who decided it, and when."""
    found = case.item
    if found.state in ("accepted", "rejected"):
        names = " and ".join(dict.fromkeys(verdict.annotator for verdict in case.verdicts))
        raise Refused(f"Item {found.id} was already decided by {names} at {minute(found.decided_at)}.")
    if own is not None and found.state == "waiting":
        raise Refused(f"Item {found.id} was already decided by you at {minute(own.at)}; it waits for other people.")
    if found.state == "held_out":
        raise Refused(f"Item {found.id} belongs to the {found.instruction.split} rows, which no round learns.")
    if found.state == "drafted" or found.revision is None:
        raise Refused(f"Item {found.id} has no revision to decide on.")


def _new(asked: Asked, found: Item, edited: str | None) -> Decision:
    """The decision that the request makes on the item; `edited` is the text that counted before, where one did."""
    assert found.revision_id is not None
    assert found.revision is not None
    final = None
    if asked.kind in ("accept", "edit"):
        final = found.revision
        if asked.kept_hunks is not None:
            final = kept_text(parts_of(found.draft, found.revision, found.edits), asked.kept_hunks)
        if asked.kind == "edit":
            final = with_line_ends(asked.final_text or "", final if edited is None else edited)
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
        note=asked.note.strip() or None,
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


def _take_back(cursor: Cursor, annotator: str, request_id: str, item_id: int | None) -> Case:
    """The case with this person's newest decision (or that on the item) undone. Raises Refused where there is none."""
    newest = decisions.last_undoable(cursor, annotator) if item_id is None else None
    wanted = newest.item_id if newest else item_id
    found = None if wanted is None else items.get(cursor, wanted)
    if found is None:
        raise Refused("There is nothing to undo.")
    case = case_of(cursor, found)
    return with_undo(cursor, case, newest or _own_open(case, annotator), request_id)


def _own_open(case: Case, annotator: str) -> Decision:
    """This person's newest decision on the item. Raises Refused where there is none, or only another person's."""
    undone = {decision.undoes for decision in case.history}
    open_ones = [decision for decision in case.history if decision.kind != "undo" and decision.id not in undone]
    own = [decision for decision in open_ones if decision.annotator == annotator]
    if own:
        return own[-1]
    if open_ones:
        raise Refused(f"Item {case.item.id} was decided by {open_ones[-1].annotator}; only they can undo it.")
    raise Refused("There is nothing to undo.")


def with_undo(
    cursor: Cursor, case: Case, newest: Decision, request_id: str, by: str | None = None, note: str | None = None
) -> Case:
    """The case with this decision on it undone, by whoever made it or `by` another; the item is first in the queue."""
    assert case.item.revision_id is not None
    undone = Decision(
        id=uuid.uuid4().hex,
        request_id=request_id,
        item_id=case.item.id,
        revision_id=case.item.revision_id,
        version=case.item.version,
        kind="undo",
        final_text=None,
        annotator=by or newest.annotator,
        at=datetime.now(timezone.utc),
        undoes=newest.id,
        note=note,
    )
    case = _save(cursor, case, undone)
    states.set_place(cursor, case.item.id, states.first_place(cursor) - 1)
    return case


def _save(cursor: Cursor, case: Case, decision: Decision) -> Case:
    """Append the decision and write what the item's standing verdicts now make of it: from the case, reading nothing.

    Only where another revision comes to count are the item's revisions read again: the case has the newest of each
    teacher, and the one that counts may be older.
    """
    rubric = case.item.rubric
    decisions.add(cursor, decision, rubric.category if rubric else None, rubric.version if rubric else None)
    history = [*case.history, decision]
    now = outcome(standing(history), case.item.slots)
    item = replace(with_outcome(case.item, now), sent_to=sent_back_to(history))
    if now.counts is not None and now.counts.revision_id != item.revision_id:
        items.show_revision(cursor, item.id, now.counts.revision_id)
        item = items.showing(cursor, item, now.counts.revision_id)
    states.set_outcome(cursor, item, now)
    return case.decided(item, decision)
