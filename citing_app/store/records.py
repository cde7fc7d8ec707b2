"""Records that are only appended and counted: teacher calls and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from citing_app.store.database import Cursor


@dataclass(frozen=True)
class Failure:
    """A revision that a teacher did not give, and why."""

    item_id: int
    teacher: str
    outcome: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Metric:
    """One figure of one model: a mean over `n` answers with its 95 % bootstrap interval."""

    model: str
    dataset: str
    answer: str
    name: str
    value: float
    low: float
    high: float
    n: int


def add_call(
    cursor: Cursor,
    item_id: int,
    teacher: str,
    outcome: str,
    reason: str | None,
    raw: str | None,
    tokens: tuple[int | None, int | None],
    seconds: float,
) -> None:
    """Record one teacher call with its outcome; `tokens` are (sent, answered)."""
    cursor.execute(
        "INSERT INTO teacher_calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, now())",
        [item_id, teacher, outcome, reason, raw, *tokens, seconds],
    )


def open_failures(cursor: Cursor, limit: int = 50) -> list[Failure]:
    """Items still without a revision, or still with a stale one, whose newest call failed, newest first."""
    rows = cursor.execute(
        "SELECT t.item_id, t.teacher, t.outcome, coalesce(t.reason, t.outcome), t.called_at FROM teacher_calls t "
        "JOIN items ON items.id = t.item_id WHERE items.state = 'drafted' OR items.id IN (SELECT id FROM stale_items) "
        "QUALIFY row_number() OVER (PARTITION BY t.item_id ORDER BY t.called_at DESC) = 1 "
        "AND t.outcome NOT IN ('ok', 'unchanged') "
        "ORDER BY t.called_at DESC LIMIT ?",
        [limit],
    ).fetchall()
    return [Failure(*row) for row in rows]


def replace_metrics(cursor: Cursor, metrics: list[Metric]) -> None:
    """Keep these figures in the place of older ones of the same model and data set."""
    for model, dataset in {(metric.model, metric.dataset) for metric in metrics}:
        cursor.execute("DELETE FROM metrics WHERE model = ? AND dataset = ?", [model, dataset])
    for m in metrics:
        cursor.execute(
            "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?, now())",
            [m.model, m.dataset, m.answer, m.name, m.value, m.low, m.high, m.n],
        )


def all_metrics(cursor: Cursor) -> list[Metric]:
    """Every figure, in the order it was measured."""
    rows = cursor.execute(
        "SELECT model, dataset, answer, name, value, low, high, n FROM metrics ORDER BY measured_at"
    ).fetchall()
    return [Metric(*row) for row in rows]
