"""Reviewing: the next items for a person, and what the desk shows of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from citing_app.store import browse, items, states
from citing_app.store.database import Store
from citing_app.types import Filter
from citing_app.workflows.desk.case import case_of, found_item, on_revision
from citing_app.workflows.desk.item_view import item_view, warnings
from citing_app.workflows.desk.leases import Leases

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
        views = [case_of(cursor, one).view(annotator) if disputed else item_view(one) for one in found]
    return {"items": views, "counts": counts}


def item(store: Store, item_id: int, annotator: str | None = None) -> dict[str, Any]:
    """One item as the desk shows it, with its history. Raises CitingError where there is none."""
    with store.read() as cursor:
        case = case_of(cursor, found_item(cursor, item_id))
    return dict(case.view(annotator))


def text_warnings(store: Store, item_id: int, text: str, revision_id: int | None = None) -> list[str]:
    """What to look at twice before this text, typed on one of the item's revisions, is accepted for it."""
    with store.read() as cursor:
        found = on_revision(found_item(cursor, item_id), revision_id)
    same = ["This is the revision, unchanged."] if text == found.revision else []
    return same + warnings(found.draft, found.revision, text)
