"""One decision on many items: accepted or rejected as one batch, and undone as one.

What the decisions make of the items is computed in SQL (`states.rebuild_states`), as 50,000 of them are not read one by
one; of a single item the same rule is method/verdicts.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from citing_app.errors import CitingError, Refused
from citing_app.store import browse, decisions, states
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.types import DecisionKind, Filter
from citing_app.workflows.desk.leases import Leases

LARGEST = 50_000
_LINES_AT_ONCE = 1000


def decide_all(
    store: Store,
    journal: Journal,
    leases: Leases,
    chosen: Filter,
    kind: DecisionKind,
    annotator: str,
    request_id: str,
    expected: int,
) -> dict[str, Any]:
    """Accept or reject every item that passes the filter and waits for this person, who looks at none of them longer.

    `expected` is how many the person was told; raises Refused where it is another number by now, so that nobody
    decides what they have not been shown. All are one batch, and so is the same request twice.
    """
    if kind not in ("accept", "reject"):
        raise CitingError("Many items at once can be accepted or rejected.")
    if not request_id:
        raise CitingError("A batch needs a request id.")
    with store.write() as cursor:
        made = decisions.of_batch(cursor, request_id)
        if made:
            return {"batch": request_id, "decided": len(made)}
        ids = browse.open_ids(cursor, chosen, annotator, LARGEST + 1)
        _check_size(len(ids), expected)
        made = decisions.add_batch(cursor, ids, kind, annotator, request_id)
        states.rebuild_states(cursor, ids)
    _write_journal(store, journal, made)
    for item_id in ids:
        leases.release(annotator, item_id)
    return {"batch": request_id, "decided": len(made)}


def accept_items(store: Store, journal: Journal, item_ids: Sequence[int], annotator: str, request_id: str) -> None:
    """Accept those of these items that wait for this person, as one batch. The same request twice is one batch."""
    with store.write() as cursor:
        if decisions.of_batch(cursor, request_id):
            return
        ids = states.waiting_among(cursor, item_ids, annotator)
        made = decisions.add_batch(cursor, ids, "accept", annotator, request_id)
        states.rebuild_states(cursor, ids)
    _write_journal(store, journal, made)


def undo_all(store: Store, journal: Journal, batch: str, annotator: str) -> dict[str, Any]:
    """Take back what still stands of this person's batch: the items wait again, each at its old place in the queue."""
    with store.write() as cursor:
        undos = decisions.undo_batch(cursor, batch, annotator)
        ids = decisions.items_of(cursor, undos)
        states.rebuild_states(cursor, ids)
    if not undos:
        raise Refused("Nothing of this batch is left to undo.")
    _write_journal(store, journal, undos)
    return {"batch": batch, "undone": len(undos)}


def accept_pending(store: Store, journal: Journal, annotator: str) -> int:
    """Accept everything that waits for this person; how many."""
    done, nobodys = 0, Leases()  # nobody looks at items while a command holds the data folder
    while True:
        with store.read() as cursor:
            count = len(browse.open_ids(cursor, Filter(), annotator, LARGEST))
        if not count:
            return done
        done += decide_all(store, journal, nobodys, Filter(), "accept", annotator, uuid.uuid4().hex, count)["decided"]


def _check_size(found: int, expected: int) -> None:
    if found > LARGEST:
        raise CitingError(f"At most {LARGEST:,} items are decided at once; narrow the filter.")
    if found != expected:
        raise Refused(f"The filter now holds {found:,} waiting items, not {expected:,}; look again before deciding.")
    if not found:
        raise CitingError("No item that passes the filter waits for you.")


def _write_journal(store: Store, journal: Journal, decision_ids: Sequence[str]) -> None:
    for start in range(0, len(decision_ids), _LINES_AT_ONCE):
        with store.read() as cursor:
            lines = decisions.journal_lines(cursor, decision_ids[start : start + _LINES_AT_ONCE])
        journal.append(lines)
