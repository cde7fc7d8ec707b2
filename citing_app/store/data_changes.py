"""What people did to data sets, as the journal of imports keeps it: a line for each import, however many its rows.

A line tells what came and went, not the rows: those are in the file. What a lost line did to rows that are still there
is done again; that a decision which was lost belongs to a data set renamed since, store/replay.py reads from here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from citing_app.store import dataset_names, imports, removing, replacing
from citing_app.store.database import Cursor, Store
from citing_app.store.journal import Journal, Line, Records, made_at

ChangeKind = Literal["import", "take back", "rename", "delete"]


def add(cursor: Cursor, kind: ChangeKind, detail: Mapping[str, Any], by: str) -> str:
    """Record what was done, in the transaction that does it; its id."""
    change = uuid.uuid4().hex
    _insert(cursor, change, kind, detail, by, None)
    return change


def journal_lines(cursor: Cursor, ids: Sequence[str]) -> list[Line]:
    """The journal's lines of these changes, in the order they were made."""
    rows = cursor.execute(
        "SELECT id, kind, changed_by, changed_at, detail FROM data_changes "
        "WHERE id IN (SELECT unnest(?::VARCHAR[])) ORDER BY changed_at, rowid",
        [list(ids)],
    ).fetchall()
    return [
        {"id": id, "kind": kind, "by": by, "at": at.isoformat(), **json.loads(detail)}
        for id, kind, by, at, detail in rows
    ]


def tell(store: Store, journal: Journal, change: str) -> None:
    """Write a change that is committed to the journal."""
    with store.read() as cursor:
        lines = journal_lines(cursor, [change])
    journal.append(lines)


def take_back(cursor: Cursor, number: int) -> None:
    """Undo an import. The caller has seen that nothing keeps what it brought."""
    share = removing.of_import(cursor, number)
    replacing.restore(cursor, number)
    removing.remove_items(cursor, share.items)
    removing.take_from_others(cursor, number)
    removing.remove(cursor, share.rows)
    imports.mark_taken_back(cursor, number)


def delete(cursor: Cursor, dataset: str) -> None:
    """Delete a data set. The caller has seen that nothing keeps its rows."""
    removing.remove(cursor, removing.of_dataset(cursor, dataset).rows)
    dataset_names.forget(cursor, dataset)


def _insert(cursor: Cursor, id: str, kind: ChangeKind, detail: Mapping[str, Any], by: str, at: datetime | None) -> None:
    cursor.execute(
        "INSERT INTO data_changes (id, kind, detail, changed_by, changed_at) VALUES (?, ?, ?, ?, coalesce(?, now()))",
        [id, kind, json.dumps(detail, ensure_ascii=False), by, at],
    )


def _ids(cursor: Cursor) -> list[str]:
    return [row[0] for row in cursor.execute("SELECT id FROM data_changes ORDER BY changed_at, rowid").fetchall()]


def _replay(cursor: Cursor, line: Line) -> None:
    """Do again what a lost line says, to what is there; what somebody decided on meanwhile stays."""
    detail = {name: value for name, value in line.items() if name not in ("id", "kind", "by", "at")}
    _insert(cursor, line["id"], line["kind"], detail, line["by"], made_at(line))
    if line["kind"] == "import":
        imports.add(cursor, line["import"], line["file"], line["dataset"], line["counts"], line["by"], made_at(line))
    elif line["kind"] == "take back" and _may_go(cursor, removing.of_import(cursor, line["import"])):
        take_back(cursor, line["import"])
    elif line["kind"] == "rename":
        dataset_names.rename(cursor, line["dataset"], line["to"])
    elif line["kind"] == "delete" and _may_go(cursor, removing.of_dataset(cursor, line["dataset"])):
        delete(cursor, line["dataset"])


def _may_go(cursor: Cursor, share: removing.Share) -> bool:
    return not removing.kept_by(cursor, share)


def _nothing(cursor: Cursor) -> None:
    """Nothing follows from changes that is kept beside them."""


CHANGES = Records(_ids, journal_lines, _replay, _nothing)
