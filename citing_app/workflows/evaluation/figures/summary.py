"""After a round, in few words: is the student better, by how much, how sure is that, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Literal, TypedDict

from citing_app.errors import CitingError
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import Direction, direction
from citing_app.store import rounds
from citing_app.store.database import Store
from citing_app.workflows.evaluation.figures.means import every_figure
from citing_app.workflows.evaluation.figures.metrics import KL, LOWER_IS_BETTER, named
from citing_app.workflows.evaluation.lineage import Relation
from citing_app.workflows.evaluation.views import DifferenceView, FigureView

METRIC = "rouge_l"
"""What the words are about: the table beside them has every other figure."""
Says = Literal["better", "worse", "mixed", "unclear", "unmeasured"]
Next = Literal["measure", "measure_more", "next_round", "go_back"]
_RELATIONS: tuple[Relation, ...] = ("before", "sft", "base")
_MOST_OPPONENTS = 2
_MOST_ROWS = 100_000
FAR = 0.5
"""From so many nats per token on a round counts as far from the base model. By Pinsker's inequality two predictions of
divergence d share 1 − √(d/2) of their probability or more, and by Jensen's the same holds for means: below this value a
round surely kept half of the base model's predictions on average, from it on it may have kept less."""


class ChangeView(TypedDict):
    """How much more a round's drafts or self-revisions score than those of another model on the same `n` rows."""

    answer: str
    mean: float
    low: float | None
    high: float | None
    n: int
    says: Direction


class AgainstView(TypedDict):
    """A round beside another model, which is the round before it, its SFT round (be it both), or the base model."""

    to: Relation
    model: str
    says: Says
    changes: list[ChangeView]


class DistanceView(TypedDict):
    """The mean KL per token, in nats, of a round's predictions from the base model's on `n` held-out reference answers.

    `is_far` is a warning and no verdict: a student may have moved far and well.
    """

    kl: float
    n: int
    dataset: str
    is_far: bool


class AfterRoundView(TypedDict):
    """What a round brought, by `metric` (its name) on the test set of most rows: first beside the round before it.

    At most two models are `against` it, the nearest first, and `says` is about that one: `mixed` where drafts are
    better and self-revisions worse, or the other way round. `rows_needed` is how many rows would show a difference as
    large as the clearest one seen, where none is shown yet. `distance` is None where it has not been measured.
    """

    round: int
    says: Says
    metric: str
    dataset: str
    against: list[AgainstView]
    next: Next
    rows_needed: int | None
    distance: DistanceView | None


def after_round(store: Store, number: int) -> AfterRoundView:
    """What is known of round `number`; nothing measured is an answer too. Raises CitingError where there is none."""
    with store.read() as cursor:
        if rounds.get(cursor, number) is None:
            raise CitingError(f"There is no round {number}.")
    its = [one for one in every_figure(store, [METRIC, KL]) if one["round"] == number]
    figures = [one for one in its if one["name"] == METRIC and one["differences"]]
    dataset = max(figures, key=lambda one: one["n"])["dataset"] if figures else ""
    against = _against([one for one in figures if one["dataset"] == dataset])
    says = against[0]["says"] if against else "unmeasured"
    return {
        "round": number,
        "says": says,
        "metric": named(METRIC)["name"],
        "dataset": dataset,
        "against": against,
        "next": _next(says),
        "rows_needed": _rows_needed(against[0]["changes"]) if says == "unclear" else None,
        "distance": _distance([one for one in its if one["name"] == KL]),
    }


def _distance(measured: Sequence[FigureView]) -> DistanceView | None:
    """On the test set of most rows."""
    most = max(measured, key=lambda one: one["n"], default=None)
    if most is None:
        return None
    return {"kl": most["value"], "n": most["n"], "dataset": most["dataset"], "is_far": most["value"] >= FAR}


def _against(figures: Sequence[FigureView]) -> list[AgainstView]:
    """The nearest models; a round before that is the SFT round too is called so."""
    found: dict[str, tuple[Relation, str]] = {}
    for to, figure in product(_RELATIONS, figures):
        found |= {one["key"]: (to, one["model"]) for one in figure["differences"] if one["to"] == to}
    return [_beside(key, *called, figures) for key, called in list(found.items())[:_MOST_OPPONENTS]]


def _beside(key: str, to: Relation, model: str, figures: Sequence[FigureView]) -> AgainstView:
    pairs = ((figure["answer"], one) for figure in figures for one in figure["differences"] if one["key"] == key)
    changes = [_change(answer, one) for answer, one in dict(pairs).items()]
    return {"to": to, "model": model, "says": _together([one["says"] for one in changes]), "changes": changes}


def _change(answer: str, one: DifferenceView) -> ChangeView:
    estimate = Estimate(one["mean"], one["low"], one["high"], one["n"])
    return {
        "answer": answer,
        "mean": one["mean"],
        "low": one["low"],
        "high": one["high"],
        "n": one["n"],
        "says": direction(estimate, METRIC in LOWER_IS_BETTER),
    }


def _together(says: Sequence[Direction]) -> Says:
    found = set(says) - {"unclear"}
    if not found:
        return "unclear"
    return "mixed" if len(found) > 1 else found.pop()


def _next(says: Says) -> Next:
    """Another round where this one brought something; back where it harmed; else first know more."""
    steps: dict[Says, Next] = {"unmeasured": "measure", "unclear": "measure_more", "worse": "go_back"}
    return steps.get(says, "next_round")


def _rows_needed(changes: Sequence[ChangeView]) -> int | None:
    """An interval narrows with the root of its rows: how many make that of the clearest difference end at 0."""
    needed = [
        one["n"] * ((one["high"] - one["low"]) / 2 / one["mean"]) ** 2
        for one in changes
        if one["mean"] and one["low"] is not None and one["high"] is not None
    ]
    fewest = min(needed, default=math.inf)
    return math.ceil(fewest) if fewest <= _MOST_ROWS else None
