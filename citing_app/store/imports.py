"""Imports: which file came when and by whom, and whether something of it is still there. No row is ever deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from citing_app.store.database import Cursor, one

_LEFT = " UNION ".join(
    [
        "SELECT import_id FROM instructions",
        "SELECT answer_import_id FROM instructions",
        *(f"SELECT import_id FROM {table}" for table in ("drafts", "accepted_answers", "category_members")),
        "SELECT import_id FROM replaced_rows",
    ]
)
"""The imports of which something is there."""


@dataclass(frozen=True)
class ImportRow:
    """One import. `counts` are those of its report; `is_left` says that something of it is still there."""

    number: int
    file: str
    dataset: str
    counts: Mapping[str, int]
    by: str
    at: datetime
    taken_back_at: datetime | None
    is_left: bool


def next_number(cursor: Cursor) -> int:
    """The number of the import that begins now."""
    (number,) = one(cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM imports"))
    return int(number)


def brought(cursor: Cursor, number: int) -> bool:
    """Whether anything in the store came with this import."""
    (found,) = one(cursor.execute(f"SELECT coalesce(? IN ({_LEFT}), false)", [number]))
    return bool(found)


def add(
    cursor: Cursor,
    number: int,
    file: str,
    dataset: str,
    counts: Mapping[str, int],
    by: str,
    at: datetime | None = None,
) -> None:
    """Record an import of now, or of `at`; one that is recorded stays as it is."""
    cursor.execute(
        "INSERT INTO imports (id, file, dataset, report, imported_by, imported_at) "
        "SELECT $number, $file, $dataset, $report, $by, coalesce($at, now()) "
        "WHERE $number NOT IN (SELECT id FROM imports)",
        {"number": number, "file": file, "dataset": dataset, "report": json.dumps(counts), "by": by, "at": at},
    )


def newest(cursor: Cursor, limit: int) -> list[ImportRow]:
    """The newest imports, the newest one first."""
    return _read(cursor, "TRUE ORDER BY id DESC LIMIT ?", limit)


def get(cursor: Cursor, number: int) -> ImportRow | None:
    """One import; None where there was none of this number."""
    return next(iter(_read(cursor, "id = ?", number)), None)


def mark_taken_back(cursor: Cursor, number: int) -> None:
    """Record that an import was taken back now."""
    cursor.execute("UPDATE imports SET taken_back_at = now() WHERE id = ? AND taken_back_at IS NULL", [number])


def _read(cursor: Cursor, which: str, value: int) -> list[ImportRow]:
    rows = cursor.execute(
        "SELECT id, file, dataset, report, imported_by, imported_at, taken_back_at, "
        f"coalesce(id IN ({_LEFT}), false) FROM imports WHERE {which}",
        [value],
    ).fetchall()
    return [
        ImportRow(number, file, dataset, json.loads(report), by, at, taken_back_at, is_left)
        for number, file, dataset, report, by, at, taken_back_at, is_left in rows
    ]
