"""Long work that was asked for and has not ended, by the name of its job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citing_app.store.database import Cursor


@dataclass(frozen=True)
class AskedJob:
    """A job and the fields of what was asked for."""

    name: str
    title: str
    asked: Mapping[str, Any]


def put(cursor: Cursor, job: AskedJob) -> None:
    """Write down that this job has begun; what was asked under its name before gives way."""
    remove(cursor, job.name)
    cursor.execute(
        "INSERT INTO asked_jobs (name, title, asked, asked_at) VALUES (?, ?, ?, now())",
        [job.name, job.title, json.dumps(job.asked)],
    )


def remove(cursor: Cursor, name: str) -> None:
    """The job of this name has ended."""
    cursor.execute("DELETE FROM asked_jobs WHERE name = ?", [name])


def all_jobs(cursor: Cursor) -> list[AskedJob]:
    """Those that have not ended, in the order in which they began."""
    rows = cursor.execute("SELECT name, title, asked FROM asked_jobs ORDER BY asked_at, name").fetchall()
    return [AskedJob(name, title, json.loads(asked)) for name, title, asked in rows]
