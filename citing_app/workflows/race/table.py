"""The table of a race: each method's figures on a test set beside the first method's, by seeds and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import Direction, direction
from citing_app.method.evaluation.two_level import two_level
from citing_app.store import figures, test_sets
from citing_app.store.database import Cursor
from citing_app.store.figures import Series
from citing_app.store.races import RunRow
from citing_app.workflows.evaluation.figures.metrics import LOSS, LOWER_IS_BETTER
from citing_app.workflows.race.settings import RaceSettings

BEST_OF_TWO = "best of two"
COLUMNS = (("draft", LOSS), ("draft", "rouge_l"), ("self-revision", "rouge_l"), (BEST_OF_TWO, "rouge_l"))
"""What is told of each method, as kind of answer and metric. The best of two is the draft or the self-revision,
whichever is nearer to an accepted answer. Beside it stands the first method's self-revision: as many answers were
written for it, and none was chosen by an oracle."""
Values = npt.NDArray[np.float64]
_Named = Mapping[tuple[str, str, str], Series]


class CellView(TypedDict):
    """A mean over seeds and rows with its 95 % interval, and how much more it is than the first method's.

    `says` is what that means by test; `difference` and `says` are None for the first method itself. `rank` is 1 plus
    the number of methods that are better by test: equal where nothing tells them apart.
    """

    answer: str
    metric: str
    mean: float
    low: float | None
    high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    says: Direction | None
    rank: int


class LineView(TypedDict):
    """A method's cells; `method` is empty for the student that all began with. `course` is the mean loss after each of
    its rounds."""

    method: str
    seeds: int
    cells: list[CellView]
    course: list[float]


class SetTable(TypedDict):
    """The lines of one test set, over the `rows` that all have a value on."""

    dataset: str
    test_set: str
    rows: int
    lines: list[LineView]


def tables(
    cursor: Cursor, settings: RaceSettings, runs: Sequence[RunRow], measured: Mapping[str, Any]
) -> list[SetTable]:
    """One for each test set, the first method's line first."""
    return [_table(cursor, settings, runs, measured["models"], *one) for one in measured["sets"]]


def _table(
    cursor: Cursor,
    settings: RaceSettings,
    runs: Sequence[RunRow],
    models: Mapping[str, Sequence[str]],
    name: str,
    test_set: str,
    items: int,
) -> SetTable:
    hashes = test_sets.hashes(cursor, test_set, items)
    series = figures.series(cursor, hashes, sorted({metric for _, metric in COLUMNS}))
    found: _Named = {(one.model, one.kind, one.metric): one for one in series}
    keys = {"": [models["0"]]} | {
        method: [models[str(run.curriculum)] for run in runs if run.method == method and str(run.curriculum) in models]
        for method in settings.methods
    }
    racing = {method: its for method, its in keys.items() if its}
    columns = [_column(found, racing, answer, metric) for answer, metric in COLUMNS]
    cells = [_cells(column, *named) for column, named in zip(columns, COLUMNS, strict=True)]
    lines: list[LineView] = [
        {
            "method": method,
            "seeds": len(racing[method]) if method else 0,
            "cells": [column[method] for column in cells if method in column],
            "course": _course(found, racing[method]),
        }
        for method in [*(one for one in racing if one), ""]
    ]
    rows = max((values.shape[1] for column in columns for values in column.values()), default=0)
    return {"dataset": name, "test_set": test_set, "rows": rows, "lines": lines}


def _column(
    found: _Named, racing: Mapping[str, Sequence[Sequence[str]]], answer: str, metric: str
) -> dict[str, Values]:
    """The values of each method, [seeds, rows], on the rows that all students have."""
    first = next((method for method in racing if method), "")
    series = {
        method: [
            _series(found, keys[-1], "self-revision" if (method, answer) == (first, BEST_OF_TWO) else answer, metric)
            for keys in its
        ]
        for method, its in racing.items()
    }
    have = {method: some for method, some in series.items() if None not in some}
    known: dict[str, list[dict[int, float]]] = {method: [one for one in some if one] for method, some in have.items()}
    every = [set(one) for some in known.values() for one in some]
    places = sorted(set.intersection(*every)) if every else []
    return {
        method: np.array([[one[place] for place in places] for one in some]) for method, some in known.items() if places
    }


def _series(found: _Named, key: str, answer: str, metric: str) -> dict[int, float] | None:
    """The value at each place; None where nothing was measured."""
    if answer == BEST_OF_TWO:
        both = [_series(found, key, one, metric) for one in ("draft", "self-revision")]
        draft, revision = both
        if draft is None or revision is None:
            return None
        return {place: max(draft[place], revision[place]) for place in draft.keys() & revision.keys()}
    one = found.get((key, answer, metric))
    return None if one is None else dict(zip(one.places.tolist(), one.values.tolist(), strict=True))


def _cells(column: Mapping[str, Values], answer: str, metric: str) -> dict[str, CellView]:
    """A column's cells; a method is compared on the same seeds, and what has none of its own as it is."""
    first = next(iter(method for method in column if method), None)
    lower = metric in LOWER_IS_BETTER
    found: dict[str, CellView] = {}
    for method, values in column.items():
        mean = two_level(values)
        against = None if first is None or method == first else _difference(values, column[first])
        better = [
            other
            for other, its in column.items()
            if other != method and direction(_difference(its, values), lower) == "better"
        ]
        assert mean.mean is not None
        found[method] = {
            "answer": answer,
            "metric": metric,
            "mean": mean.mean,
            "low": mean.low,
            "high": mean.high,
            "difference": against.mean if against else None,
            "difference_low": against.low if against else None,
            "difference_high": against.high if against else None,
            "says": direction(against, lower) if against else None,
            "rank": 1 + len(better),
        }
    return found


def _difference(mine: Values, theirs: Values) -> Estimate:
    return two_level(mine - theirs)  # a student of one seed beside several stands beside each


def _course(found: _Named, its: Sequence[Sequence[str]]) -> list[float]:
    """The mean loss after each round, over seeds."""
    losses = [
        [found[key, "draft", LOSS].values.mean() for key in keys if (key, "draft", LOSS) in found] for keys in its
    ]
    whole = [one for one, keys in zip(losses, its, strict=True) if len(one) == len(keys)]
    return np.mean(np.array(whole), axis=0).tolist() if whole else []
