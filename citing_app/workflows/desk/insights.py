"""What the desk teaches: how revisions fare with people, how far people agree, and who is asked twice."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from citing_app.errors import CitingError
from citing_app.method.agreement import among_all, pairs
from citing_app.method.metrics import wilson_interval
from citing_app.store import insights
from citing_app.store.database import Store
from citing_app.store.insights import Group

_MOST_PAIRS = 20
_MOST_DISAGREEMENTS = 50


def figures(store: Store, by: Group) -> dict[str, Any]:
    """Rates with their 95 % Wilson intervals, edit sizes and times: of `all` decisions, and the `groups`."""
    with store.read() as cursor:
        together, groups = insights.figures(cursor, None), insights.figures(cursor, by)
    return {"all": _with_rates(together[0]) if together else None, "groups": [_with_rates(row) for row in groups]}


def preferences(store: Store) -> list[dict[str, Any]]:
    """How often each teacher's revision was taken where several teachers had revised, with its 95 % Wilson interval."""
    with store.read() as cursor:
        rows = insights.preferences(cursor)
    return [row | {"rate": _rate(row["preferred"], row["n"])} for row in rows]


def agreement(store: Store) -> dict[str, Any]:
    """Agreement of `everyone` (None with fewer than three people) and of the `pairs` with the most in common."""
    with store.read() as cursor:
        ratings = insights.ratings(cursor)
    people = {person for person, _, _ in ratings}
    everyone = asdict(among_all(ratings)) if len(people) > 2 else None
    return {"everyone": everyone, "pairs": [asdict(pair) for pair in pairs(ratings)[:_MOST_PAIRS]]}


def disagreements(store: Store) -> list[dict[str, Any]]:
    """The newest items on which people disagree, each with who said what."""
    with store.read() as cursor:
        return insights.disagreements(cursor, _MOST_DISAGREEMENTS)


def overlaps(store: Store) -> list[dict[str, Any]]:
    """Every data set with the share of its items that several people are wanted for, and how many people."""
    with store.read() as cursor:
        return insights.overlaps(cursor)


def set_overlap(store: Store, dataset: str, share: float, slots: int) -> None:
    """Want `slots` people for a `share` in [0, 1] of the data set's items.

    It counts for items that come later and for those that wait and nobody has decided. Raises CitingError for a data
    set that is not there.
    """
    with store.write() as cursor:
        if dataset not in [row["dataset"] for row in insights.overlaps(cursor)]:
            raise CitingError("There is no data set of that name; choose one of the list.")
        insights.set_overlap(cursor, dataset, share, slots)


def _with_rates(row: dict[str, Any]) -> dict[str, Any]:
    """The row with each verdict's count as a rate with its interval."""
    return row | {verdict: _rate(row[verdict], row["n"]) for verdict in ("accept", "edit", "reject")}


def _rate(count: int, n: int) -> dict[str, Any]:
    low, high = wilson_interval(count, n)
    return {"count": count, "share": count / n, "low": low, "high": high}
