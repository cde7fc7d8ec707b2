"""The names of data sets: where they stand, and what a data set is called now that once had another name."""

from __future__ import annotations

import json
from datetime import datetime

from citing_app.store.database import Cursor

_NAMED = ("instructions", "items", "overlap_shares", "dataset_teachers", "inductions", "imports", "metrics")


def rename(cursor: Cursor, old: str, new: str) -> None:
    """Give a data set another name, and what is measured on it; the caller has checked that it is free.

    Who wrote a draft stays as it is, since drafts are known by it, and so does what curricula, races and rounds that
    have ended tell of themselves.
    """
    for table in _NAMED:
        cursor.execute(f"UPDATE {table} SET dataset = ? WHERE dataset = ?", [new, old])
    cursor.execute("UPDATE category_members SET sorted_by = ? WHERE sorted_by = ?", [new, old])
    cursor.execute(  # `old · dev` is a part of it
        "UPDATE test_sets SET dataset = $new, name = $new || substr(name, length($old) + 1) WHERE dataset = $old",
        {"old": old, "new": new},
    )


def forget(cursor: Cursor, name: str) -> None:
    """What was chosen for a data set that is deleted does not hold for another one of its name."""
    for table in ("overlap_shares", "dataset_teachers"):
        cursor.execute(f"DELETE FROM {table} WHERE dataset = ?", [name])


def name_now(cursor: Cursor, name: str, at: datetime) -> str:
    """The name of the data set that had this one at that time."""
    rows = cursor.execute(
        "SELECT detail FROM data_changes WHERE kind = 'rename' AND changed_at > ? ORDER BY changed_at, rowid", [at]
    ).fetchall()
    for (detail,) in rows:
        renamed = json.loads(detail)
        if renamed["dataset"] == name:
            name = renamed["to"]
    return name
