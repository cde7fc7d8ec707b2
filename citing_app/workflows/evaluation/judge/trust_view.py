"""What a win rate can be trusted with, as pages and commands show it: the judge's habits, people, and length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypedDict, cast

from citing_app.method.evaluation.comparisons import Outcome, by_rule, of_both, of_one, of_several
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.lengths import Sized, Third, by_thirds, length_controlled
from citing_app.method.evaluation.trust import Asked, agreement, first_place, longer_wins, trust
from citing_app.method.judging import Aspect
from citing_app.store.comparisons import Preference
from citing_app.workflows.evaluation.judge.judging import Case


class RateView(TypedDict):
    """A `WinRate`: counts, the rate with its 95 % interval, and its bounds; shares are in [0, 1]."""

    wins: int
    ties: int
    losses: int
    inconsistent: int
    both_bad: int
    invalid: int
    empty: int
    identical: int
    n: int
    rate: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    bounds: tuple[float, float] | None
    crosses_half: bool


class EstimateView(TypedDict):
    """An `Estimate`: over `n` rows, None where they say too little."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class ThirdView(TypedDict):
    """The win rate where the first answer is longer by `shortest` to `longest` characters."""

    shortest: int | None
    longest: int | None
    rate: RateView


class LengthsView(TypedDict):
    """Win rates by thirds of the difference in length, and the rate at none, without a term for difficulty."""

    thirds: list[ThirdView]
    controlled: EstimateView


class TrustView(TypedDict):
    """The judge's habits over what no rule settled, and the same of people who voted on the same comparisons.

    `agreement` is Cohen's κ of the judge and people, over the comparisons that both judged.
    """

    inconsistent: EstimateView
    first_place: EstimateView
    longer_wins: EstimateView
    invalid: EstimateView
    agreement: EstimateView
    people_first_place: EstimateView
    people_longer_wins: EstimateView


@dataclass(frozen=True)
class Said:
    """A case with what one judge last said of it in each order (None: not asked), and the votes of people on it."""

    case: Case
    both: tuple[Preference | None, Preference | None]
    votes: tuple[Preference, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether a rule settles the comparison, or both orders were asked."""
        return bool(self.case.rule) or None not in self.both

    @property
    def lengths(self) -> tuple[int, int]:
        """The characters of the first answer and of the second."""
        return len(self.case.first.text), len(self.case.second.text)

    @property
    def asked(self) -> Asked:
        """What was said overall in both orders; None is a reply that could not be read."""
        first_left, first_right = (one.overall if one else None for one in self.both)
        return Asked(first_left, first_right, *self.lengths)

    def outcome(self, aspect: Aspect = "overall") -> Outcome:
        """What it comes to for the first model; only for one that is judged."""
        ruled = by_rule(self.case.first.text, self.case.second.text)
        if ruled:
            return ruled[0]
        first_left, first_right = (getattr(one, aspect) if one else None for one in self.both)
        return of_both(first_left, first_right)

    def voted(self) -> Outcome:
        """What the votes come to for the first model; invalid without any."""
        key = self.case.first.key
        return of_several([of_one(one.overall, "left" if one.left_answer == key else "right") for one in self.votes])


def lengths_view(judged: Sequence[Said]) -> LengthsView:
    """Whether answers win by being longer; of all that is judged."""
    rows = [Sized(one.outcome(), *one.lengths) for one in judged]
    return {"thirds": [_third(one) for one in by_thirds(rows)], "controlled": _estimate(length_controlled(rows))}


def trust_view(judged: Sequence[Said]) -> TrustView:
    """The judge's habits, and people's; of all that is judged and that no rule settles."""
    rows = [one for one in judged if not one.case.rule]
    found = trust([row.asked for row in rows])
    kappa = agreement([row.outcome() for row in rows], [row.voted() for row in rows])
    return {
        "inconsistent": _estimate(found.inconsistent),
        "first_place": _estimate(found.first_place),
        "longer_wins": _estimate(found.longer_wins),
        "invalid": _estimate(found.invalid),
        "agreement": _estimate(kappa),
        "people_first_place": _estimate(first_place([[one.overall] for row in rows for one in row.votes])),
        "people_longer_wins": _estimate(longer_wins([Sized(row.voted(), *row.lengths) for row in rows])),
    }


def _third(one: Third) -> ThirdView:
    return {"shortest": one.shortest, "longest": one.longest, "rate": cast(RateView, asdict(one.rate))}


def _estimate(one: Estimate) -> EstimateView:
    return {"mean": one.mean, "low": one.low, "high": one.high, "n": one.n}
