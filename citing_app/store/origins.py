"""Where rows come from: what each was called in its file, and its other columns, which are no part of the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citing_app.store.database import Cursor

_MOST_KEYS = 200
POINTER = "'/' || replace(replace({}, '~', '~0'), '/', '~1')"
"""A JSON pointer to the key that an expression gives, whatever characters the key has."""


@dataclass(frozen=True)
class Origin:
    """What a row was called (None: nothing), and its other columns by name, each value as text."""

    row_id: str | None
    metadata: Mapping[str, str]


def origins(cursor: Cursor, instruction_ids: Sequence[int]) -> dict[int, Origin]:
    """The origins of these instructions, without those of which nothing is known."""
    value = f"coalesce(json_extract_string(metadata, {POINTER.format('key')}), '')"
    rows = cursor.execute(
        f"SELECT id, row_id, list_transform(json_keys(metadata), lambda key: [key, {value}]) FROM instructions "
        "WHERE id IN (SELECT unnest(?::BIGINT[])) AND (row_id IS NOT NULL OR metadata IS NOT NULL)",
        [list(instruction_ids)],
    ).fetchall()
    return {row[0]: Origin(row[1], dict(row[2] or ())) for row in rows}


def metadata_keys(cursor: Cursor) -> list[str]:
    """The names of the columns that rows brought beside those that are read, as far as there are not very many."""
    rows = cursor.execute(
        "SELECT DISTINCT unnest(json_keys(metadata)) AS key FROM instructions WHERE metadata IS NOT NULL "
        "ORDER BY key LIMIT ?",
        [_MOST_KEYS],
    ).fetchall()
    return [row[0] for row in rows]


def an_id(cursor: Cursor) -> list[str]:
    """What one of the rows was called; nothing where none had an id."""
    found = cursor.execute("SELECT row_id FROM instructions WHERE row_id IS NOT NULL LIMIT 1").fetchone()
    return [] if found is None else [found[0]]
