"""What the Evaluate page shows of the figures: test sets, and on each the models in the order of their rounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from citing_app.store.database import Store
from citing_app.store.metrics import Metric
from citing_app.workflows.evaluation.figures import every_figure
from citing_app.workflows.students import BASE


class FigureView(TypedDict):
    """One figure: a mean over `n` answers with its 95 % interval; `model` is the number of a round, 0 for the base.

    `answer` is `draft` or `self-revision`, `metric` is `rouge_l`, `token_f1`, `exact_match` or `loss`.
    """

    model: int
    answer: str
    metric: str
    value: float
    low: float
    high: float
    n: int


class MeasuredSetView(TypedDict):
    """The figures on one test set; `models` are in the order of the rounds, the base first."""

    name: str
    models: list[int]
    figures: list[FigureView]


def measured_sets(store: Store) -> list[MeasuredSetView]:
    """Every test set that something was measured on, the newest measurement last."""
    found = [(one, one["low"], one["high"]) for one in every_figure(store)]
    return by_test_set(
        Metric(one["model"], one["dataset"], one["answer"], one["name"], one["value"], low, high, one["n"])
        for one, low, high in found
        if low is not None and high is not None
    )


def by_test_set(metrics: Iterable[Metric]) -> list[MeasuredSetView]:
    """The one place that knows both how figures are stored and how the page takes them."""
    sets: dict[str, MeasuredSetView] = {}
    for metric in metrics:
        found = sets.setdefault(metric.dataset, {"name": metric.dataset, "models": [], "figures": []})
        found["figures"].append(_figure(metric))
    for one in sets.values():
        one["models"] = sorted({figure["model"] for figure in one["figures"]})
    return list(sets.values())


def _figure(metric: Metric) -> FigureView:
    return {
        "model": 0 if metric.model == BASE else int(metric.model.removeprefix("round ")),
        "answer": metric.answer,
        "metric": metric.name,
        "value": metric.value,
        "low": metric.low,
        "high": metric.high,
        "n": metric.n,
    }
