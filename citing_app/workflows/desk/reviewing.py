"""Reviewing: the next items for a person, and what the desk shows of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from citing_app.errors import CitingError
from citing_app.method.verdicts import standing
from citing_app.store import browse, decisions, items, states
from citing_app.store.database import Cursor, Store
from citing_app.types import Filter, Item
from citing_app.workflows.desk.item_view import history_view, item_view, warnings
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
        views = [_with_history(cursor, one, annotator) if disputed else item_view(one) for one in found]
    return {"items": views, "counts": counts}


def item(store: Store, item_id: int, annotator: str | None = None) -> dict[str, Any]:
    """One item as the desk shows it, with its history. Raises CitingError where there is none."""
    with store.read() as cursor:
        return _with_history(cursor, found_item(cursor, item_id), annotator)


def _with_history(cursor: Cursor, found: Item, annotator: str | None) -> dict[str, Any]:
    """The item with its decisions as this person may see them.

    `mine` says whether one of the standing verdicts is theirs, `counts_mine` whether what counts is what they said.
    """
    made = decisions.history(cursor, found.id)
    mine = [verdict for verdict in standing(made) if verdict.annotator == annotator]
    is_decided = found.state in ("accepted", "rejected")
    shown = history_view(made, found.slots, annotator)
    return {
        **item_view(found),
        "learned_in": decisions.learned_in(cursor, found.id),
        "history": shown,
        "hides": len(shown) < len(made),
        "mine": bool(mine),
        "counts_mine": is_decided and any(verdict.final_text == found.final_text for verdict in mine),
    }


def text_warnings(store: Store, item_id: int, text: str, revision_id: int | None = None) -> list[str]:
    """What to look at twice before this text, typed on one of the item's revisions, is accepted for it."""
    with store.read() as cursor:
        found = on_revision(found_item(cursor, item_id), revision_id)
    same = ["This is the revision, unchanged."] if text == found.revision else []
    return same + warnings(found.draft, found.revision, text)


def found_item(cursor: Cursor, item_id: int) -> Item:
    """The item with this id. Raises CitingError where there is none."""
    found = items.get(cursor, item_id)
    if found is None:
        raise CitingError(f"There is no item {item_id}.")
    return found


def on_revision(found: Item, revision_id: int | None) -> Item:
    """The item with this revision of it as the one to decide on. Raises CitingError where it is not one of them."""
    if revision_id is None or revision_id == found.revision_id:
        return found
    for other in found.others:
        if other.id == revision_id:
            return replace(
                found, revision_id=other.id, revision=other.text, revision_author=other.author, edits=other.edits
            )
    raise CitingError(f"Item {found.id} has no such revision, or its teacher has written a newer one.")
