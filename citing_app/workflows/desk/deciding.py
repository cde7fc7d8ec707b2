"""Deciding: a person's decisions, each saved (committed, then journalled and fsynced) before anyone is told so."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, get_args

from citing_app.errors import CitingError, Refused
from citing_app.method.diff import changed_share, kept_text, parts_of
from citing_app.method.verdicts import outcome, standing, with_outcome
from citing_app.store import decisions, items, states
from citing_app.store.database import Cursor, Store
from citing_app.store.journal import Journal
from citing_app.types import Decision, DecisionKind, Item
from citing_app.workflows.desk.case import Case, case_of, found_item, on_revision
from citing_app.workflows.desk.item_view import minute

LONGEST_ANSWER = 100_000
LONGEST_LOOK = 3600.0
"""Seconds that one look at an item counts at most: a person may leave the desk open overnight."""


@dataclass(frozen=True)
class Request:
    """What a person asks for: a decision on one version of an item. `request_id` makes a double click one decision.

    `revision_id` is the revision decided on, in an item that several teachers revised (None: the item's own).
    `kept_hunks` are the numbers of the edits to keep (None: all), `criteria` what the person says an edit serves.
    `changes` allows the decision to take the place of the person's own earlier one. Of a disagreement that they are
    part of, only those who `may_settle` can make an end; others change what they said themselves.
    """

    item_id: int
    version: int
    kind: DecisionKind
    annotator: str
    request_id: str
    revision_id: int | None = None
    final_text: str | None = None
    kept_hunks: tuple[int, ...] | None = None
    criteria: Mapping[int, str] = field(default_factory=dict)
    changes: bool = False
    may_settle: bool = True
    seconds: float | None = None


def decide(store: Store, journal: Journal, request: Request) -> dict[str, Any]:
    """Save one decision and return the item as it now is.

    Raises Refused where the item was decided or changed since the person saw it (nothing is overwritten), and
    CitingError for a request that makes no sense.
    """
    _check(request)
    return _once(store, journal, request.annotator, request.request_id, lambda cursor: _decide(cursor, request))


def undo(store: Store, journal: Journal, annotator: str, request_id: str, item_id: int | None = None) -> dict[str, Any]:
    """Take back this person's newest decision (or the one on `item_id`); the item waits again, first in the queue."""
    if not request_id:
        raise CitingError("An undo needs a request id.")
    return _once(
        store, journal, annotator, request_id, lambda cursor: _take_back(cursor, annotator, request_id, item_id)
    )


def decision_kind(name: str) -> DecisionKind:
    """The decision of this name. Raises CitingError for any other word."""
    for kind in get_args(DecisionKind):
        if name == kind and kind != "undo":
            return kind  # type: ignore[no-any-return]
    raise CitingError("A decision is one of accept, edit, reject and skip.")


def _check(request: Request) -> None:
    if not request.request_id or len(request.request_id) > 100:
        raise CitingError("A decision needs a request id of at most 100 characters.")
    if request.kind == "edit":
        _check_text(request.final_text)
    if request.seconds is not None and not 0 <= request.seconds <= LONGEST_LOOK:
        raise CitingError(f"The time of a decision is between 0 and {LONGEST_LOOK:.0f} seconds.")


def _check_text(text: str | None) -> None:
    if text is None or not text.strip():
        raise CitingError("The edited revision is empty; reject the revision instead.")
    if len(text) > LONGEST_ANSWER:
        raise CitingError(f"The edited revision is longer than {LONGEST_ANSWER:,} characters.")
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise CitingError("The edited revision holds a character that is no text.")


def _once(
    store: Store, journal: Journal, annotator: str, request_id: str, make: Callable[[Cursor], Case]
) -> dict[str, Any]:
    """What `make` decides, saved, and the item as it now is. A request that was made before decides nothing again."""
    with store.write() as cursor:
        known = decisions.by_request(cursor, request_id)
        case = make(cursor) if known is None else case_of(cursor, found_item(cursor, known.item_id))
        lines = decisions.journal_lines(cursor, [decision.id for decision in case.made]) if case.made else []
    if lines:
        journal.append(lines)
    return {"decision": (known or case.made[-1]).id, "item": case.view(annotator)}


def _decide(cursor: Cursor, request: Request) -> Case:
    """The case with the decision, and before it the undo of the person's earlier one where it takes its place."""
    case = case_of(cursor, found_item(cursor, request.item_id))
    own = _own(case.verdicts, request.annotator)
    changes = request.changes or (case.item.state == "disputed" and not request.may_settle)
    if own is not None and changes and case.item.version == request.version:
        case = _undo(cursor, case, own, f"{request.request_id}/undo")
    else:
        _check_open(case, own)
        if case.item.version != request.version:
            raise Refused(f"Item {case.item.id} has changed since you opened it; look at it again.")
    chosen = on_revision(case.item, request.revision_id)
    case = _save(cursor, case, _new(request, chosen))
    if request.kind == "skip":
        states.set_place(cursor, chosen.id, states.last_place(cursor) + 1)
    if request.criteria:
        states.set_criteria(cursor, chosen.id, _criteria(chosen, request.criteria))
    return case


def _own(verdicts: Sequence[Decision], annotator: str) -> Decision | None:
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


def _new(request: Request, found: Item) -> Decision:
    """The decision that the request makes on the item."""
    assert found.revision_id is not None
    assert found.revision is not None
    final = None
    if request.kind == "edit":
        final = request.final_text
    elif request.kind == "accept" and request.kept_hunks is None:
        final = found.revision
    elif request.kind == "accept":
        final = kept_text(parts_of(found.draft, found.revision, found.edits), request.kept_hunks or ())
    return Decision(
        id=uuid.uuid4().hex,
        request_id=request.request_id,
        item_id=found.id,
        revision_id=found.revision_id,
        version=found.version,
        kind=request.kind,
        final_text=final,
        annotator=request.annotator,
        at=datetime.now(timezone.utc),
        kept_hunks=request.kept_hunks,
        settles=found.state == "disputed" and request.kind != "skip",
        criteria=request.criteria,
        changed=None if final is None else changed_share(found.revision, final),
        seconds=request.seconds,
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
    return _undo(cursor, case, newest or _own_open(case, annotator), request_id)


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


def _undo(cursor: Cursor, case: Case, newest: Decision, request_id: str) -> Case:
    """The case with this decision on it undone, by whoever made it; the item is the first in the queue."""
    assert case.item.revision_id is not None
    undone = Decision(
        id=uuid.uuid4().hex,
        request_id=request_id,
        item_id=case.item.id,
        revision_id=case.item.revision_id,
        version=case.item.version,
        kind="undo",
        final_text=None,
        annotator=newest.annotator,
        at=datetime.now(timezone.utc),
        undoes=newest.id,
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
    now = outcome(standing([*case.history, decision]), case.item.slots)
    item = with_outcome(case.item, now)
    if now.counts is not None and now.counts.revision_id != item.revision_id:
        items.show_revision(cursor, item.id, now.counts.revision_id)
        item = items.showing(cursor, item, now.counts.revision_id)
    states.set_outcome(cursor, item, now)
    return case.decided(item, decision)
