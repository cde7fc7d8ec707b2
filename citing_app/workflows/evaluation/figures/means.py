"""Figures as pages show them: means with intervals, and paired differences on the rows that two models share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from citing_app.errors import CitingError
from citing_app.method.evaluation.bulk import Values, estimates
from citing_app.method.evaluation.intervals import Estimate
from citing_app.store import answers, figures, metrics, rounds, test_sets
from citing_app.store.answers import Model
from citing_app.store.database import Cursor, Store
from citing_app.store.figures import Series
from citing_app.store.test_sets import TestSet
from citing_app.workflows.evaluation.figures.metrics import FORGETTING, LOSS, place
from citing_app.workflows.evaluation.lineage import Lineage, Relation
from citing_app.workflows.evaluation.test_sets import set_view
from citing_app.workflows.evaluation.views import FiguresView, FigureView, ModelView

BEFORE = "measured before answers were kept"
"""What is said of a mean without rows, which nothing can be paired with."""


def figures_view(store: Store, test_set: str, items: int | None = None) -> FiguresView:
    """All that was measured on a test set, or on its first `items` rows. Raises CitingError for an unknown one."""
    with store.read() as cursor:
        found = next((one for one in test_sets.everything(cursor) if one.hash == test_set), None)
        if found is None:
            raise CitingError("There is no test set of this name.")
        lines = list(_Reader(cursor).lines(found, items))
    shown = dict.fromkeys(line.model for line in lines)
    return {
        "test_set": set_view(found),
        "models": [_model_view(one) for one in shown],
        "figures": _views(lines),
    }


def figures_of(store: Store, test_set: str, name: str, items: int, models: Sequence[Model]) -> list[FigureView]:
    """What was measured of these models on the first `items` rows of the test set that is known by this name too."""
    with store.read() as cursor:
        found = next(one for one in test_sets.everything(cursor) if (one.hash, one.name) == (test_set, name))
        lines = [line for line in _Reader(cursor).lines(found, items) if line.model in models]
    return _views(lines)


def every_figure(store: Store, wanted: Sequence[str] | None = None) -> list[FigureView]:
    """All that was measured, or these metrics of it: of each model on the newest test set of each name.

    What was measured before answers were kept is there where nothing newer is.
    """
    with store.read() as cursor:
        reader = _Reader(cursor, wanted)
        lines, covered = [], set()
        for test_set in test_sets.everything(cursor):
            fresh = [line for line in reader.lines(test_set) if (test_set.name, line.model) not in covered]
            covered |= {(test_set.name, line.model) for line in fresh}
            lines += fresh
        old = metrics.all_metrics(cursor)
    lines.sort(key=lambda line: reader.place_of(line.model))
    # What a model forgot stands beside each test set's figures, and here once.
    newer = _views(list({(one.model, one.dataset, one.series.kind, one.metric): one for one in lines}.values()))
    known = {(one["model"], one["dataset"], one["answer"], one["name"]) for one in newer}
    left = [one for one in old if wanted is None or one.name in wanted]
    return newer + [_view_of_old(one) for one in left if (one.model, one.dataset, one.answer, one.name) not in known]


def difference(store: Store, test_set: str, items: int, metric: str, model: str, other: str) -> Estimate:
    """How much more of a metric a model's drafts (by its key) have than another's, on those of the first `items` rows
    that both have; without a mean where they share none."""
    with store.read() as cursor:
        found = figures.series(cursor, test_sets.hashes(cursor, test_set, items), [metric])
    by_model = {one.model: one for one in found if one.kind == "draft"}
    if model not in by_model or other not in by_model:
        return Estimate(None, None, None, 0)
    return estimates([_paired(by_model[model], by_model[other])])[0]


def interval(low: float | None, high: float | None) -> str:
    """An interval as lines of text tell it; a single row has none."""
    return "[no interval]" if low is None or high is None else f"[{low:.4f}, {high:.4f}]"


@dataclass(frozen=True)
class _Line:
    """The values that one figure is made of, and those of the models that it is compared with."""

    model: Model
    dataset: str
    test_set: str
    metric: str
    series: Series
    others: tuple[tuple[Relation, Model, Series], ...]


class _Reader:
    """Reads figures, with what is needed to compare them."""

    def __init__(self, cursor: Cursor, wanted: Sequence[str] | None = None) -> None:
        self._cursor, self._wanted = cursor, wanted
        self._models = answers.models(cursor)
        self._lineage = Lineage(rounds.listed(cursor), self._models)
        self._sets = test_sets.everything(cursor)

    def place_of(self, model: Model) -> int:
        """Where the model stands among all: the base model first."""
        return self._models.index(model)

    def lines(self, test_set: TestSet, items: int | None = None) -> Iterator[_Line]:
        """What was measured on a test set, and what its models forgot; nothing of a list that is no test set."""
        if test_set.learned_by is not None:
            return
        shown = list(self._of(test_set, items, self._wanted))
        yield from shown
        if self._wanted is None or FORGETTING in self._wanted:
            yield from self._forgetting({line.model for line in shown}, items)

    def _forgetting(self, models: set[Model], items: int | None) -> Iterator[_Line]:
        """The loss on the newest list of each SFT round's own rows, of these of its descendants and the base model."""
        descends = {one: one.round and self._lineage.sft_of(one.round) for one in models}
        newest = {one.learned_by: one for one in reversed(self._sets) if one.learned_by is not None}
        for number, own in newest.items():
            if number in descends.values():
                for line in self._of(own, items, [LOSS]):
                    if line.model in models and descends[line.model] in (None, number):
                        yield replace(line, metric=FORGETTING)

    def _of(self, test_set: TestSet, items: int | None, wanted: Sequence[str] | None) -> Iterator[_Line]:
        found = figures.series(self._cursor, test_sets.hashes(self._cursor, test_set.hash, items), wanted)
        by_name = {(one.model, one.kind, one.metric): one for one in found}
        for model in self._models:
            others = self._lineage.others(model)
            mine = [one for one in found if one.model == model.key]
            for one in sorted(mine, key=lambda one: (place(one.metric), one.kind)):
                pairs = ((to, other, by_name.get((other.key, one.kind, one.metric))) for to, other in others.items())
                compared = tuple((to, other, theirs) for to, other, theirs in pairs if theirs is not None)
                yield _Line(model, test_set.name, test_set.hash, one.metric, one, compared)


def _model_view(one: Model) -> ModelView:
    return {
        "key": one.key,
        "name": one.name,
        "round": one.round,
        "student": one.student,
        "adapter_hash": one.adapter_hash,
    }


def _views(lines: Sequence[_Line]) -> list[FigureView]:
    """The figures of these lines; all their intervals are computed at once."""
    columns: list[Values] = []
    for line in lines:
        columns += [line.series.values, *(_paired(line.series, theirs) for _, _, theirs in line.others)]
    found = iter(estimates(columns))
    return [_view(line, next(found), [next(found) for _ in line.others]) for line in lines]


def _paired(mine: Series, theirs: Series) -> Values:
    """The differences on the rows that both have, shape [those rows]."""
    _, here, there = np.intersect1d(mine.places, theirs.places, assume_unique=True, return_indices=True)
    return mine.values[here] - theirs.values[there]


def _view(line: _Line, measured: Estimate, differences: Sequence[Estimate]) -> FigureView:
    model, series = line.model, line.series
    assert measured.mean is not None  # a series has a value at least
    return {
        "model": model.name,
        "key": model.key,
        "round": model.round,
        "dataset": line.dataset,
        "test_set": line.test_set,
        "answer": series.kind,
        "name": line.metric,
        "value": measured.mean,
        "low": measured.low,
        "high": measured.high,
        "n": measured.n,
        "differences": [
            {
                "to": to,
                "model": other.name,
                "key": other.key,
                "mean": one.mean,
                "low": one.low,
                "high": one.high,
                "n": one.n,
                "unshared": len(series.places) + len(theirs.places) - 2 * one.n,
            }
            for (to, other, theirs), one in zip(line.others, differences, strict=True)
            if one.mean is not None
        ],
        "note": "",
    }


def _view_of_old(one: metrics.Metric) -> FigureView:
    number = one.model.removeprefix("round ")
    return {
        "model": one.model,
        "key": None,
        "round": int(number) if number.isdecimal() else None,
        "dataset": one.dataset,
        "test_set": None,
        "answer": one.answer,
        "name": one.name,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "n": one.n,
        "differences": [],
        "note": BEFORE,
    }
