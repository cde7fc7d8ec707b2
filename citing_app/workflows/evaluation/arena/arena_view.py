"""What the arena shows beside its pairs: what can be voted on, who won once names are shown, and who agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Literal, TypedDict

from citing_app.method.evaluation.comparisons import Outcome, of_both, of_one
from citing_app.method.evaluation.trust import agreement
from citing_app.store import answers, arena, comparisons
from citing_app.store.comparisons import Comparison, Preference, Side
from citing_app.store.database import Cursor
from citing_app.types import Person
from citing_app.workflows.evaluation.arena.handing import (
    Handed,
    SessionView,
    handed_by,
    labels,
)
from citing_app.workflows.evaluation.arena.voting import open_session
from citing_app.workflows.evaluation.judge.judging import JudgedBy
from citing_app.workflows.studio import Studio

_MOST_SESSIONS, _MOST_AGREEMENTS = 10, 20


class ModelChoice(TypedDict):
    """A model that can be voted on, with the number of instructions that it has answered."""

    key: str
    name: str
    drafts: int
    self_revisions: int


class AgreementRow(TypedDict):
    """Cohen's κ of two who judged `n` comparisons in common, with its interval; None where it has no value."""

    one: str
    other: str
    n: int
    kappa: float | None
    low: float | None
    high: float | None


class Setup(TypedDict):
    """What a session can be started with, one's earlier sessions, who has voted, and how far they agree."""

    models: list[ModelChoice]
    test_sets: list[str]
    sessions: list[SessionView]
    voters: dict[str, int]
    agreement: list[AgreementRow]


class ArenaView(TypedDict):
    """The open session of a person, or else what one can be started with: no name is told while one is open."""

    open: Handed | None
    setup: Setup | None


def arena_view(studio: Studio, person: Person) -> ArenaView:
    """Where the person is in the arena."""
    with studio.store.read() as cursor:
        opened = open_session(cursor, person.name)
        if opened is not None:
            return {"open": handed_by(cursor, opened), "setup": None}
        return {"open": None, "setup": _setup(cursor, person.name)}


def _setup(cursor: Cursor, person: str) -> Setup:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for key, kind, n in arena.answered(cursor):
        counts[key][kind] = n
    models = [model for model in answers.models(cursor) if model.key in counts]
    named = labels(models)
    return {
        "models": [
            {
                "key": one.key,
                "name": named[one.key],
                "drafts": counts[one.key].get("draft", 0),
                "self_revisions": counts[one.key].get("self-revision", 0),
            }
            for one in models
        ],
        "test_sets": arena.test_sets(cursor),
        "sessions": [handed_by(cursor, one)["session"] for one in arena.sessions(cursor, person)[:_MOST_SESSIONS]],
        "voters": arena.voters(cursor),
        "agreement": agreements(cursor),
    }


def agreements(cursor: Cursor) -> list[AgreementRow]:
    """People with each other, and with judges, on the comparisons that both judged: the most in common first."""
    said = comparisons.standing(cursor)
    on = comparisons.get(cursor, list({one.comparison for one in said}))
    people, judges = _by_people(said, on), _by_judges(said, on)
    rows = [_agreement(one, people[one], other, people[other]) for one, other in combinations(sorted(people), 2)]
    rows += [_agreement(one, judges[one], other, people[other]) for one in sorted(judges) for other in sorted(people)]
    return sorted((row for row in rows if row["n"]), key=lambda row: -row["n"])[:_MOST_AGREEMENTS]


_Said = dict[str, dict[str, Outcome]]
"""By who said it and comparison: the outcome for the comparison's first answer."""


def _by_people(said: Sequence[Preference], on: dict[str, Comparison]) -> _Said:
    """What each person last said."""
    found: _Said = defaultdict(dict)
    for one in said:
        if one.source == "vote" and one.outcome == "ok":
            found[one.author][one.comparison] = of_one(one.overall, _first_is(one, on[one.comparison]))
    return found


def _by_judges(said: Sequence[Preference], on: dict[str, Comparison]) -> _Said:
    """What each judge said in both orders, or in the one that it was asked in."""
    orders: dict[tuple[str, str], dict[str, Side | None]] = defaultdict(dict)
    for one in said:
        if one.source != "vote":
            name = JudgedBy(one.source, one.author, one.prompt_hash).name
            orders[name, one.comparison][_first_is(one, on[one.comparison])] = one.overall
    found: _Said = defaultdict(dict)
    for (name, comparison), by_side in orders.items():
        if len(by_side) == 2:
            found[name][comparison] = of_both(by_side["left"], by_side["right"])
        else:
            ((side, overall),) = by_side.items()
            found[name][comparison] = of_one(overall, "left" if side == "left" else "right")
    return found


def _first_is(said: Preference, comparison: Comparison) -> Literal["left", "right"]:
    return "left" if said.left_answer == comparison.first else "right"


def _agreement(one: str, ones: dict[str, Outcome], other: str, others: dict[str, Outcome]) -> AgreementRow:
    shared = sorted(ones.keys() & others.keys())
    found = agreement([ones[id] for id in shared], [others[id] for id in shared])
    return {"one": one, "other": other, "n": found.n, "kappa": found.mean, "low": found.low, "high": found.high}
