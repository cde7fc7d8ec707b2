"""Rows that an import replaces by their id, and what they were before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from citing_app.store import removing
from citing_app.store.database import Cursor
from citing_app.store.student_choices import WROTE_DRAFT
from citing_app.types import Split

_REPLACED = ("hash", "instruction", "input", "output", "turns", "metadata", "split", "answer_import_id")


@dataclass(frozen=True)
class Row:
    """An instruction as its columns have it; `turns` and `metadata` are JSON."""

    id: int
    hash: str
    instruction: str
    input: str
    output: str
    turns: str | None
    metadata: str | None
    split: Split
    answer_import_id: int | None = None


def by_row_id(cursor: Cursor, dataset: str, row_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The rows of a data set that have these ids."""
    rows = cursor.execute(
        f"SELECT row_id, id, {', '.join(_REPLACED)} FROM instructions "
        "WHERE dataset = ? AND row_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY id",
        [dataset, list(row_ids)],
    ).fetchall()
    found: dict[str, list[Row]] = {}
    for row_id, *columns in rows:
        found.setdefault(row_id, []).append(Row(*columns))
    return found


def replace(cursor: Cursor, number: int, rows: Mapping[Row, Row]) -> None:
    """Replace rows, each by what an import says it is now, and keep what it was. Nothing keeps any of them."""
    cursor.execute(
        "INSERT INTO replaced_rows (import_id, instruction_id, was) "
        "SELECT ?, unnest(?::BIGINT[]), unnest(?::VARCHAR[])",
        [number, [row.id for row in rows], [json.dumps(asdict(row), ensure_ascii=False) for row in rows]],
    )
    _put(cursor, rows)


def replaced(cursor: Cursor, number: int) -> dict[Row, Row]:
    """What an import replaced: each row as it is now, and as it was."""
    found = cursor.execute(
        f"SELECT i.id, {', '.join(f'i.{name}' for name in _REPLACED)}, r.was FROM replaced_rows r "
        "JOIN instructions i ON i.id = r.instruction_id WHERE r.import_id = ?",
        [number],
    ).fetchall()
    return {Row(*columns): Row(**json.loads(was)) for *columns, was in found}


def restore(cursor: Cursor, number: int) -> None:
    """Give the rows that an import replaced back what they were; the caller has seen that their hashes are free."""
    _put(cursor, replaced(cursor, number))
    cursor.execute("DELETE FROM replaced_rows WHERE import_id = ?", [number])


def _put(cursor: Cursor, rows: Mapping[Row, Row]) -> None:
    """Write the new rows in the place of the old.

    What was drafted for another text goes, and what a student drafted where the answer is another one, since a teacher
    may have revised it by that. A new text is assigned anew, and accepted answers go with their instruction.
    """
    moved = [(old, new) for old, new in rows.items() if old.hash != new.hash]
    asked_anew = [old.id for old, new in rows.items() if (old.hash, old.split) != (new.hash, new.split)]
    answered_anew = [old.id for old, new in rows.items() if old.output != new.output]
    removing.remove_items(cursor, removing.items_of(cursor, np.array(asked_anew, dtype=np.int64)))
    removing.remove_items(cursor, _by_students(cursor, answered_anew))
    cursor.execute(
        "DELETE FROM assignments WHERE instruction_id IN (SELECT unnest(?::BIGINT[]))", [[old.id for old, _ in moved]]
    )
    cursor.execute(
        "UPDATE accepted_answers SET hash = new.hash FROM "
        "(SELECT unnest(?::VARCHAR[]) AS old, unnest(?::VARCHAR[]) AS hash) new WHERE accepted_answers.hash = new.old",
        [[old.hash for old, _ in moved], [new.hash for _, new in moved]],
    )
    columns = [[getattr(row, name) for row in rows.values()] for name in ("id", *_REPLACED)]
    types = ["BIGINT", *["VARCHAR"] * (len(_REPLACED) - 1), "BIGINT"]
    given = ", ".join(f"unnest(?::{type}[]) AS {name}" for type, name in zip(types, ("id", *_REPLACED), strict=True))
    cursor.execute(
        f"UPDATE instructions SET {', '.join(f'{name} = new.{name}' for name in _REPLACED)} "
        f"FROM (SELECT {given}) new WHERE instructions.id = new.id",
        columns,
    )
    removing.drop_unused_vectors(cursor)


def _by_students(cursor: Cursor, instruction_ids: Sequence[int]) -> removing.Ids:
    """The items of these instructions that a student drafted here, as against those that came with an import."""
    return removing.ids(
        cursor,
        f"SELECT item_id FROM drafts WHERE {WROTE_DRAFT} AND instruction_id IN (SELECT unnest($it::BIGINT[]))",
        list(instruction_ids),
    )
