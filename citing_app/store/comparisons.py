"""Comparisons of two answers, and what judges and people said of them: added, never changed or deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from citing_app.store.database import Cursor
from citing_app.store.fresh import fresh

Side = Literal["left", "right", "tie", "both_bad"]
Source = Literal["judge", "reference", "vote"]
_COMPARISON = "id, instruction_hash, instruction, input, first, second"
_PREFERENCE = (
    "id, comparison, left_answer, source, author, said_at, outcome, overall, articulate, in_depth, comprehensive, "
    "reason, prompt_hash, rubric_category, rubric_version, call_key, undoes, seconds"
)
_KINDS = ("VARCHAR",) * 5 + ("TIMESTAMPTZ",) + ("VARCHAR",) * 8 + ("INTEGER", "VARCHAR", "VARCHAR", "DOUBLE")


@dataclass(frozen=True)
class Comparison:
    """Two answers, by their keys, to one instruction; `first` is the alphabetically smaller key."""

    id: str
    instruction_hash: str
    instruction: str
    input: str
    first: str
    second: str


@dataclass(frozen=True)
class Preference:
    """What one judge or person said of a comparison, with `left_answer` shown first (as A, on the left).

    `overall` and the aspects are None unless `outcome` is "ok"; `reason` then says why. A vote that takes another back
    has the outcome "undo" and names it in `undoes`.
    """

    id: str
    comparison: str
    left_answer: str
    source: Source
    author: str
    said_at: datetime
    outcome: str = "ok"
    overall: Side | None = None
    articulate: Side | None = None
    in_depth: Side | None = None
    comprehensive: Side | None = None
    reason: str | None = None
    prompt_hash: str = ""
    rubric_category: str | None = None
    rubric_version: int | None = None
    call_key: str | None = None
    undoes: str | None = None
    seconds: float | None = None


def comparison_of(instruction_hash: str, instruction: str, input: str, one: str, other: str) -> Comparison:
    """The comparison of two answers, the same whichever is named first."""
    first, second = sorted((one, other))
    id = hashlib.sha256(f"{first} {second}".encode()).hexdigest()
    return Comparison(id, instruction_hash, instruction, input, first, second)


def add(cursor: Cursor, comparisons: Sequence[Comparison]) -> None:
    """Record comparisons; those that are known stay as they are."""
    added = fresh(cursor, "comparisons", "id", comparisons)
    unnested = ", ".join(["unnest(?::VARCHAR[])"] * 6)
    cursor.execute(
        f"INSERT INTO comparisons ({_COMPARISON}, made_at) SELECT {unnested}, now()",
        [[getattr(one, name) for one in added] for name in _COMPARISON.split(", ")],
    )


def get(cursor: Cursor, ids: Sequence[str]) -> dict[str, Comparison]:
    """The comparisons with these ids, by id; those that are not there are left out."""
    rows = cursor.execute(
        f"SELECT {_COMPARISON} FROM comparisons WHERE id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)]
    ).fetchall()
    return {row[0]: Comparison(*row) for row in rows}


def say(cursor: Cursor, preferences: Sequence[Preference]) -> None:
    """Append preferences; one whose id is known is left out."""
    added = fresh(cursor, "preferences", "id", preferences)
    unnested = ", ".join(f"unnest(?::{kind}[])" for kind in _KINDS)
    cursor.execute(
        f"INSERT INTO preferences ({_PREFERENCE}) SELECT {unnested}",
        [[getattr(one, name) for one in added] for name in _PREFERENCE.split(", ")],
    )


def standing(cursor: Cursor, ids: Sequence[str] | None = None) -> list[Preference]:
    """The preferences that stand (not undone, and no undo), of these comparisons or of all, oldest first."""
    which = "" if ids is None else "AND comparison IN (SELECT unnest(?::VARCHAR[])) "
    rows = cursor.execute(
        f"SELECT {_PREFERENCE} FROM preferences WHERE outcome <> 'undo' {which}"
        "AND id NOT IN (SELECT undoes FROM preferences WHERE undoes IS NOT NULL) ORDER BY said_at, rowid",
        [] if ids is None else [list(ids)],
    ).fetchall()
    return [Preference(*row) for row in rows]


def test_sets(cursor: Cursor) -> list[str]:
    """The test sets (hashes) with an instruction of which a judge said something, that of the newest word first.

    Of sets that share it, the one with most that was said then comes first, and of those the one with least besides.
    """
    rows = cursor.execute(
        "WITH said AS (SELECT t.test_set, p.said_at, max(p.said_at) OVER (PARTITION BY t.test_set) AS newest "
        "FROM preferences p JOIN comparisons c ON c.id = p.comparison "
        "JOIN test_set_instructions t ON t.instruction_hash = c.instruction_hash WHERE p.source <> 'vote') "
        "SELECT test_set FROM said GROUP BY test_set, newest "
        "ORDER BY newest DESC, count(*) FILTER (WHERE said_at = newest) DESC, count(*), test_set"
    ).fetchall()
    return [row[0] for row in rows]


def said(cursor: Cursor, ids: Sequence[str]) -> dict[str, Preference]:
    """The preferences with these ids, by id, whether they stand or not."""
    rows = cursor.execute(
        f"SELECT {_PREFERENCE} FROM preferences WHERE id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)]
    ).fetchall()
    return {row[0]: Preference(*row) for row in rows}
