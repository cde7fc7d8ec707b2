"""Runs of rubric induction: what each looks at, what it left unsorted, and what has come of a data set so far.

The result of a run is not kept a second time: it is the categories' members, so what a person moves or renames since
shows at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from citing_app.store import instructions
from citing_app.store.database import Cursor
from citing_app.store.turns import turns_from_json


@dataclass(frozen=True)
class Plan:
    """What a run looks at, fixed when it starts. `known` are the categories that were there, with descriptions."""

    id: str
    dataset: str
    teacher: str
    most: int
    sample: tuple[int, ...]
    to_sort: tuple[int, ...]
    known: Mapping[str, str]
    started_at: datetime | None = field(default=None, compare=False)
    ended_at: datetime | None = field(default=None, compare=False)


_COLUMNS = "id, dataset, teacher, most, sample, to_sort, known, started_at, ended_at"


def unsorted(cursor: Cursor, dataset: str) -> list[tuple[int, int]]:
    """Id and length of the data set's instructions that are no member of a category, by content hash."""
    return cursor.execute(
        "SELECT id, length(instruction) + length(input) FROM instructions WHERE dataset = ? AND id NOT IN "
        "(SELECT instruction_id FROM category_members) ORDER BY hash",
        [dataset],
    ).fetchall()


def vectors(cursor: Cursor, embedder: str, ids: Sequence[int]) -> npt.NDArray[np.float32] | None:
    """The vectors of these instructions, shape [n, dimensions], in their order; None where one has none."""
    every, rows, _ = instructions.embeddings(cursor, embedder)
    place = {instruction_id: row for row, instruction_id in enumerate(every)}
    return rows[[place[one] for one in ids]] if ids and all(one in place for one in ids) else None


def add(cursor: Cursor, plan: Plan, author: str) -> None:
    """Start a run."""
    looks_at = [list(plan.sample), list(plan.to_sort), json.dumps(plan.known, ensure_ascii=False)]
    cursor.execute(
        "INSERT INTO inductions (id, dataset, teacher, most, sample, to_sort, known, author, started_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, now())",
        [plan.id, plan.dataset, plan.teacher, plan.most, *looks_at, author],
    )


def finish(cursor: Cursor, plan_id: str, left: Sequence[int]) -> None:
    """End a run; `left` are the instructions that it found no category for."""
    cursor.execute("UPDATE inductions SET ended_at = now(), unsorted = ? WHERE id = ?", [list(left), plan_id])


def newest(cursor: Cursor, dataset: str | None = None) -> Plan | None:
    """The newest run, of this data set or of any; None where there was none."""
    row = cursor.execute(
        f"SELECT {_COLUMNS} FROM inductions WHERE coalesce(dataset = ?, true) ORDER BY started_at DESC LIMIT 1",
        [dataset],
    ).fetchone()
    if row is None:
        return None
    id, dataset, teacher, most, sample, to_sort, known, started_at, ended_at = row
    return Plan(id, dataset, teacher, most, tuple(sample), tuple(to_sort), json.loads(known), started_at, ended_at)


def sizes(cursor: Cursor, dataset: str) -> list[tuple[str, int]]:
    """The categories that the data set's instructions were sorted into, with how many of them, the largest first."""
    return cursor.execute(
        "SELECT m.category, count(*) AS n FROM category_members m JOIN instructions i ON i.id = m.instruction_id "
        "WHERE i.dataset = ? GROUP BY m.category ORDER BY n DESC, m.category",
        [dataset],
    ).fetchall()


_OTHER = (
    "SELECT unnest(arg_max(unsorted, ended_at)) AS id FROM inductions WHERE dataset = ? AND ended_at IS NOT NULL "
    "EXCEPT SELECT instruction_id FROM category_members"
)


def other(cursor: Cursor, dataset: str) -> int:
    """How many instructions the newest run that ended found no category for and nobody has sorted since."""
    row = cursor.execute(f"SELECT count(*) FROM ({_OTHER})", [dataset]).fetchone()
    assert row is not None
    return int(row[0])


def examples(cursor: Cursor, dataset: str, category: str | None, limit: int) -> list[dict[str, Any]]:
    """Some of the data set's instructions in a category, or with None of those that nothing was found for."""
    among = _OTHER if category is None else "SELECT instruction_id FROM category_members WHERE category = ?"
    rows = cursor.execute(
        f"SELECT id, instruction, input, turns FROM instructions WHERE dataset = ? AND id IN ({among}) "
        "ORDER BY hash LIMIT ?",
        [dataset, dataset if category is None else category, limit],
    ).fetchall()
    return [
        {"id": id, "instruction": instruction, "input": input, "turns": turns_from_json(turns)}
        for id, instruction, input, turns in rows
    ]


def answered(cursor: Cursor, plan: Plan) -> int:
    """How many answers the teacher has given for this kind of work since the run started."""
    row = cursor.execute(
        "SELECT count(*) FROM teacher_calls WHERE teacher = ? AND state = 'done' AND called_at >= ? AND purpose IN "
        "('propose', 'merge', 'sort', 'rubric')",
        [plan.teacher, plan.started_at],
    ).fetchone()
    assert row is not None
    return int(row[0])
