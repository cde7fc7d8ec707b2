"""All models that one judge compared, rated on one scale: how likely each is to beat the anchor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.method.evaluation.comparisons import SCORES
from citing_app.method.evaluation.ratings import Game, Rating, ratings
from citing_app.store import rounds
from citing_app.store.answers import Model
from citing_app.store.database import Store
from citing_app.workflows.evaluation.arena.handing import labels
from citing_app.workflows.evaluation.judge.compared import Compared, chosen_set, compared_on
from citing_app.workflows.evaluation.judge.judging import JudgedBy
from citing_app.workflows.evaluation.judge.win_rates_view import said_of
from citing_app.workflows.evaluation.lineage import SFT
from citing_app.workflows.evaluation.requests import OneJudge


class RatingView(TypedDict):
    """A model's probability to beat the anchor, with its 95 % interval; without one, `why` it is not rateable."""

    name: str
    games: int
    beats_anchor: float | None
    low: float | None
    high: float | None
    why: str


class RatingsView(TypedDict):
    """The strongest model first, from comparisons on `n` instructions; `anchor` is SFT, else the base model."""

    anchor: str
    n: int
    ratings: list[RatingView]


def ratings_view(store: Store, asked: OneJudge) -> RatingsView:
    """The ratings by what this judge said overall. It takes seconds for many models.

    Raises CitingError where this judge compared nothing on the test set.
    """
    chosen = chosen_set(store, asked.test_set)
    every = compared_on(store, chosen, asked.answer) if chosen else []
    by = JudgedBy(asked.source, asked.judge, asked.prompt_hash)
    compared = [one for one in every if one.by == by]
    if not compared:
        raise CitingError("This judge has compared nothing here.")
    models = list(dict.fromkeys(model for one in compared for model in one.models))
    name_of, anchor = labels(models), _anchor(store, models)
    games = [game for one in compared for game in _games(store, one, name_of)]
    return {
        "anchor": name_of[anchor.key],
        "n": len({game.instruction for game in games}),
        "ratings": [_view(one) for one in ratings(games, name_of[anchor.key])],
    }


def _games(store: Store, compared: Compared, name_of: dict[str, str]) -> list[Game]:
    """One for each valid comparison."""
    first, second = (name_of[model.key] for model in compared.models)
    said = [one for one in said_of(store, compared.by, compared.cases) if one.is_judged]
    return [
        Game(one.case.instruction.hash, first, second, SCORES[one.outcome()]) for one in said if one.outcome() in SCORES
    ]


def _anchor(store: Store, models: Sequence[Model]) -> Model:
    """The newest SFT round; without one the base model, and without that the first of the models."""
    with store.read() as cursor:
        sft = {row.number for row in rounds.listed(cursor) if row.kind == SFT}
    taught = [one for one in models if one.round in sft]
    if taught:
        return max(taught, key=lambda one: one.round or 0)
    return next((one for one in models if one.adapter_hash is None), models[0])


def _view(one: Rating) -> RatingView:
    return {
        "name": one.model,
        "games": one.games,
        "beats_anchor": one.beats_anchor,
        "low": one.low,
        "high": one.high,
        "why": one.why,
    }
