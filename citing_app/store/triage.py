"""What the order of the queue is judged by: narrow columns of items, and the vectors of a few instructions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from citing_app.store.database import Cursor
from citing_app.store.states import WAITS
from citing_app.types import ItemState

Columns = dict[str, npt.NDArray[Any]]


def open_items(cursor: Cursor, annotator: str, without: Sequence[int], limit: int) -> Columns:
    """The first items of this person's queue, leaving out those with the ids `without`.

    The columns are `id`, `instruction_id`, `edit_size` and `similarity` (NaN: unknown), `free`, the open slots, and
    `is_sent`, whether it was sent back to them.
    """
    return _columns(
        cursor.execute(
            "SELECT id, instruction_id, edit_size, similarity, slots - len(deciders) AS free, "
            "list_contains(sent_to, $person) AS is_sent FROM items "
            f"WHERE {WAITS} AND id NOT IN (SELECT unnest($without::BIGINT[])) "
            "ORDER BY is_sent DESC, place LIMIT $limit",
            {"without": list(without), "person": annotator, "limit": limit},
        )
    )


def newest_decided(cursor: Cursor, state: ItemState, limit: int) -> Columns:
    """The newest items in this state; the columns are `instruction_id`, `edit_size` and `similarity` (NaN: unknown)."""
    return _columns(
        cursor.execute(
            "SELECT instruction_id, edit_size, similarity FROM items WHERE state = ? ORDER BY decided_at DESC LIMIT ?",
            [state, limit],
        )
    )


def vectors(cursor: Cursor, instruction_ids: Sequence[int]) -> dict[int, npt.NDArray[np.float32]]:
    """By instruction, its vector, where the embedder that was used last has made one."""
    found = cursor.execute(
        "SELECT i.id, e.vector FROM "
        "(SELECT id, instruction FROM instructions WHERE id IN (SELECT unnest(?::BIGINT[]))) i "
        "JOIN embeddings e ON e.text_hash = sha256(i.instruction) "
        "AND e.embedder = (SELECT embedder FROM embeddings ORDER BY rowid DESC LIMIT 1)",
        [list(instruction_ids)],
    ).fetchnumpy()
    return {int(number): np.asarray(vector) for number, vector in zip(*found.values(), strict=True)}


def _columns(cursor: Cursor) -> Columns:
    """The rows by column; NULL becomes NaN."""
    return {name: np.ma.filled(column, np.nan) for name, column in cursor.fetchnumpy().items()}
