"""At which strength a round's adapter makes held-out reference answers likeliest: W₀ + α·ΔW (arXiv 2109.01903)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TypedDict

import numpy as np

from citing_app.method.evaluation.bulk import estimates
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import direction
from citing_app.running.jobs import Job
from citing_app.store import figures
from citing_app.store.figures import Series
from citing_app.workflows.evaluation import test_sets
from citing_app.workflows.evaluation.figures.answering import answerer
from citing_app.workflows.evaluation.figures.metrics import LOSS, MetricName, named
from citing_app.workflows.evaluation.figures.scoring import score_likelihoods
from citing_app.workflows.evaluation.requests import FindStrength
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.job_names import STRENGTHS_JOB
from citing_app.workflows.lasting import start_lasting
from citing_app.workflows.studio import Studio

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


class StrengthView(TypedDict):
    """The mean loss at a strength, and how much more it is than at strength 1 on the same rows, with 95 % intervals."""

    strength: float
    mean: float
    low: float | None
    high: float | None
    difference: float
    difference_low: float | None
    difference_high: float | None


class StrengthsView(TypedDict):
    """Each strength on the `n` rows that all have a value at; empty until each has been measured.

    `smallest` has the smallest mean. `best` is the one to keep: of those that are better than strength 1 by test (the
    interval of the difference has no 0) the one with the smallest mean, and 1 where none is. It is None where that is
    the base model at 0: there is no round to keep then.
    """

    round: int
    dataset: str
    test_set: str
    metric: MetricName
    n: int
    strengths: list[StrengthView]
    smallest: float | None
    best: float | None


def start(studio: Studio, asked: FindStrength) -> None:
    """Find the best strength in the background. Raises CitingError for a round without an adapter, and for no rows."""
    test_sets.ensure_measurable(studio.store, asked.dataset or None, asked.part)
    answerer(studio, asked.round)

    def work(job: Job) -> str:
        return told(find_strengths(studio, asked, job))

    start_lasting(
        studio, STRENGTHS_JOB, f"Finding the best strength of round {asked.round}", asked, work, [asked.round]
    )


def find_strengths(studio: Studio, asked: FindStrength, job: Job) -> StrengthsView:
    """Measure the loss of the reference answers at each strength, where it is missing.

    Each value is stored as it comes: what was cancelled or killed goes on where it stopped. Raises CitingError for a
    round without an adapter, and where there are no rows.
    """
    chosen = test_sets.frozen(studio.store, asked.dataset or None, asked.items, asked.part)
    who, steps = answerer(studio, asked.round), Steps(job, len(STRENGTHS))
    for strength in STRENGTHS:
        score_likelihoods(studio, who.at_strength(strength), chosen.rows, steps, [LOSS])
        steps.end()
    return strengths_view(studio, asked)


def strengths_view(studio: Studio, asked: FindStrength) -> StrengthsView:
    """What is known of a round's strengths on these rows. Raises CitingError as `find_strengths` does."""
    chosen = test_sets.unfrozen(studio.store, asked.dataset or None, asked.items, asked.part)
    who = answerer(studio, asked.round)
    with studio.store.read() as cursor:
        found = {one.model: one for one in figures.series(cursor, [row.hash for row in chosen.rows], [LOSS])}
    keys = [who.at_strength(strength).model.key for strength in STRENGTHS]
    views = _views([found[key] for key in keys]) if found.keys() >= set(keys) else []
    better = [one for one in views if one["strength"] == 1 or _is_less(one)]
    return {
        "round": asked.round,
        "dataset": chosen.name,
        "test_set": chosen.test_set,
        "metric": named(LOSS),
        "n": len(_shared([found[key] for key in keys])) if views else 0,
        "strengths": views,
        "smallest": _smallest(views),
        "best": _smallest(better) or None,
    }


def told(found: StrengthsView) -> str:
    """Which strength is best, in a sentence."""
    if found["smallest"] is None:
        return "No row could be measured at every strength."
    if found["best"] is None:
        return f"The base model answers these {found['n']} rows best: round {found['round']} does not help here."
    if found["best"] == found["smallest"] == 1:
        return f"The loss of round {found['round']} is smallest at strength 1, as it was trained."
    if found["best"] == found["smallest"]:
        return f"The loss of round {found['round']} is smallest at strength {found['best']:g}."
    least, n = f"{found['smallest']:g}", found["n"]
    if found["best"] == 1:
        return (
            f"The smallest mean is at strength {least}, but without a difference to strength 1 that {n} rows can show."
        )
    return (
        f"Strength {found['best']:g} is better than strength 1; the smallest mean is at {least}, but without a "
        f"difference to strength 1 that {n} rows can show."
    )


def _smallest(views: Sequence[StrengthView]) -> float | None:
    """The strength of the smallest mean; of equals the largest."""
    best = min(views, key=lambda one: (one["mean"], -one["strength"]), default=None)
    return best["strength"] if best else None


def _views(measured: list[Series]) -> list[StrengthView]:
    """One for each of `STRENGTHS`, the last of which is the round as it was trained."""
    shared = _shared(measured)
    if not len(shared):
        return []
    values = [one.values[np.isin(one.places, shared)] for one in measured]
    means, differences = estimates(values), estimates([one - values[-1] for one in values])
    return [_view(*one) for one in zip(STRENGTHS, means, differences, strict=True)]


def _shared(measured: list[Series]) -> np.typing.NDArray[np.int64]:
    """The places of the rows that all have a value of."""
    return reduce(np.intersect1d, [one.places for one in measured])


def _view(strength: float, value: Estimate, difference: Estimate) -> StrengthView:
    assert value.mean is not None
    assert difference.mean is not None
    return {
        "strength": strength,
        "mean": value.mean,
        "low": value.low,
        "high": value.high,
        "difference": difference.mean,
        "difference_low": difference.low,
        "difference_high": difference.high,
    }


def _is_less(one: StrengthView) -> bool:
    difference = Estimate(one["difference"], one["difference_low"], one["difference_high"], 0)
    return direction(difference, lower_is_better=True) == "better"
