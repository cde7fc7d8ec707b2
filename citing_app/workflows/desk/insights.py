"""What the desk teaches: how revisions fare with people, how far people agree, and who is asked twice."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, TypedDict

from citing_app.errors import CitingError
from citing_app.method.agreement import among_all, pairs
from citing_app.method.evaluation.intervals import wilson_interval
from citing_app.store import insights
from citing_app.store.database import Store
from citing_app.store.insights import Group

_MOST_PAIRS = 20
_MOST_DISAGREEMENTS = 50


class Rate(TypedDict):
    """A share of n with its 95 % Wilson interval."""

    count: int
    share: float
    low: float
    high: float


class GroupFigures(TypedDict):
    """How revisions fared with people; see `store.insights.figures`."""

    name: str
    n: int
    accept: Rate
    edit: Rate
    reject: Rate
    edit_size: float | None
    changed: float | None
    seconds: float | None
    timed: int


class FiguresView(TypedDict):
    """Figures of `all` decisions, None before there are any, and of the `groups`."""

    all: GroupFigures | None
    groups: list[GroupFigures]


class PreferenceView(TypedDict):
    """How often a teacher's revision was the one taken, of `n` that stood beside another's."""

    teacher: str
    n: int
    preferred: int
    rate: Rate


class AgreementView(TypedDict):
    """`Agreement` of everyone (None with fewer than three people) and of pairs."""

    everyone: dict[str, Any] | None
    pairs: list[dict[str, Any]]


class Said(TypedDict):
    """What one person made of an item."""

    annotator: str
    verdict: str


class DisagreementView(TypedDict):
    """An item on which people disagree, with the beginning of its instruction."""

    item: int
    instruction: str
    verdicts: list[Said]


class OverlapView(TypedDict):
    """The `share` of a data set's items that `slots` people are wanted for, how many wait, how many have several."""

    dataset: str
    share: float
    slots: int
    waiting: int
    several: int


def figures(store: Store, by: Group) -> FiguresView:
    """Rates with their 95 % Wilson intervals, edit sizes and times: of `all` decisions, and the `groups`."""
    with store.read() as cursor:
        together, groups = insights.figures(cursor, None), insights.figures(cursor, by)
    return {"all": _with_rates(together[0]) if together else None, "groups": [_with_rates(row) for row in groups]}


def preferences(store: Store) -> list[PreferenceView]:
    """How often each teacher's revision was taken where several teachers had revised, with its 95 % Wilson interval."""
    with store.read() as cursor:
        rows = insights.preferences(cursor)
    return [
        {"teacher": teacher, "n": n, "preferred": preferred, "rate": _rate(preferred, n)}
        for teacher, n, preferred in (row.values() for row in rows)
    ]


def agreement(store: Store) -> AgreementView:
    """Agreement of `everyone` (None with fewer than three people) and of the `pairs` with the most in common."""
    with store.read() as cursor:
        ratings = insights.ratings(cursor)
    people = {person for person, _, _ in ratings}
    everyone = asdict(among_all(ratings)) if len(people) > 2 else None
    return {"everyone": everyone, "pairs": [asdict(pair) for pair in pairs(ratings)[:_MOST_PAIRS]]}


def disagreements(store: Store) -> list[DisagreementView]:
    """The newest items on which people disagree, each with who said what."""
    with store.read() as cursor:
        rows = insights.disagreements(cursor, _MOST_DISAGREEMENTS)
    return [{"item": row["item"], "instruction": row["instruction"], "verdicts": row["verdicts"]} for row in rows]


def overlaps(store: Store) -> list[OverlapView]:
    """Every data set with the share of its items that several people are wanted for, and how many people."""
    with store.read() as cursor:
        rows = insights.overlaps(cursor)
    return [
        {"dataset": dataset, "share": share, "slots": slots, "waiting": waiting, "several": several}
        for dataset, share, slots, waiting, several in (row.values() for row in rows)
    ]


def set_overlap(store: Store, dataset: str, share: float, slots: int) -> None:
    """Want `slots` people for a `share` in [0, 1] of the data set's items.

    It counts for items that come later and for those that wait and nobody has decided. Raises CitingError for a data
    set that is not there.
    """
    with store.write() as cursor:
        if dataset not in [row["dataset"] for row in insights.overlaps(cursor)]:
            raise CitingError("There is no data set of that name; choose one of the list.")
        insights.set_overlap(cursor, dataset, share, slots)


def _with_rates(row: dict[str, Any]) -> GroupFigures:
    """The row with each verdict's count as a rate with its interval."""
    n = row["n"]
    return {
        "name": row["name"],
        "n": n,
        "accept": _rate(row["accept"], n),
        "edit": _rate(row["edit"], n),
        "reject": _rate(row["reject"], n),
        "edit_size": row["edit_size"],
        "changed": row["changed"],
        "seconds": row["seconds"],
        "timed": row["timed"],
    }


def _rate(count: int, n: int) -> Rate:
    low, high = wilson_interval(count, n)
    return {"count": count, "share": count / n, "low": low, "high": high}
