"""After a round, in few words: is the student better, by how much, how sure is that, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict

from citing_app.errors import CitingError
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import Direction, direction
from citing_app.store import rounds
from citing_app.store.database import Store
from citing_app.workflows.evaluation.figures.means import every_figure
from citing_app.workflows.evaluation.figures.metrics import LOWER_IS_BETTER
from citing_app.workflows.evaluation.lineage import Relation
from citing_app.workflows.evaluation.views import DifferenceView, FigureView

METRIC = "rouge_l"
"""What the words are about: the table beside them has every other figure."""
Says = Literal["better", "worse", "mixed", "unclear", "unmeasured"]
Next = Literal["measure", "measure_more", "next_round", "go_back"]
_PREFERRED: tuple[Relation, ...] = ("before", "sft", "base")
_MOST_ROWS = 100_000


class LineView(TypedDict):
    """How much more a round's drafts or self-revisions score than those of another model on the same `n` rows."""

    dataset: str
    answer: str
    metric: str
    to: Relation
    model: str
    value: float
    mean: float
    low: float | None
    high: float | None
    n: int
    says: Direction


class AfterRoundView(TypedDict):
    """What a round brought, compared with the round before it, or else with SFT or the base.

    `says` puts the lines together: `mixed` where some are better and some worse. `rows_needed` is how many rows would
    show a difference as large as the clearest one seen, where none is shown yet.
    """

    round: int
    says: Says
    lines: list[LineView]
    next: Next
    rows_needed: int | None


def after_round(store: Store, number: int) -> AfterRoundView:
    """What is known of round `number`; nothing measured is an answer too. Raises CitingError where there is none."""
    with store.read() as cursor:
        if rounds.get(cursor, number) is None:
            raise CitingError(f"There is no round {number}.")
    lines = _lines(one for one in every_figure(store, [METRIC]) if one["round"] == number)
    says = _together([line["says"] for line in lines])
    return {
        "round": number,
        "says": says,
        "lines": lines,
        "next": _next(says),
        "rows_needed": _rows_needed(lines) if says == "unclear" else None,
    }


def _lines(figures: Iterable[FigureView]) -> list[LineView]:
    found = ((figure, _preferred(figure["differences"])) for figure in figures)
    return [_line(figure, difference) for figure, difference in found if difference is not None]


def _preferred(differences: Sequence[DifferenceView]) -> DifferenceView | None:
    by_relation = {one["to"]: one for one in differences}
    return next((by_relation[to] for to in _PREFERRED if to in by_relation), None)


def _line(figure: FigureView, one: DifferenceView) -> LineView:
    estimate = Estimate(one["mean"], one["low"], one["high"], one["n"])
    return {
        "dataset": figure["dataset"],
        "answer": figure["answer"],
        "metric": figure["name"],
        "to": one["to"],
        "model": one["model"],
        "value": figure["value"],
        "mean": one["mean"],
        "low": one["low"],
        "high": one["high"],
        "n": one["n"],
        "says": direction(estimate, figure["name"] in LOWER_IS_BETTER),
    }


def _together(says: Sequence[Direction]) -> Says:
    if not says:
        return "unmeasured"
    found = set(says) - {"unclear"}
    if not found:
        return "unclear"
    return "mixed" if len(found) > 1 else found.pop()


def _next(says: Says) -> Next:
    """Another round where this one brought something; back where it harmed; else first know more."""
    steps: dict[Says, Next] = {"unmeasured": "measure", "unclear": "measure_more", "worse": "go_back"}
    return steps.get(says, "next_round")


def _rows_needed(lines: Sequence[LineView]) -> int | None:
    """An interval narrows with the root of its rows: how many make that of the clearest difference end at 0."""
    needed = [
        line["n"] * ((line["high"] - line["low"]) / 2 / line["mean"]) ** 2
        for line in lines
        if line["mean"] and line["low"] is not None and line["high"] is not None
    ]
    fewest = min(needed, default=math.inf)
    return math.ceil(fewest) if fewest <= _MOST_ROWS else None
