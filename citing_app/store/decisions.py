"""Decisions: appended, never changed or deleted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from citing_app.store.database import Cursor
from citing_app.types import Decision, DecisionKind

_COLUMNS = (
    "c.id, c.request_id, c.item_id, c.revision_id, c.version, c.kind, c.final_text, c.annotator, c.decided_at, "
    "c.undoes, c.kept_hunks, c.batch, c.settles, c.criteria, c.changed, c.seconds, c.note"
)
_FIELDS = _COLUMNS.replace("c.", "").replace("decided_at", "at").split(", ")
_STANDING = "c.kind <> 'undo' AND c.id NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)"
_LOOKED_AT_ONCE = 20
BY_RULE = "curriculum-"
"""How the name of a batch begins that a curriculum's rule decided in somebody's name."""


def add(cursor: Cursor, decision: Decision, rubric_category: str | None, rubric_version: int | None) -> None:
    """Append a decision. The caller holds the write transaction and has checked the item's version and state."""
    kept = None if decision.kept_hunks is None else json.dumps(decision.kept_hunks)
    criteria = json.dumps(dict(decision.criteria), ensure_ascii=False) if decision.criteria else None
    cursor.execute(
        "INSERT INTO decisions (id, request_id, item_id, revision_id, version, kind, final_text, annotator, "
        "decided_at, undoes, kept_hunks, batch, settles, criteria, changed, seconds, note, rubric_category, "
        "rubric_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            decision.id,
            decision.request_id,
            decision.item_id,
            decision.revision_id,
            decision.version,
            decision.kind,
            decision.final_text,
            decision.annotator,
            decision.at,
            decision.undoes,
            kept,
            decision.batch,
            decision.settles,
            criteria,
            decision.changed,
            decision.seconds,
            decision.note,
            rubric_category,
            rubric_version,
        ],
    )


def add_batch(cursor: Cursor, item_ids: Sequence[int], kind: DecisionKind, annotator: str, batch: str) -> list[str]:
    """Accept or reject all these items, as they now are, in one batch; the decisions' ids."""
    rows = cursor.execute(
        "INSERT INTO decisions (id, request_id, item_id, revision_id, version, kind, final_text, annotator, "
        "decided_at, batch, rubric_category, rubric_version, settles, changed) "
        "SELECT md5($batch || '/' || items.id), $batch || '/' || items.id, items.id, items.revision_id, items.version, "
        "$kind, CASE $kind WHEN 'accept' THEN v.text END, $annotator, now(), $batch, r.category, r.version, false, "
        "CASE $kind WHEN 'accept' THEN 0 END FROM items JOIN revisions v ON v.id = items.revision_id "
        "LEFT JOIN (SELECT category, max(version) AS version FROM rubrics GROUP BY category) r "
        "ON r.category = items.category WHERE items.id IN (SELECT unnest($ids::BIGINT[])) ORDER BY items.place "
        "RETURNING id",
        {"batch": batch, "kind": kind, "annotator": annotator, "ids": list(item_ids)},
    ).fetchall()
    return [row[0] for row in rows]


def of_batch(cursor: Cursor, batch: str) -> list[str]:
    """The ids of a batch's decisions."""
    rows = cursor.execute("SELECT id FROM decisions WHERE batch = ? ORDER BY number", [batch]).fetchall()
    return [row[0] for row in rows]


def newest_batch(cursor: Cursor, annotator: str) -> dict[str, Any] | None:
    """The newest of this person's batches of which something stands: its name, kind, how many still stand, and when.

    `by_rule` says that a curriculum decided it in their name.
    """
    row = cursor.execute(
        "SELECT batch, any_value(kind), count(*), max(decided_at) FROM decisions c "
        f"WHERE annotator = ? AND batch IS NOT NULL AND {_STANDING} GROUP BY batch ORDER BY max(number) DESC LIMIT 1",
        [annotator],
    ).fetchone()
    if row is None:
        return None
    batch, kind, decided, at = row
    by_rule = batch.startswith(BY_RULE)
    return {"batch": batch, "kind": kind, "decided": decided, "at": at.isoformat(), "by_rule": by_rule}


def undo_batch(cursor: Cursor, batch: str, annotator: str) -> list[str]:
    """Undo what still stands of this person's batch; the undos' ids."""
    rows = cursor.execute(
        "INSERT INTO decisions (id, request_id, item_id, revision_id, version, kind, annotator, decided_at, undoes, "
        "rubric_category, rubric_version, settles) SELECT md5('undo ' || c.id), 'undo ' || c.id, c.item_id, "
        "c.revision_id, items.version, 'undo', c.annotator, now(), c.id, c.rubric_category, c.rubric_version, false "
        f"FROM decisions c JOIN items ON items.id = c.item_id WHERE c.batch = ? AND c.annotator = ? AND {_STANDING} "
        "ORDER BY c.number RETURNING id",
        [batch, annotator],
    ).fetchall()
    return [row[0] for row in rows]


def items_of(cursor: Cursor, decision_ids: Sequence[str]) -> list[int]:
    """The items these decisions are on, in the order they were made."""
    rows = cursor.execute(
        "SELECT item_id FROM decisions WHERE id IN (SELECT unnest(?::VARCHAR[])) ORDER BY number", [list(decision_ids)]
    ).fetchall()
    return [row[0] for row in rows]


def by_request(cursor: Cursor, request_id: str) -> Decision | None:
    """The decision this request made already, if any: a double click is one decision."""
    return _first(cursor.execute(f"SELECT {_COLUMNS} FROM decisions c WHERE request_id = ?", [request_id]))


def history(cursor: Cursor, item_id: int) -> list[Decision]:
    """Every decision on the item, undos and undone ones too, oldest first."""
    query = f"SELECT {_COLUMNS} FROM decisions c WHERE item_id = ? ORDER BY number"
    return [_decision(row) for row in cursor.execute(query, [item_id]).fetchall()]


def last_undoable(cursor: Cursor, annotator: str) -> Decision | None:
    """This person's newest decision that has not been undone; a skip only until someone has decided the item."""
    before = 2**62
    while True:
        newest = cursor.execute(
            "SELECT number, id FROM decisions WHERE annotator = ? AND kind <> 'undo' AND number < ? "
            f"ORDER BY number DESC LIMIT {_LOOKED_AT_ONCE}",
            [annotator, before],
        ).fetchall()
        if not newest:
            return None
        found = _first(
            cursor.execute(
                "WITH own AS MATERIALIZED (SELECT * FROM decisions WHERE id IN (SELECT unnest($ids::VARCHAR[]))), "
                "undone AS (SELECT undoes FROM decisions WHERE undoes IN (SELECT id FROM own)), "
                "newest AS (SELECT item_id, max(number) AS number FROM decisions "
                "WHERE item_id IN (SELECT item_id FROM own) GROUP BY item_id) "
                f"SELECT {_COLUMNS} FROM own c JOIN newest USING (item_id) "
                "WHERE c.id NOT IN (SELECT undoes FROM undone) "
                "AND (c.kind <> 'skip' OR c.number = newest.number) ORDER BY c.number DESC LIMIT 1",
                {"ids": [decision_id for _, decision_id in newest]},
            )
        )
        if found is not None:
            return found
        before = newest[-1][0]


def frequent_notes(cursor: Cursor, annotator: str, longest: int, limit: int) -> list[str]:
    """The notes that recur, those that this person writes most first: their own, and others' that were said twice."""
    rows = cursor.execute(
        "SELECT note FROM decisions WHERE kind <> 'undo' AND length(note) <= ? GROUP BY note "
        "HAVING count(*) > 1 OR bool_or(annotator = ?) "
        "ORDER BY count(*) FILTER (annotator = ?) DESC, count(*) DESC, note LIMIT ?",
        [longest, annotator, annotator, limit],
    ).fetchall()
    return [row[0] for row in rows]


def learned_in(cursor: Cursor, item_id: int) -> int | None:
    """The newest round that learned a decision on this item, one undone since included; None where none has."""
    row = cursor.execute(
        "SELECT max(round) FROM round_items JOIN decisions c ON c.id = decision_id WHERE c.item_id = ?", [item_id]
    ).fetchone()
    return row[0] if row else None


def ids(cursor: Cursor) -> list[str]:
    """The ids of all decisions, in the order they were made."""
    return [row[0] for row in cursor.execute("SELECT id FROM decisions ORDER BY number").fetchall()]


def journal_lines(cursor: Cursor, decision_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Self-contained journal lines for these decisions, in the order they were made."""
    rows = cursor.execute(
        "SELECT c.id, c.request_id, c.kind, c.version, c.annotator, c.decided_at, c.final_text, c.kept_hunks, "
        "c.undoes, c.batch, i.hash, i.instruction, i.input, i.output, i.dataset, d.hash, d.text, d.author, d.round, "
        "v.hash, v.text, v.author, v.edits, v.prompt_hash, c.rubric_category, c.rubric_version, r.criteria, "
        "items.slots, c.settles, c.criteria, c.changed, c.seconds, i.turns, i.row_id, i.metadata, c.note "
        "FROM decisions c JOIN items ON items.id = c.item_id JOIN instructions i ON i.id = items.instruction_id "
        "JOIN drafts d ON d.item_id = c.item_id JOIN revisions v ON v.id = c.revision_id "
        "LEFT JOIN rubrics r ON r.category = c.rubric_category AND r.version = c.rubric_version "
        "WHERE c.id IN (SELECT unnest(?::VARCHAR[])) ORDER BY c.number",
        [list(decision_ids)],
    ).fetchall()
    return [_line(row) for row in rows]


def _line(row: tuple) -> dict[str, Any]:  # type: ignore[type-arg]
    return {
        "id": row[0],
        "request_id": row[1],
        "kind": row[2],
        "version": row[3],
        "annotator": row[4],
        "at": row[5].isoformat(),
        "final_text": row[6],
        "kept_hunks": json.loads(row[7]) if row[7] else None,
        "undoes": row[8],
        "batch": row[9],
        "instruction": dict(zip(("hash", "instruction", "input", "output", "dataset"), row[10:15], strict=True))
        | _brought(*row[32:35]),
        "draft": dict(zip(("hash", "text", "author", "round"), row[15:19], strict=True)),
        "revision": dict(zip(("hash", "text", "author"), row[19:22], strict=True))
        | {"edits": json.loads(row[22]), "prompt_hash": row[23]},
        "rubric": None
        if row[24] is None
        else {"category": row[24], "version": row[25], "criteria": json.loads(row[26]) if row[26] else []},
        "slots": row[27],
        "settles": row[28],
        "criteria": json.loads(row[29]) if row[29] else {},
        "changed": row[30],
        **({"note": row[35]} if row[35] else {}),
        "seconds": row[31],  # the last one, by which the journal tells a whole line
    }


def _brought(turns: str | None, row_id: str | None, metadata: str | None) -> dict[str, Any]:
    """What only some rows bring; the lines of others are as they always were."""
    brought = {"turns": turns and json.loads(turns), "id": row_id, "metadata": metadata and json.loads(metadata)}
    return {name: value for name, value in brought.items() if value}


def _first(cursor: Cursor) -> Decision | None:
    row = cursor.fetchone()
    return None if row is None else _decision(row)


def _decision(row: tuple) -> Decision:  # type: ignore[type-arg]
    values = dict(zip(_FIELDS, row, strict=True))
    kept, criteria = values.pop("kept_hunks"), values.pop("criteria")
    return Decision(
        **values,
        kept_hunks=None if kept is None else tuple(json.loads(kept)),
        criteria={int(hunk): name for hunk, name in json.loads(criteria).items()} if criteria else {},
    )
