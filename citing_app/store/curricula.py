"""Curricula and their stages: what the whole algorithm has done so far, so that it goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from citing_app.store.database import Cursor

State = Literal["running", "paused", "finished", "cancelled"]


@dataclass(frozen=True)
class CurriculumRow:
    """One curriculum. `reason` is why it paused or finished early by itself, None where a person paused it."""

    id: int
    settings: dict[str, Any]
    state: State
    reason: str | None
    started_by: str
    started_at: datetime


@dataclass(frozen=True)
class StageRow:
    """One stage of one of its rounds (0 is SFT) and what it found and made."""

    round: int
    stage: str
    is_done: bool
    detail: dict[str, Any]
    began_at: datetime
    ended_at: datetime | None


def add(cursor: Cursor, settings: Mapping[str, Any], started_by: str) -> int:
    """A new curriculum that runs; its id."""
    row = cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM curricula").fetchone()
    assert row is not None
    cursor.execute(
        "INSERT INTO curricula (id, settings, state, started_by, started_at) VALUES (?, ?, 'running', ?, now())",
        [row[0], json.dumps(settings), started_by],
    )
    return int(row[0])


def all_curricula(cursor: Cursor) -> list[CurriculumRow]:
    """Every curriculum, newest first, but for the runs of races."""
    return _read(cursor, "id NOT IN (SELECT curriculum FROM race_runs)")


def get(cursor: Cursor, number: int) -> CurriculumRow | None:
    """The curriculum of this id, a race's run too; None where there is none."""
    return next(iter(_read(cursor, "id = ?", number)), None)


def set_state(cursor: Cursor, number: int, state: State, reason: str | None = None) -> None:
    """Say how the curriculum stands."""
    cursor.execute("UPDATE curricula SET state = ?, reason = ? WHERE id = ?", [state, reason, number])


def stages(cursor: Cursor, number: int) -> list[StageRow]:
    """The stages that have begun, in the order they began."""
    rows = cursor.execute(
        "SELECT round, stage, is_done, detail, began_at, ended_at FROM curriculum_stages WHERE curriculum = ? "
        "ORDER BY began_at",
        [number],
    ).fetchall()
    return [StageRow(row[0], row[1], row[2], json.loads(row[3]), *row[4:]) for row in rows]


def write_stage(
    cursor: Cursor, number: int, round: int, stage: str, detail: Mapping[str, Any], is_done: bool = False
) -> None:
    """Begin a stage, or write down how far it has come."""
    key = [number, round, stage]
    if not cursor.execute(
        "SELECT 1 FROM curriculum_stages WHERE curriculum = ? AND round = ? AND stage = ?", key
    ).fetchone():
        cursor.execute(
            "INSERT INTO curriculum_stages (curriculum, round, stage, is_done, detail, began_at) "
            "VALUES (?, ?, ?, false, '{}', now())",
            key,
        )
    cursor.execute(
        "UPDATE curriculum_stages SET detail = ?, is_done = ?, ended_at = CASE WHEN ? THEN now() END "
        "WHERE curriculum = ? AND round = ? AND stage = ?",
        [json.dumps(detail), is_done, is_done, *key],
    )


def _read(cursor: Cursor, which: str, *values: int) -> list[CurriculumRow]:
    rows = cursor.execute(
        f"SELECT id, settings, state, reason, started_by, started_at FROM curricula WHERE {which} ORDER BY id DESC",
        list(values),
    ).fetchall()
    return [CurriculumRow(row[0], json.loads(row[1]), *row[2:]) for row in rows]
