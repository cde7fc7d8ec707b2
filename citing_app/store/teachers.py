"""Which teachers revise the drafts of a data set, and in which manner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.store.database import Cursor


@dataclass(frozen=True)
class Chosen:
    """The teachers of a data set by name (none: the one that the app was started with) and how they are asked."""

    teachers: tuple[str, ...] = ()
    style: str = "smallest"
    rationale: bool = False


def choose(cursor: Cursor, dataset: str, chosen: Chosen, author: str) -> None:
    """Append what counts for the data set from now on."""
    cursor.execute(
        "INSERT INTO dataset_teachers (dataset, teachers, style, rationale, author, set_at) "
        "VALUES (?, ?, ?, ?, ?, now())",
        [dataset, list(chosen.teachers), chosen.style, chosen.rationale, author],
    )


def chosen(cursor: Cursor) -> dict[str, Chosen]:
    """What counts for each data set that somebody has chosen teachers for."""
    rows = cursor.execute(
        "SELECT dataset, teachers, style, rationale FROM dataset_teachers "
        "QUALIFY row_number() OVER (PARTITION BY dataset ORDER BY set_at DESC) = 1"
    ).fetchall()
    return {row[0]: Chosen(tuple(row[1]), row[2], row[3]) for row in rows}


def to_revise(cursor: Cursor, dataset: str, teacher: str, peers: Sequence[str], limit: int) -> list[int]:
    """Open items of a data set that this teacher should revise, oldest first, at most `limit`.

    Those without any revision, and those that only `peers` (the data set's other teachers) have revised: what an import
    brought or a person wrote needs no teacher. Not those whose answer was paid for and is none, or may have been, nor
    those that the teacher cannot revise: they wait for a person to ask again (`ledger.failed_calls`).
    """
    rows = cursor.execute(
        "SELECT id FROM items WHERE dataset = ? AND (state = 'drafted' OR (state = 'waiting' AND len(deciders) = 0 "
        "AND NOT EXISTS (SELECT 1 FROM revisions v WHERE v.item_id = items.id AND (v.author = ? OR "
        "NOT list_contains(?::VARCHAR[], v.author))))) AND id NOT IN (SELECT item_id FROM teacher_calls "
        "WHERE teacher = ? AND item_id IS NOT NULL AND NOT superseded "
        "AND (outcome IN ('refused', 'truncated', 'filtered', 'unknown') OR attempts = 0 "
        "OR (outcome IN ('malformed', 'empty') AND (purpose = 'repair' OR raw IS NULL)))) "  # else it can be mended
        "ORDER BY id LIMIT ?",
        [dataset, teacher, list(peers), teacher, limit],
    ).fetchall()
    return [row[0] for row in rows]
