"""Whether a curriculum has begun to harm its student: the turning point of what its rounds measured on dev."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import turning_point
from citing_app.store.database import Store
from citing_app.workflows.evaluation.figures.means import difference
from citing_app.workflows.evaluation.figures.metrics import LOSS, LOWER_IS_BETTER
from citing_app.workflows.evaluation.views import EvaluationView, FigureView

STOPS_BY = LOSS
"""What is compared. On few rows the loss of the reference answer tells two rounds apart, where ROUGE-L does not."""


@dataclass(frozen=True)
class Measured:
    """A round with its mean, and how much more that is than the mean of the round before it, on the same rows."""

    number: int
    value: float
    step: Estimate = field(default_factory=lambda: Estimate(None, None, None, 0))

    @classmethod
    def kept(cls, detail: dict[str, Any]) -> Measured:
        """What `to_keep` was kept as."""
        return cls(detail["number"], detail["value"], Estimate(**detail["step"]))

    def to_keep(self) -> dict[str, Any]:
        """This as plain JSON, for the stage that measured it."""
        return {"number": self.number, "value": self.value, "step": vars(self.step)}


def measured(
    store: Store, found: EvaluationView, number: int, before: int | None, earlier: Sequence[FigureView]
) -> Measured | None:
    """Round `number` by what was just measured, beside the round `before` by its `earlier` figures; None: no loss."""
    mine, theirs = _figure(found["metrics"], number), None if before is None else _figure(earlier, before)
    if mine is None:
        return None
    if theirs is None:
        return Measured(number, mine["value"])
    keys = (str(mine["key"]), str(theirs["key"]))
    return Measured(number, mine["value"], difference(store, found["test_set"], found["items"], STOPS_BY, *keys))


def reason_to_stop(rounds: Sequence[Measured], dataset: str) -> str | None:
    """Why a curriculum ends after the last of these rounds, which is worse than the one before it by test; else None.

    `dataset` says on whose dev part they were measured. The best round is the one with the best mean: between two that
    no test tells apart, that is a guess.
    """
    lower = STOPS_BY in LOWER_IS_BETTER
    at = turning_point([one.step for one in rounds], lower)
    if at is None:
        return None
    before, last = rounds[at - 1], rounds[at]  # the first has no step, so it is never the turning point
    step, best = last.step, (min if lower else max)(rounds, key=lambda one: one.value)
    return (
        f"Stopped after round {last.number}: on the dev part of {dataset} its loss of reference answers is higher than "
        f"that of round {before.number} by {step.mean:.3f} [{step.low:.3f}, {step.high:.3f}]. Round {best.number} is "
        "the best so far."
    )


def _figure(figures: Sequence[FigureView], number: int) -> FigureView | None:
    found = (one for one in figures if one["name"] == STOPS_BY and one["answer"] == "draft")
    return next((one for one in found if one["round"] == number), None)
