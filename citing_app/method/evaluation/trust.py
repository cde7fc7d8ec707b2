"""What a judge's win rates can be trusted with: its biases, its failures, and how far it agrees with people.

Comparisons that a rule decided are no judge's work: leave them out here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citing_app.method.agreement import coefficient
from citing_app.method.evaluation.comparisons import Outcome, Preference, of_both
from citing_app.method.evaluation.intervals import Estimate, quantiles, share
from citing_app.method.evaluation.lengths import Sized
from citing_app.method.evaluation.win_rates import share_of_wins

_SEED = 0
_LABELS: tuple[Outcome, ...] = ("win", "tie", "loss")
_NO_CHOICE: dict[Outcome, Outcome] = {"both_bad": "tie", "inconsistent": "tie"}
Table = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """A comparison as a judge answered it with the first answer on the left, and on the right; lengths of both.

    None is a reply that could not be read.
    """

    first_left: Preference | None
    first_right: Preference | None
    first_length: int
    second_length: int

    @property
    def sized(self) -> Sized:
        """Its outcome, with the lengths."""
        return Sized(of_both(self.first_left, self.first_right), self.first_length, self.second_length)


@dataclass(frozen=True)
class Trust:
    """Shares in [0, 1] with their 95 % intervals.

    `inconsistent`: of the valid comparisons, those whose orders disagree. `first_place`: how often the answer on the
    left is chosen, of the comparisons with a choice; ½ is fair. `longer_wins`: of the comparisons won or lost by
    answers of different lengths, those that the longer won. `invalid`: of all comparisons, those without a result.
    """

    inconsistent: Estimate
    first_place: Estimate
    longer_wins: Estimate
    invalid: Estimate


def trust(asked: Sequence[Asked]) -> Trust:
    """The judge's figures over comparisons asked in both orders."""
    rows = [one.sized for one in asked]
    inconsistent = sum(row.outcome == "inconsistent" for row in rows)
    invalid = sum(row.outcome == "invalid" for row in rows)
    return Trust(
        inconsistent=share(inconsistent, len(rows) - invalid),
        first_place=first_place((one.first_left, one.first_right) for one in asked),
        longer_wins=longer_wins(rows),
        invalid=share(invalid, len(rows)),
    )


def first_place(asked: Iterable[Sequence[Preference | None]]) -> Estimate:
    """How often the left answer is chosen; each comparison gives the preferences of the orders it was asked in.

    A comparison counts once, as the left one's share of its choices: two orders are not independent. Its interval is
    that of a win rate, with the left place for the first answer.
    """
    chosen = [places for one in asked if (places := {side for side in one if side in ("left", "right")})]
    both, left = sum(len(places) == 2 for places in chosen), sum(places == {"left"} for places in chosen)
    rate, low, high = share_of_wins(left, both, len(chosen) - both - left)
    return Estimate(rate, low, high, len(chosen))


def longer_wins(rows: Sequence[Sized]) -> Estimate:
    """How often the longer answer wins, of those won or lost by answers of different lengths; for people, too."""
    decided = [row for row in rows if row.outcome in ("win", "loss") and row.difference]
    return share(sum((row.outcome == "win") == (row.difference > 0) for row in decided), len(decided))


def agreement(judge: Sequence[Outcome], people: Sequence[Outcome], level: float = 0.95, draws: int = 2000) -> Estimate:
    """Cohen's κ of a judge and people over the same comparisons in the same order, with its bootstrap interval.

    Three things can be said: win, loss, and no choice (tie, both bad, inconsistent). Comparisons that are invalid for
    either are left out. The mean is None with fewer than two, or where all say the same: chance explains that too.
    """
    both = zip(judge, people, strict=True)
    said = [(_label(one), _label(other)) for one, other in both if "invalid" not in (one, other)]
    table = np.array([[said.count((one, other)) for other in _LABELS] for one in _LABELS])
    if len(said) < 2 or len({label for pair in said for label in pair}) < 2:
        return Estimate(None, None, None, len(said))
    rows = [(who, row, label) for row, pair in enumerate(sorted(said)) for who, label in zip("jp", pair, strict=True)]
    drawn = np.random.default_rng(_SEED).multinomial(len(said), table.ravel() / len(said), size=draws)
    return Estimate(coefficient(rows, "jp"), *quantiles(_kappas(drawn.reshape(-1, *table.shape)), level), len(said))


def _label(outcome: Outcome) -> Outcome:
    return _NO_CHOICE.get(outcome, outcome)


def _kappas(tables: Table) -> npt.NDArray[np.float64]:
    """κ of each table, where it has one; by the formula, because NLTK takes rows."""
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    agreed = np.trace(shares, axis1=1, axis2=2)
    by_chance = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
    has_one = by_chance < 1
    kappas: npt.NDArray[np.float64] = (agreed - by_chance)[has_one] / (1 - by_chance)[has_one]
    return kappas
