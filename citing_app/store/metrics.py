"""The figures that evaluations measured."""

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


def replace_metrics(cursor: Cursor, metrics: list[Metric]) -> None:
    """Keep these figures in the place of older ones of the same model and data set."""
    for model, dataset in {(metric.model, metric.dataset) for metric in metrics}:
        cursor.execute("DELETE FROM metrics WHERE model = ? AND dataset = ?", [model, dataset])
    for m in metrics:
        cursor.execute(
            "INSERT INTO metrics (model, dataset, answer, name, value, low, high, n, measured_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, now())",
            [m.model, m.dataset, m.answer, m.name, m.value, m.low, m.high, m.n],
        )


def all_metrics(cursor: Cursor) -> list[Metric]:
    """Every figure, in the order it was measured."""
    rows = cursor.execute(
        "SELECT model, dataset, answer, name, value, low, high, n FROM metrics ORDER BY measured_at"
    ).fetchall()
    return [Metric(*row) for row in rows]
