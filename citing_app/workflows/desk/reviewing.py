"""Reviewing: the next items for a person, and what the desk shows of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from citing_app.method.line_ends import with_line_ends
from citing_app.store import browse, decisions, items, states
from citing_app.store.database import Cursor, Store
from citing_app.store.origins import origins
from citing_app.types import Filter, Item
from citing_app.workflows.desk.case import case_of, found_item, on_revision
from citing_app.workflows.desk.item_view import ItemView, item_view, origin_view, warnings
from citing_app.workflows.desk.leases import Leases

_LONGEST_OFFERED, _MOST_OFFERED = 200, 20
_MOST_AMONG = 5_000
"""How many items that pass a filter are looked at for the next ones that nobody else looks at."""


def queue(
    store: Store,
    leases: Leases,
    annotator: str,
    limit: int = 8,
    without: Sequence[int] = (),
    disputed: bool = False,
    among: Filter | None = None,
) -> dict[str, Any]:
    """The next items that wait for this person (with `among`, of those that pass it), or the disputed ones; and how
    many items are in each state.

    The items, and those `without` that the desk holds already, are the person's for a short while.
    """
    with leases.choosing, store.read() as cursor:
        if disputed:
            found = items.disputed(cursor, limit, without)
        else:
            of_others = leases.of_others(annotator)
            passing = None if among is None else browse.open_ids(cursor, among, annotator, _MOST_AMONG)
            found = items.waiting(cursor, limit, without, annotator, of_others, passing)
        leases.take(annotator, [*without, *(item.id for item in found)])
        counts = states.counts(cursor)
        views = [shown(cursor, one, annotator, disputed) for one in found]
    return {"items": views, "counts": counts}


def shown(cursor: Cursor, item: Item, annotator: str, with_history: bool = False) -> ItemView:
    """An item of the queue: with its history on wish, and where it was sent back to this person."""
    return case_of(cursor, item).view(annotator) if with_history or annotator in item.sent_to else item_view(item)


def notes(store: Store, annotator: str) -> list[str]:
    """What this person, and the team, say most often of why they decide."""
    with store.read() as cursor:
        return decisions.frequent_notes(cursor, annotator, _LONGEST_OFFERED, _MOST_OFFERED)


def item(store: Store, item_id: int, annotator: str | None = None) -> dict[str, Any]:
    """One item as the desk shows it, with its history and its row's origin. Raises CitingError where there is none."""
    with store.read() as cursor:
        case = case_of(cursor, found_item(cursor, item_id))
        known = origins(cursor, [case.item.instruction.id])
    return {**case.view(annotator), "origin": origin_view(known.get(case.item.instruction.id))}


def text_warnings(store: Store, item_id: int, text: str, revision_id: int | None = None) -> list[str]:
    """What to look at twice before this text, typed on one of the item's revisions, is accepted for it."""
    with store.read() as cursor:
        found = on_revision(found_item(cursor, item_id), revision_id)
    text = with_line_ends(text, found.revision or "")
    same = ["This is the revision, unchanged."] if text == found.revision else []
    return same + warnings(found.draft, found.revision, text)
