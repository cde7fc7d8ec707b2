"""Races, their runs and what they found, so that a race goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citing_app.store.curricula import State
from citing_app.store.database import Cursor


@dataclass(frozen=True)
class RaceRow:
    """One race. `reason` is why it paused by itself, None where a person paused it."""

    id: int
    settings: dict[str, Any]
    state: State
    reason: str | None
    started_by: str
    started_at: datetime


@dataclass(frozen=True)
class RunRow:
    """One run of a race: a method at a learning rate with a seed, and the curriculum that is its way."""

    method: str
    learning_rate: float
    seed: int
    curriculum: int


def add(cursor: Cursor, settings: Mapping[str, Any], started_by: str) -> int:
    """A new race that runs; its id."""
    row = cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM races").fetchone()
    assert row is not None
    cursor.execute(
        "INSERT INTO races (id, settings, state, started_by, started_at) VALUES (?, ?, 'running', ?, now())",
        [row[0], json.dumps(settings), started_by],
    )
    return int(row[0])


def all_races(cursor: Cursor) -> list[RaceRow]:
    """Every race, newest first."""
    rows = cursor.execute(
        "SELECT id, settings, state, reason, started_by, started_at FROM races ORDER BY id DESC"
    ).fetchall()
    return [RaceRow(row[0], json.loads(row[1]), *row[2:]) for row in rows]


def get(cursor: Cursor, number: int) -> RaceRow | None:
    """The race of this id, None where there is none."""
    return next((row for row in all_races(cursor) if row.id == number), None)


def set_state(cursor: Cursor, number: int, state: State, reason: str | None = None) -> None:
    """Say how the race stands."""
    cursor.execute("UPDATE races SET state = ?, reason = ? WHERE id = ?", [state, reason, number])


def add_run(cursor: Cursor, number: int, run: RunRow) -> None:
    """Write down which curriculum a run is, in the transaction that adds it."""
    cursor.execute(
        "INSERT INTO race_runs (race, method, learning_rate, seed, curriculum) VALUES (?, ?, ?, ?, ?)",
        [number, run.method, run.learning_rate, run.seed, run.curriculum],
    )


def runs(cursor: Cursor, number: int) -> list[RunRow]:
    """The runs that have begun, in that order."""
    rows = cursor.execute(
        "SELECT method, learning_rate, seed, curriculum FROM race_runs WHERE race = ? ORDER BY curriculum", [number]
    ).fetchall()
    return [RunRow(*row) for row in rows]


def find(cursor: Cursor, number: int, name: str, detail: Mapping[str, Any]) -> None:
    """Keep what the race found under this name; what was found first stays."""
    if name not in findings(cursor, number):
        cursor.execute(
            "INSERT INTO race_findings (race, name, detail, found_at) VALUES (?, ?, ?, now())",
            [number, name, json.dumps(detail)],
        )


def findings(cursor: Cursor, number: int) -> dict[str, dict[str, Any]]:
    """What the race has found so far, by name."""
    rows = cursor.execute(
        "SELECT name, detail FROM race_findings WHERE race = ? ORDER BY found_at", [number]
    ).fetchall()
    return {name: json.loads(detail) for name, detail in rows}
