"""Which rubric helps and which harms: by category, what a model's self-revisions gain over its own drafts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypedDict

from citing_app.method.evaluation.intervals import Estimate, paired_difference
from citing_app.method.evaluation.turning import Direction
from citing_app.store import figures, instructions, test_sets
from citing_app.store.answers import AnswerKind
from citing_app.store.database import Cursor, Store
from citing_app.workflows.evaluation.figures.metrics import says
from citing_app.workflows.evaluation.requests import Categories


class CategoryView(TypedDict):
    """What the instructions of one category gain, on `n` rows; `category` None: no rubric matched.

    `by_rubric` is the mean difference of self-revisions to the same model's drafts, `by_training` that of its drafts to
    another model's; with their 95 % intervals and what these say. None where there are no such rows.
    """

    category: str | None
    n: int
    by_rubric: GainView | None
    by_training: GainView | None


class GainView(TypedDict):
    """A mean paired difference with its interval, and what that says."""

    mean: float
    low: float | None
    high: float | None
    says: Direction | None


def categories(store: Store, asked: Categories) -> list[CategoryView]:
    """The categories of a test set by size."""
    model, against, metric = asked.model, asked.against, asked.metric
    with store.read() as cursor:
        hashes = test_sets.hashes(cursor, asked.test_set)
        by_category = _by_category(cursor, hashes)
        found = {(one.model, one.kind): one for one in figures.series(cursor, hashes, [metric])}
    values = {key: dict(zip(one.places.tolist(), one.values.tolist(), strict=True)) for key, one in found.items()}

    def gain(places: Sequence[int], mine: tuple[str, AnswerKind], theirs: tuple[str, AnswerKind]) -> GainView | None:
        first, second = values.get(mine, {}), values.get(theirs, {})
        both = [place for place in places if place in first and place in second]
        return _gain(paired_difference([first[at] for at in both], [second[at] for at in both]), metric)

    rows = [
        CategoryView(
            category=category,
            n=len(places),
            by_rubric=gain(places, (model, "self-revision"), (model, "draft")),
            by_training=gain(places, (model, "draft"), (against, "draft")) if against else None,
        )
        for category, places in by_category.items()
    ]
    return sorted(rows, key=lambda row: (-row["n"], row["category"] or ""))


def _by_category(cursor: Cursor, hashes: Sequence[str]) -> dict[str | None, list[int]]:
    """The places in the test set of each category's instructions."""
    ids = instructions.known_hashes(cursor, hashes)
    named = instructions.rubric_categories(cursor, list(ids.values()))
    found: dict[str | None, list[int]] = defaultdict(list)
    for place, hash in enumerate(hashes):
        if hash in ids:
            found[named.get(ids[hash])].append(place)
    return dict(found)


def _gain(found: Estimate, metric: str) -> GainView | None:
    if found.mean is None:
        return None
    return {"mean": found.mean, "low": found.low, "high": found.high, "says": says(found, metric)}
