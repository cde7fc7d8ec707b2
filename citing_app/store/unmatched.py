"""Instructions that no rubric matches, the floor that says so, and what the last assignment found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from citing_app.store import states
from citing_app.store.database import Cursor
from citing_app.store.turns import turns_from_json
from citing_app.types import Turn

Key = tuple[float, int]
"""Where a page of the list ends: similarity and id."""
_UNMATCHED = (
    "FROM assignments a JOIN instructions i ON i.id = a.instruction_id WHERE a.category IS NULL "
    "AND a.instruction_id NOT IN (SELECT instruction_id FROM category_members)"
)


@dataclass(frozen=True)
class Unmatched:
    """An instruction that no rubric matches, with the category that comes nearest."""

    id: int
    instruction: str
    input: str
    dataset: str
    nearest: str | None
    similarity: float
    runner_up: str | None
    runner_up_similarity: float
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Pick:
    """Instructions that a person sorted into a category at once."""

    category: str
    at: datetime
    instructions: list[int]


@dataclass(frozen=True)
class ChosenFloor:
    """The floor that a person set; None: it follows the data."""

    floor: float | None
    author: str
    at: datetime


def rows(cursor: Cursor, after: Key | None, limit: int) -> list[Unmatched]:
    """The instructions that no rubric matches, the least similar first, after the row with this key."""
    where = "" if after is None else "AND (a.similarity > ? OR (a.similarity = ? AND i.id > ?)) "
    rows = cursor.execute(
        "SELECT i.id, i.instruction, i.input, i.dataset, a.nearest, a.similarity, a.runner_up, a.runner_up_similarity, "
        f"i.turns {_UNMATCHED} {where}ORDER BY a.similarity, i.id LIMIT ?",
        [*(() if after is None else (after[0], after[0], after[1])), limit],
    ).fetchall()
    return [replace(Unmatched(*row), turns=turns_from_json(turns)) for *row, turns in rows]


def ids(cursor: Cursor, limit: int) -> list[int]:
    """The ids of the list's first rows, in its order."""
    rows = cursor.execute(f"SELECT i.id {_UNMATCHED} ORDER BY a.similarity, i.id LIMIT ?", [limit]).fetchall()
    return [row[0] for row in rows]


def picks(cursor: Cursor, person: str, limit: int) -> list[Pick]:
    """What this person sorted last, the newest first; those that were moved or taken back since are left out."""
    rows = cursor.execute(
        "SELECT category, sorted_at, list(instruction_id ORDER BY instruction_id) FROM category_members "
        "WHERE sorted_by = ? AND sorted_at IS NOT NULL GROUP BY ALL ORDER BY sorted_at DESC LIMIT ?",
        [person, limit],
    ).fetchall()
    return [Pick(*row) for row in rows]


def count(cursor: Cursor) -> int:
    """how many instructions no rubric matches."""
    return int(cursor.execute(f"SELECT count(*) {_UNMATCHED}").fetchone()[0])  # type: ignore[index]


def are_unmatched(cursor: Cursor, instruction_ids: Sequence[int]) -> bool:
    """Whether no rubric matches any of these instructions."""
    found = cursor.execute(
        f"SELECT count(*) {_UNMATCHED} AND i.id IN (SELECT unnest(?::BIGINT[]))", [list(instruction_ids)]
    ).fetchone()
    return found is not None and found[0] == len(set(instruction_ids))


def take_back(cursor: Cursor, instruction_ids: Sequence[int], person: str) -> int:
    """Let these instructions be members no more, as far as this person sorted them; how many there were."""
    rows = cursor.execute(
        "DELETE FROM category_members WHERE sorted_by = ? AND instruction_id IN (SELECT unnest(?::BIGINT[])) "
        "RETURNING instruction_id",
        [person, list(instruction_ids)],
    ).fetchall()
    states.refresh_categories(cursor)
    return len(rows)


def set_floor(cursor: Cursor, floor: float | None, author: str) -> None:
    """Append the floor that counts from now on; None lets it follow the data."""
    cursor.execute("INSERT INTO floors (floor, author, set_at) VALUES (?, ?, now())", [floor, author])


def chosen_floor(cursor: Cursor) -> ChosenFloor | None:
    """What a person set the floor to last; None where nobody has."""
    row = cursor.execute("SELECT floor, author, set_at FROM floors ORDER BY set_at DESC LIMIT 1").fetchone()
    return None if row is None else ChosenFloor(*row)


def sorting_mark(cursor: Cursor) -> tuple[int, ...]:
    """Numbers that differ once anybody was sorted elsewhere, or a person has set the floor."""
    row = cursor.execute(
        "SELECT (SELECT count(*) FROM floors), count(*), coalesce(bit_xor(hash(instruction_id, category)), 0) "
        "FROM category_members"
    ).fetchone()
    assert row is not None
    return tuple(row)


def set_report(cursor: Cursor, report: dict[str, Any]) -> None:
    """Keep what an assignment found in the place of what the last one did."""
    cursor.execute("DELETE FROM assignment_report")
    cursor.execute("INSERT INTO assignment_report (report) VALUES (?)", [json.dumps(report)])


def report(cursor: Cursor) -> dict[str, Any] | None:
    """What the last assignment found; None before there was one."""
    row = cursor.execute("SELECT report FROM assignment_report").fetchone()
    return None if row is None else json.loads(row[0])
