"""Rows that are added once: of one key the first stays, whatever is written later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from citing_app.store.database import Cursor

Row = TypeVar("Row")


def fresh(cursor: Cursor, table: str, key: str, rows: Sequence[Row]) -> list[Row]:
    """Those of these rows whose `key` the table does not hold yet, in their order; of several with one key the first.

    To be called in the transaction that adds them. `table` and `key` are names from our own code.
    """
    first = {getattr(row, key): row for row in reversed(rows)}
    found = cursor.execute(f"SELECT {key} FROM {table} WHERE {key} IN (SELECT unnest(?::VARCHAR[]))", [list(first)])
    known = {row[0] for row in found.fetchall()}
    return [row for name, row in reversed(first.items()) if name not in known]
