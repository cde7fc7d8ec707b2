"""What goes when an import is taken back, a data set is deleted or a row replaced; and what of it has to stay.

Only what nobody decided on and nothing learned or measured may go: decisions, rounds, answers and figures are kept for
ever, and each of them names instructions that must then be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from citing_app.store.database import Cursor

Ids = npt.NDArray[np.int64]
Why = Literal["decided", "learned", "answered", "measured", "compared"]

_DECIDED = (
    "SELECT d.instruction_id FROM decisions c JOIN drafts d ON d.item_id = c.item_id "
    "WHERE d.item_id IN (SELECT unnest($items::BIGINT[])) OR d.instruction_id IN (SELECT unnest($ids::BIGINT[]))"
)
_MEASURED_ON = (
    "SELECT t.instruction_hash FROM test_set_instructions t WHERE t.test_set IN (SELECT s.test_set "
    "FROM test_set_instructions s WHERE s.instruction_hash IN (SELECT instruction_hash FROM figures))"
)
_USES: Mapping[Why, str] = {
    "learned": "SELECT hash FROM round_answers",
    "answered": "SELECT instruction_hash FROM answers UNION SELECT instruction_hash FROM candidates",
    "measured": f"SELECT instruction_hash FROM figures UNION {_MEASURED_ON}",
    "compared": "SELECT instruction_hash FROM comparisons",
}
"""What keeps an instruction, by the hashes of those it keeps."""


@dataclass(frozen=True)
class Share:
    """A share of the store by ids. `rows` are instructions that go, with all that hangs on them; `items` all that go.

    `changed` are instructions that stay and lose their reference answer or get their old text back; `accepting` lose
    accepted answers.
    """

    rows: Ids
    items: Ids
    changed: Ids
    accepting: Ids


def of_dataset(cursor: Cursor, name: str) -> Share:
    """All of a data set."""
    rows = ids(cursor, "SELECT id FROM instructions WHERE dataset = $it ORDER BY id", name)
    return Share(rows, items_of(cursor, rows), NONE, NONE)


def of_import(cursor: Cursor, number: int) -> Share:
    """All that came with an import and is still there."""
    rows = ids(cursor, "SELECT id FROM instructions WHERE import_id = $it ORDER BY id", number)
    changed = ids(
        cursor,
        "SELECT id FROM instructions WHERE answer_import_id = $it "
        "UNION SELECT instruction_id FROM replaced_rows WHERE import_id = $it ORDER BY id",
        number,
    )
    accepting = ids(
        cursor,
        "SELECT id FROM instructions WHERE hash IN "
        "(SELECT hash FROM accepted_answers WHERE import_id = $it) ORDER BY id",
        number,
    )
    paired = ids(cursor, "SELECT item_id FROM drafts WHERE import_id = $it", number)
    return Share(rows, np.union1d(items_of(cursor, rows), paired), changed, accepting)


def kept_by(cursor: Cursor, share: Share) -> dict[Why, list[int]]:
    """Why this share cannot go: the instructions of it by what keeps them; empty where all of it may."""
    own = np.concatenate([share.rows, share.changed])
    every = np.concatenate([own, share.accepting])
    found: dict[Why, list[int]] = {"decided": _ids(cursor, f"id IN ({_DECIDED})", {"ids": own, "items": share.items})}
    for why, hashes in _USES.items():
        condition = f"hash IN ({hashes}) AND id IN (SELECT unnest($ids::BIGINT[]))"
        found[why] = _ids(cursor, condition, {"ids": every})
    return {why: those for why, those in found.items() if those}


def later_imports(cursor: Cursor, number: int, share: Share) -> list[int]:
    """The later imports that brought something to what this one brought, the newest first."""
    touched = np.concatenate([share.rows, share.changed, share.accepting])
    rows = cursor.execute(
        "WITH touched AS "
        "(SELECT id, hash, answer_import_id FROM instructions WHERE id IN (SELECT unnest(?::BIGINT[]))), brought AS ("
        "SELECT import_id FROM drafts WHERE instruction_id IN (SELECT id FROM touched) "
        "UNION SELECT answer_import_id FROM touched "
        "UNION SELECT import_id FROM accepted_answers WHERE hash IN (SELECT hash FROM touched) "
        "UNION SELECT import_id FROM category_members WHERE instruction_id IN (SELECT id FROM touched) "
        "UNION SELECT import_id FROM replaced_rows WHERE instruction_id IN (SELECT id FROM touched)) "
        "SELECT import_id FROM brought WHERE import_id > ? ORDER BY import_id DESC",
        [touched, number],
    ).fetchall()
    return [row[0] for row in rows]


def remove(cursor: Cursor, rows: Ids) -> None:
    """Delete instructions with all that hangs on them. The caller has seen that nothing keeps them."""
    remove_items(cursor, items_of(cursor, rows))
    gone = _hashes(cursor, rows)
    cursor.execute("DELETE FROM accepted_answers WHERE hash IN (SELECT unnest(?::VARCHAR[]))", [gone])
    for table in ("category_members", "assignments", "replaced_rows"):
        cursor.execute(f"DELETE FROM {table} WHERE instruction_id IN (SELECT unnest(?::BIGINT[]))", [rows])
    # A run that makes rubrics and has not ended would look for them; the next one makes a new plan.
    cursor.execute("DELETE FROM inductions WHERE ended_at IS NULL AND list_has_any(sample || to_sort, ?)", [rows])
    cursor.execute("DELETE FROM instructions WHERE id IN (SELECT unnest(?::BIGINT[]))", [rows])
    drop_unused_vectors(cursor)


def remove_items(cursor: Cursor, item_ids: Ids) -> None:
    """Delete items with their drafts and revisions; what teachers were paid for them stays in the ledger."""
    for table, key in (("revisions", "item_id"), ("drafts", "item_id"), ("items", "id")):
        cursor.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT unnest(?::BIGINT[]))", [item_ids])


def take_from_others(cursor: Cursor, number: int) -> None:
    """Take the answers, accepted answers and category members of an import from instructions that stay."""
    cursor.execute("UPDATE instructions SET output = '', answer_import_id = NULL WHERE answer_import_id = ?", [number])
    for table in ("accepted_answers", "category_members"):
        cursor.execute(f"DELETE FROM {table} WHERE import_id = ?", [number])


def drop_unused_vectors(cursor: Cursor) -> None:
    """Delete the vectors of texts that no instruction holds any more."""
    cursor.execute("DELETE FROM embeddings WHERE text_hash NOT IN (SELECT sha256(instruction) FROM instructions)")


def items_of(cursor: Cursor, rows: Ids) -> Ids:
    """The items of these instructions."""
    return ids(cursor, "SELECT id FROM items WHERE instruction_id IN (SELECT unnest($it::BIGINT[])) ORDER BY id", rows)


def ids(cursor: Cursor, query: str, value: object) -> Ids:
    """The one column of ids that a query with one value, `$it`, finds."""
    (column,) = cursor.execute(query, {"it": value}).fetchnumpy().values()
    return np.asarray(column, dtype=np.int64)


NONE: Ids = np.array([], dtype=np.int64)


def _hashes(cursor: Cursor, rows: Ids) -> list[str]:
    found = cursor.execute("SELECT hash FROM instructions WHERE id IN (SELECT unnest(?::BIGINT[]))", [rows]).fetchall()
    return [row[0] for row in found]


def _ids(cursor: Cursor, condition: str, values: Mapping[str, Ids]) -> list[int]:
    query = f"SELECT id FROM instructions WHERE {condition} ORDER BY id"
    return [row[0] for row in cursor.execute(query, dict(values)).fetchall()]
