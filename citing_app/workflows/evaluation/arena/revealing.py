"""The reveal: who wrote what in a blind session, and how often each model won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, TypedDict

from citing_app.method.evaluation.comparisons import of_one
from citing_app.method.evaluation.win_rates import win_rate
from citing_app.store import answers, arena
from citing_app.store.arena import Place, Session
from citing_app.store.comparisons import Preference, Side
from citing_app.store.database import Cursor
from citing_app.types import Person
from citing_app.workflows.evaluation.arena.handing import (
    Names,
    PairView,
    SessionView,
    handed_by,
    labels,
    names_of,
    pair_views,
    standing,
)
from citing_app.workflows.evaluation.arena.requests import OneSession
from citing_app.workflows.evaluation.arena.voting import found_session
from citing_app.workflows.studio import Studio

Aspect = Literal["overall", "articulate", "in_depth", "comprehensive"]
ASPECTS: tuple[Aspect, ...] = ("overall", "articulate", "in_depth", "comprehensive")


class Rates(TypedDict):
    """How often a model won against another, by one aspect; the rate in [0, 1] with its 95 % interval."""

    wins: int
    ties: int
    both_bad: int
    losses: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


class Match(TypedDict):
    """Two models that met in a session: what `model` made against `against`, by aspect."""

    model: str
    against: str
    rates: dict[str, Rates]


class Stood(TypedDict):
    """How often a model stood on the left and on the right."""

    model: str
    left: int
    right: int


class Shown(TypedDict):
    """A pair with its names and what was said of it; `prefer` is None where nothing was."""

    pair: PairView
    names: Names
    prefer: Side | Literal["skip"] | None


class RevealView(TypedDict):
    """A session with its names."""

    session: SessionView
    matches: list[Match]
    stood: list[Stood]
    pairs: list[Shown]


def reveal(studio: Studio, asked: OneSession, person: Person) -> RevealView:
    """End a session of the person's, where it has not ended, and show its names: nothing is voted in it afterwards."""
    with studio.store.write() as cursor:
        session = found_session(cursor, asked.session, person.name)
        arena.reveal(cursor, session.id)
        return _revealed(cursor, found_session(cursor, session.id, person.name))


def _revealed(cursor: Cursor, session: Session) -> RevealView:
    places = arena.places(cursor, session.id)
    said = {one.comparison: one for one in standing(arena.said(cursor, session.id))}
    views, names = pair_views(cursor, places), [names_of(cursor, place) for place in places]
    return {
        "session": handed_by(cursor, session)["session"],
        "matches": _matches(cursor, places, names, said),
        "stood": _stood(names),
        "pairs": [
            {"pair": view, "names": named, "prefer": _prefer(said.get(place.comparison))}
            for place, view, named in zip(places, views, names, strict=True)
        ],
    }


def _prefer(said: Preference | None) -> Side | Literal["skip"] | None:
    if said is None:
        return None
    return "skip" if said.outcome == "skip" else said.overall


def _matches(
    cursor: Cursor, places: Sequence[Place], names: Sequence[Names], said: dict[str, Preference]
) -> list[Match]:
    """Every two models that met; the later one of the list of models against the earlier."""
    order = list(labels(answers.models(cursor)).values())
    met: dict[tuple[str, str], list[tuple[Preference, bool]]] = defaultdict(list)
    for place, named in zip(places, names, strict=True):
        vote = said.get(place.comparison)
        if vote is not None and vote.outcome == "ok":
            against, model = sorted((named["left"], named["right"]), key=order.index)
            met[model, against].append((vote, named["left"] == model))
    return [
        {"model": model, "against": against, "rates": {aspect: _rates(votes, aspect) for aspect in ASPECTS}}
        for (model, against), votes in sorted(met.items())
    ]


def _rates(votes: Sequence[tuple[Preference, bool]], aspect: Aspect) -> Rates:
    """How the model fared by one aspect; a vote that says nothing of it does not count."""
    told = [(getattr(vote, aspect), is_left) for vote, is_left in votes]
    found = win_rate(of_one(said, "left" if is_left else "right") for said, is_left in told if said is not None)
    return {
        "wins": found.wins,
        "ties": found.ties,
        "both_bad": found.both_bad,
        "losses": found.losses,
        "n": found.n,
        "rate": found.rate,
        "low": found.low,
        "high": found.high,
    }


def _stood(names: Sequence[Names]) -> list[Stood]:
    models = sorted({one[side] for one in names for side in ("left", "right")})
    return [
        {
            "model": model,
            "left": sum(one["left"] == model for one in names),
            "right": sum(one["right"] == model for one in names),
        }
        for model in models
    ]
