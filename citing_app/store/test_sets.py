"""Test sets: frozen lists of instructions, each known by the hash of what is in it. Never changed or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from citing_app.method.identity import exact_hash
from citing_app.store.database import Cursor

_COLUMNS = "hash, name, dataset, learned_by, n, frozen_at"


@dataclass(frozen=True)
class TestSet:
    """A frozen list of `n` instructions; `hash` is the sha256 of their hashes in order.

    `dataset` None is the test split of all data sets. `learned_by` is the SFT round whose own rows these are: no test
    set, but what models that descend from it are measured on to see what they forget.
    """

    hash: str
    name: str
    dataset: str | None
    learned_by: int | None
    n: int
    frozen_at: datetime


def key_of(hashes: Sequence[str]) -> str:
    """The hash of a list of instructions: the sha256 of their hashes in order."""
    return exact_hash(*hashes)


def freeze(
    cursor: Cursor, name: str, hashes: Sequence[str], dataset: str | None = None, learned_by: int | None = None
) -> str:
    """Keep this list of instructions under this name and give its hash; a list that is known stays as it is."""
    key = key_of(hashes)
    known = cursor.execute("SELECT bool_or(name = ?) FROM test_sets WHERE hash = ?", [name, key]).fetchone()
    if known is None or known[0] is None:
        cursor.execute(
            "INSERT INTO test_set_instructions (test_set, place, instruction_hash) "
            "SELECT ?, unnest(range(?)), unnest(?::VARCHAR[])",
            [key, len(hashes), list(hashes)],
        )
    if known is None or not known[0]:
        cursor.execute(
            "INSERT INTO test_sets (hash, name, dataset, learned_by, n, frozen_at) VALUES (?, ?, ?, ?, ?, now())",
            [key, name, dataset, learned_by, len(hashes)],
        )
    return key


def everything(cursor: Cursor) -> list[TestSet]:
    """Every list that was frozen, newest first."""
    rows = cursor.execute(f"SELECT {_COLUMNS} FROM test_sets ORDER BY frozen_at DESC, rowid DESC").fetchall()
    return [TestSet(*row) for row in rows]


def hashes(cursor: Cursor, test_set: str, limit: int | None = None) -> list[str]:
    """The instructions (hashes) of a test set in its order: all, or the first `limit`."""
    rows = cursor.execute(
        "SELECT instruction_hash FROM test_set_instructions WHERE test_set = ? AND place < coalesce(?, place + 1) "
        "ORDER BY place",
        [test_set, limit],
    ).fetchall()
    return [row[0] for row in rows]
