"""What people's votes come to over all sessions: every two models that they voted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

from citing_app.method.evaluation.comparisons import Outcome, of_one, of_several
from citing_app.method.evaluation.win_rates import win_rate
from citing_app.store import answers, comparisons
from citing_app.store.answers import Answer
from citing_app.store.comparisons import Comparison, Preference
from citing_app.store.database import Store
from citing_app.workflows.evaluation.arena.handing import labels


class VotedView(TypedDict):
    """How often people found a model's answers better than those of an earlier one, with the 95 % interval of the rate.

    Several `votes` on one pair of answers count once, as what most of them say; where none leads, as inconsistent.
    """

    model: str
    against: str
    answer: str
    votes: int
    people: int
    wins: int
    ties: int
    losses: int
    both_bad: int
    inconsistent: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


class _Vote(NamedTuple):
    """A vote, with what it says of the later one of the two models."""

    comparison: str
    person: str
    outcome: Outcome


_Match = tuple[str, str, str]
"""The later model and the earlier one, by their keys, and the kind of answer."""


def voted_view(store: Store) -> list[VotedView]:
    """The votes that stand, by the two models and the kind of answer; none where nobody has voted."""
    with store.read() as cursor:
        said = [one for one in comparisons.standing(cursor) if one.source == "vote" and one.outcome == "ok"]
        on = comparisons.get(cursor, list({one.comparison for one in said}))
        texts = answers.get(cursor, [key for one in on.values() for key in (one.first, one.second)])
        named = labels(answers.models(cursor))
    return [_view(match, votes, named) for match, votes in sorted(_matches(said, on, texts, [*named]).items())]


def _matches(
    said: Sequence[Preference], on: Mapping[str, Comparison], texts: Mapping[str, Answer], models: Sequence[str]
) -> dict[_Match, list[_Vote]]:
    found: dict[_Match, list[_Vote]] = defaultdict(list)
    for one in said:
        pair = (texts[on[one.comparison].first], texts[on[one.comparison].second])
        earlier, later = sorted(pair, key=lambda answer: models.index(answer.model))
        outcome = of_one(one.overall, "left" if one.left_answer == later.key else "right")
        found[later.model, earlier.model, later.kind].append(_Vote(one.comparison, one.author, outcome))
    return found


def _view(match: _Match, votes: Sequence[_Vote], named: Mapping[str, str]) -> VotedView:
    by_comparison: dict[str, list[Outcome]] = defaultdict(list)
    for one in votes:
        by_comparison[one.comparison].append(one.outcome)
    rate = win_rate(map(of_several, by_comparison.values()))
    return {
        "model": named[match[0]],
        "against": named[match[1]],
        "answer": match[2],
        "votes": len(votes),
        "people": len({one.person for one in votes}),
        "wins": rate.wins,
        "ties": rate.ties,
        "losses": rate.losses,
        "both_bad": rate.both_bad,
        "inconsistent": rate.inconsistent,
        "n": rate.n,
        "rate": rate.rate,
        "low": rate.low,
        "high": rate.high,
    }
