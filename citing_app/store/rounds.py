"""What the store keeps of each round; the round's directory stays the source of what happened in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from citing_app.store.database import Cursor

WITHOUT_ADAPTER = ("cancelled", "failed", "lost")
"""The states in which a round has ended and taught nothing."""


@dataclass(frozen=True)
class RoundRow:
    """One round as last imported from its directory; `items` is how many revisions it learns, else how many answers."""

    number: int
    kind: str
    parent: int | None
    depth: int
    state: str
    spec: dict[str, Any]
    result: dict[str, Any] | None
    started_by: str
    started_at: datetime
    place: float
    repeats: int | None
    name: str | None
    items: int


@dataclass(frozen=True)
class ListedRow:
    """What a list shows of one round; `loss` is the held-out loss that it ended with, None where none was taken.

    `validates_on` names the rows of that loss where a person chose them.
    """

    number: int
    kind: str
    name: str | None
    parent: int | None
    started_at: datetime
    state: str
    loss: float | None
    validates_on: str
    items: int


def add(
    cursor: Cursor,
    spec: dict[str, Any],
    parent: int | None,
    started_by: str,
    decision_ids: Sequence[str],
    answers: Sequence[str] = (),
    repeats: int | None = None,
) -> None:
    """Record a round at the end of the queue, with what it will learn; `repeats` is one it trains again.

    `answers` are the hashes of the instructions whose reference answers are among its rows.
    """
    number = spec["round"]
    cursor.execute(
        "INSERT INTO rounds (number, run_id, kind, parent, depth, state, spec, started_by, started_at, place, repeats) "
        "VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, now(), ?, ?)",
        [number, spec["run_id"], spec["kind"], parent, spec["depth"], json.dumps(spec), started_by, number, repeats],
    )
    _add_learned(cursor, number, decision_ids, answers)


def set_state(cursor: Cursor, number: int, state: str, result: dict[str, Any] | None) -> None:
    """Import what the directory says. A round that ended without an adapter gives its decisions back."""
    cursor.execute(
        "UPDATE rounds SET state = ?, result = ? WHERE number = ?",
        [state, None if result is None else json.dumps(result), number],
    )
    if state in WITHOUT_ADAPTER:
        give_back(cursor, number)


def give_back(cursor: Cursor, number: int) -> None:
    """Let the decisions that this round learned wait for another round; its answers count as learned no more."""
    cursor.execute("DELETE FROM round_items WHERE round = ?", [number])
    cursor.execute("DELETE FROM round_answers WHERE round = ?", [number])


def learned_answers(cursor: Cursor, number: int | None) -> list[str]:
    """Of which instructions (hashes) this round, or one that it goes on from, learned the reference answers."""
    rows = cursor.execute(
        "WITH RECURSIVE line AS (SELECT number, parent FROM rounds WHERE number = ? "
        "UNION ALL SELECT r.number, r.parent FROM rounds r JOIN line ON r.number = line.parent) "
        "SELECT DISTINCT hash FROM round_answers JOIN line ON line.number = round_answers.round",
        [number],
    ).fetchall()
    return [row[0] for row in rows]


def own_answers(cursor: Cursor, number: int) -> list[str]:
    """Of which instructions (hashes, in their order) this round itself learned the reference answers."""
    rows = cursor.execute("SELECT DISTINCT hash FROM round_answers WHERE round = ? ORDER BY hash", [number]).fetchall()
    return [row[0] for row in rows]


def learned_hashes(cursor: Cursor, numbers: Sequence[int]) -> list[str]:
    """The hashes of the instructions whose revisions or reference answers these rounds, or ones that they go on from,
    learned or replayed."""
    rows = cursor.execute(
        "WITH RECURSIVE line AS (SELECT number, parent FROM rounds WHERE number IN (SELECT unnest(?::INTEGER[])) "
        "UNION SELECT r.number, r.parent FROM rounds r JOIN line ON r.number = line.parent) "
        "SELECT hash FROM round_answers JOIN line ON line.number = round_answers.round "
        "UNION SELECT i.hash FROM round_items JOIN line ON line.number = round_items.round "
        "JOIN decisions d ON d.id = round_items.decision_id JOIN items ON items.id = d.item_id "
        "JOIN instructions i ON i.id = items.instruction_id ORDER BY hash",
        [list(numbers)],
    ).fetchall()
    return [row[0] for row in rows]


def set_name(cursor: Cursor, number: int, name: str | None) -> None:
    """Give the round's adapter a name, or take it away."""
    cursor.execute("UPDATE rounds SET name = ? WHERE number = ?", [name, number])


def reopen(cursor: Cursor, number: int, decision_ids: Sequence[str], answers: Sequence[str] = ()) -> None:
    """Let a round that was given up wait again, with what it learns."""
    cursor.execute("UPDATE rounds SET state = 'waiting' WHERE number = ?", [number])
    give_back(cursor, number)  # two requests at once must not count them twice
    _add_learned(cursor, number, decision_ids, answers)


def learned_later(cursor: Cursor, number: int, decision_ids: Sequence[str]) -> bool:
    """Whether a later round learned, or will learn, any of these decisions."""
    found = cursor.execute(
        "SELECT 1 FROM round_items WHERE round > ? AND list_contains(?::VARCHAR[], decision_id) LIMIT 1",
        [number, list(decision_ids)],
    )
    return found.fetchone() is not None


def _add_learned(cursor: Cursor, number: int, decision_ids: Sequence[str], answers: Sequence[str]) -> None:
    cursor.execute(
        "INSERT INTO round_items (round, decision_id) SELECT ?, unnest(?::VARCHAR[])", [number, list(decision_ids)]
    )
    cursor.execute("INSERT INTO round_answers (round, hash) SELECT ?, unnest(?::VARCHAR[])", [number, list(answers)])


def state_of(cursor: Cursor, number: int) -> str | None:
    """The state of this round as last imported; None where there is no such round."""
    row = cursor.execute("SELECT state FROM rounds WHERE number = ?", [number]).fetchone()
    return row[0] if row else None


def all_rounds(cursor: Cursor) -> list[RoundRow]:
    """Every round, newest first."""
    return _rounds(cursor, "TRUE")


def in_states(cursor: Cursor, states: Sequence[str]) -> list[RoundRow]:
    """The rounds in any of these states, newest first."""
    return _rounds(cursor, "list_contains(?::VARCHAR[], state)", list(states))


def get(cursor: Cursor, number: int) -> RoundRow | None:
    """The round of this number; None where there is none."""
    return next(iter(_rounds(cursor, "number = ?", number)), None)


def listed(cursor: Cursor) -> list[ListedRow]:
    """Every round as a list needs it, newest first: neither spec nor result is parsed, which hold whole texts."""
    rows = cursor.execute(
        "SELECT number, kind, name, parent, started_at, state, "
        "round(json_extract(result, '$.validation_loss_after')::DOUBLE, 6), "
        "coalesce(json_extract_string(spec, '$.validates_on'), '') FROM rounds"
    ).fetchall()
    items = _items(cursor)
    return [ListedRow(*(*row, items(row[0]))) for row in sorted(rows, key=itemgetter(0), reverse=True)]


def _rounds(cursor: Cursor, which: str, *values: Any) -> list[RoundRow]:
    rows = cursor.execute(
        "SELECT number, kind, parent, depth, state, spec, result, started_by, started_at, place, repeats, name "
        f"FROM rounds WHERE {which}",
        values,
    ).fetchall()
    items = _items(cursor)
    return [_row(*row, items(row[0])) for row in sorted(rows, key=itemgetter(0), reverse=True)]


def _items(cursor: Cursor) -> Callable[[int], int]:
    """Tells how many revisions, or else answers, the round of this number learns.

    Pages ask every second, and each join or sort makes DuckDB's threads wait for each other, on a busy machine for
    long: plain questions, put together here, take a fifth of the time of one that joins.
    """
    revisions, answers = (
        dict(cursor.execute(f"SELECT round, count(*) FROM {table} GROUP BY round").fetchall())
        for table in ("round_items", "round_answers")
    )
    return lambda number: int(revisions.get(number) or answers.get(number, 0))


def _row(
    number: int,
    kind: str,
    parent: int | None,
    depth: int,
    state: str,
    spec: str,
    result: str | None,
    started_by: str,
    *rest: Any,
) -> RoundRow:
    found = None if result is None else json.loads(result)
    return RoundRow(number, kind, parent, depth, state, json.loads(spec), found, started_by, *rest)


def with_decisions(cursor: Cursor) -> list[int]:
    """The numbers of the rounds that learned decisions, newest first."""
    return [row[0] for row in cursor.execute("SELECT DISTINCT round FROM round_items ORDER BY round DESC").fetchall()]


def learned(cursor: Cursor, number: int) -> list[tuple[str, str, int]]:
    """Data set, teacher and number of the accepted revisions that this round learned."""
    return cursor.execute(
        "SELECT i.dataset, v.author, count(*) FROM round_items r JOIN decisions c ON c.id = r.decision_id "
        "JOIN items ON items.id = c.item_id JOIN instructions i ON i.id = items.instruction_id "
        "JOIN revisions v ON v.id = c.revision_id WHERE r.round = ? GROUP BY ALL ORDER BY ALL",
        [number],
    ).fetchall()


def answers(cursor: Cursor, number: int) -> list[tuple[str, str, int]]:
    """Data set, split and number of the reference answers that this round learned."""
    return cursor.execute(
        "SELECT i.dataset, i.split, count(*) FROM round_answers r JOIN instructions i ON i.hash = r.hash "
        "WHERE r.round = ? GROUP BY ALL ORDER BY ALL",
        [number],
    ).fetchall()


def swap_places(cursor: Cursor, first: RoundRow, second: RoundRow) -> None:
    """Let two waiting rounds change their places in the queue."""
    for row, place in ((first, second.place), (second, first.place)):
        cursor.execute("UPDATE rounds SET place = ? WHERE number = ?", [place, row.number])


def highest_number(cursor: Cursor) -> int:
    """The highest round number ever given, 0 where there is none."""
    row = cursor.execute("SELECT coalesce(max(number), 0) FROM rounds").fetchone()
    return int(row[0]) if row else 0
