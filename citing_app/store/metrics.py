"""Means that were measured before answers were kept (figures.py): nothing adds to them any more."""

from __future__ import annotations

from dataclasses import dataclass

from citing_app.store.database import Cursor


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


def all_metrics(cursor: Cursor) -> list[Metric]:
    """Every figure, in the order it was measured."""
    rows = cursor.execute(
        "SELECT model, dataset, answer, name, value, low, high, n FROM metrics ORDER BY measured_at"
    ).fetchall()
    return [Metric(*row) for row in rows]
