"""Browsing: one page of items that pass a filter, how many there are, and what there is to choose from.

A search over all text can take a second; the next key stroke ends it (`Searches`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

from citing_app.store import browse, decisions, states
from citing_app.store.browse import Key
from citing_app.store.database import Cursor, Store
from citing_app.types import Filter

LARGEST_PAGE = 50


class Counts(TypedDict):
    """How many items pass a filter, how many of them wait for this person, and how many of these change nothing."""

    all: int
    waiting: int
    unchanged: int


class PageView(TypedDict):
    """The rows of one page, the key of the next one, and the counts where this page is all there is (else None).

    A row that `waits` can be decided by the person who asks.
    """

    rows: list[dict[str, Any]]
    next: Key | None
    counts: Counts | None


class CountView(TypedDict):
    """The counts, and for each state how many items would pass if the filter asked for that state alone."""

    counts: Counts
    states: dict[str, int]


class Searches:
    """The running questions of each open page: a newer one of the same page ends them and holds up nothing else.

    An interrupt that comes before its question has begun is lost, so a question counts as running until it is over
    and every newer one interrupts it again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, str], list[Cursor]] = {}

    @contextmanager
    def newest(self, store: Store, person: str, page: str) -> Iterator[Cursor]:
        """A cursor for the newest question of this person's page; the older ones of that page raise Cancelled."""
        with store.read() as cursor:
            with self._lock:
                running = self._running.setdefault((person, page), [])
                for older in running:
                    older.interrupt()
                running.append(cursor)
            try:
                yield cursor
            finally:
                with self._lock:
                    running.remove(cursor)
                    if not running:
                        self._running.pop((person, page), None)


def page_view(
    cursor: Cursor, chosen: Filter, sort: str, after: Key | None, annotator: str, limit: int = LARGEST_PAGE
) -> PageView:
    """The rows of one page, the key of the next one, and the counts where this page is all there is (else None)."""
    ids, key = browse.page(cursor, chosen, sort, after, limit)
    rows, waiting = browse.rows(cursor, ids), set(states.waiting_among(cursor, ids, annotator))
    unchanged = sum(row["id"] in waiting and row["edit_size"] == 0 for row in rows)
    counts: Counts = {"all": len(rows), "waiting": len(waiting), "unchanged": unchanged}
    return {
        "rows": [_row_view(row, row["id"] in waiting) for row in rows],
        "next": key,
        "counts": counts if after is None and key is None else None,
    }


def count_view(cursor: Cursor, chosen: Filter, annotator: str) -> CountView:
    """How many items pass the filter, how many of them wait for this person, and how many of these change nothing."""
    found = browse.count(cursor, chosen, annotator)
    counts: Counts = {"all": found.every, "waiting": found.waiting, "unchanged": found.unchanged}
    return {"counts": counts, "states": found.states}


def choices(store: Store, annotator: str) -> dict[str, Any]:
    """What the items hold of each thing that can be filtered by, and this person's newest `batch` (None: none)."""
    with store.read() as cursor:
        return browse.choices(cursor) | {"batch": decisions.newest_batch(cursor, annotator)}


def _row_view(row: dict[str, Any], waits: bool) -> dict[str, Any]:
    return {**row, "decided_at": row["decided_at"].isoformat() if row["decided_at"] else None, "waits": waits}
