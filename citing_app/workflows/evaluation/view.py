"""What the Evaluate page shows of the figures: test sets, and on each the models in the order of their rounds."""

from __future__ import annotations

from typing import TypedDict

from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import Direction, turning_point
from citing_app.workflows.evaluation.figures.means import every_figure
from citing_app.workflows.evaluation.figures.metrics import (
    FORGETTING,
    LOSS,
    LOWER_IS_BETTER,
    WIN_RATE,
    MetricName,
    named,
    place,
    says,
)
from citing_app.workflows.evaluation.judge.sft_rates import SftRate, sft_rates
from citing_app.workflows.evaluation.views import DifferenceView, FigureView
from citing_app.workflows.students import rounds_of_others
from citing_app.workflows.studio import Studio


class ShownDifference(TypedDict):
    """A paired difference to another model (its `key`), and what it says; None: neither more nor less is better."""

    to: str
    model: str
    key: str
    mean: float
    low: float | None
    high: float | None
    n: int
    unshared: int
    says: Direction | None


class ShownFigure(TypedDict):
    """One figure: a mean over `n` answers with its 95 % interval; `model` is the number of a round, 0 for the base.

    `key` and `test_set` are hashes, None in a mean without rows, of which `note` says so. `judge` is who judged a win
    rate: a model, or the measure of closeness to the accepted answers, by its name for people.
    """

    model: int
    key: str | None
    test_set: str | None
    answer: str
    metric: str
    value: float
    low: float | None
    high: float | None
    n: int
    differences: list[ShownDifference]
    note: str
    judge: str


class Turn(TypedDict):
    """The first round whose figure is worse than that of the round before it, by test."""

    answer: str
    metric: str
    model: int


class MeasuredSetView(TypedDict):
    """The figures on one test set; `models` are in the order of the rounds, the base first.

    `metrics` are those of the figures, in the order that they are shown in.
    """

    name: str
    models: list[int]
    metrics: dict[str, MetricName]
    figures: list[ShownFigure]
    turns: list[Turn]


def measured_sets(studio: Studio) -> list[MeasuredSetView]:
    """Every test set that something of the student in use was measured on, the newest measurement last.

    With the win rates against SFT.
    """
    others = rounds_of_others(studio)
    sets: dict[str, list[ShownFigure]] = {}
    for figure in every_figure(studio.store):
        if figure["round"] in others or (figure["round"] is None and figure["model"] != studio.chosen.base):
            continue
        sets.setdefault(figure["dataset"], []).append(_shown(figure))
    for rate in sft_rates(studio.store):
        if rate.round not in others and rate.dataset in sets and rate.rate.rate is not None:
            sets[rate.dataset].append(_shown_rate(rate, rate.rate.rate))
    evaluated = {name: _evaluated(figures) for name, figures in sets.items()}
    return [_measured_set(name, figures) for name, figures in evaluated.items() if figures]


def _evaluated(figures: list[ShownFigure]) -> list[ShownFigure]:
    """Without the models of which only the loss is there: their strengths were compared, and they answered nothing."""
    answered = {one["model"] for one in figures if one["metric"] not in (LOSS, FORGETTING) or one["note"]}
    return [one for one in figures if one["model"] in answered]


def _measured_set(name: str, figures: list[ShownFigure]) -> MeasuredSetView:
    return {
        "name": name,
        "models": sorted({figure["model"] for figure in figures}),
        "metrics": {one: named(one) for one in sorted({figure["metric"] for figure in figures}, key=place)},
        "figures": figures,
        "turns": _turns(figures),
    }


def _shown(figure: FigureView) -> ShownFigure:
    return {
        "model": figure["round"] or 0,
        "key": figure["key"],
        "test_set": figure["test_set"],
        "answer": figure["answer"],
        "metric": figure["name"],
        "value": figure["value"],
        "low": figure["low"],
        "high": figure["high"],
        "n": figure["n"],
        "differences": [_shown_difference(one, figure["name"]) for one in figure["differences"]],
        "note": figure["note"],
        "judge": "",
    }


def _shown_rate(rate: SftRate, value: float) -> ShownFigure:
    return {
        "model": rate.round,
        "key": rate.key,
        "test_set": rate.test_set,
        "answer": rate.answer,
        "metric": WIN_RATE,
        "value": value,
        "low": rate.rate.low,
        "high": rate.rate.high,
        "n": rate.rate.n,
        "differences": [],
        "note": "",
        "judge": rate.judge.name,
    }


def _shown_difference(one: DifferenceView, metric: str) -> ShownDifference:
    return {**one, "says": says(_estimate(one), metric)}


def _turns(figures: list[ShownFigure]) -> list[Turn]:
    """Of each metric and kind of answer, the round where quality turns."""
    steps: dict[tuple[str, str], list[tuple[int, Estimate]]] = {}
    for figure in sorted(figures, key=lambda one: one["model"]):
        for step in figure["differences"]:
            if step["to"] == "before" and step["says"] is not None:
                found = steps.setdefault((figure["answer"], figure["metric"]), [])
                found.append((figure["model"], Estimate(step["mean"], step["low"], step["high"], step["n"])))
    turns = (
        (key, row, turning_point([step for _, step in row], key[1] in LOWER_IS_BETTER)) for key, row in steps.items()
    )
    return [
        {"answer": answer, "metric": metric, "model": row[at][0]}
        for (answer, metric), row, at in turns
        if at is not None
    ]


def _estimate(one: DifferenceView) -> Estimate:
    return Estimate(one["mean"], one["low"], one["high"], one["n"])
