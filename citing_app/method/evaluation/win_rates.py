"""Win rates: the mean of 1, ½ and 0 over instructions, how sure it is, and how many rows a difference takes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from citing_app.method.evaluation.comparisons import Outcome
from citing_app.method.evaluation.intervals import wilson_interval

SIGNIFICANCE, POWER = 0.05, 0.8
"""What `rows_needed` and `smallest_difference` plan for: a two-sided test at 5 % that finds the difference in 80 %."""
_MOST_ROWS = 10**9


@dataclass(frozen=True)
class WinRate:
    """The first answers' share of wins, ties and the like counted as half; all shares in [0, 1].

    `n` counts the valid instructions; of these, `empty` and `identical` were decided by rule. `low` and `high` are the
    95 % interval. `bounds`: the rate if every invalid and inconsistent comparison had been lost, and won. Numbers are
    None where there are too few rows for them, and the interval where all are ties: those say nothing of who would win.
    """

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
    """Whether the bounds leave open which of the two is better."""


def win_rate(outcomes: Iterable[Outcome], *, empty: int = 0, identical: int = 0, level: float = 0.95) -> WinRate:
    """The win rate of one outcome per instruction; `empty` and `identical` say how many of them a rule decided.

    The other side's is 1 − rate, to the last digit, and so are its interval and bounds.
    """
    counts = Counter(outcomes)
    won, lost = counts["win"], counts["loss"]
    halves = counts["tie"] + counts["inconsistent"] + counts["both_bad"]
    rate, low, high = share_of_wins(won, halves, lost, level)
    is_decided = won + lost + counts["inconsistent"] > 0
    bounds = _bounds(counts)
    return WinRate(
        wins=won,
        ties=counts["tie"],
        losses=lost,
        inconsistent=counts["inconsistent"],
        both_bad=counts["both_bad"],
        invalid=counts["invalid"],
        empty=empty,
        identical=identical,
        n=won + halves + lost,
        rate=rate,
        low=low if is_decided else None,
        high=high if is_decided else None,
        standard_error=_standard_error(won, halves, lost),
        bounds=bounds,
        crosses_half=bounds is not None and bounds[0] < 0.5 < bounds[1],
    )


def rows_needed(rate: float, against: float = 0.5) -> int | None:
    """How many rows it takes to find this win rate different from `against`; None where they are the same.

    The one-sample test of a proportion by the normal approximation (Fleiss, Levin and Paik 2003, §2.4).
    """
    if rate == against:
        return None
    normal = NormalDist()
    chance = normal.inv_cdf(1 - SIGNIFICANCE / 2) * math.sqrt(against * (1 - against))
    found = normal.inv_cdf(POWER) * math.sqrt(rate * (1 - rate))
    return math.ceil(((chance + found) / (rate - against)) ** 2)


def smallest_difference(n: int) -> float | None:
    """The smallest distance from a win rate of ½ that `n` rows can show; None where not even winning all shows it."""
    if n < (rows_needed(1.0) or 0):
        return None
    near, far = 0.0, 0.5  # rows_needed falls with the distance
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (near, middle) if (rows_needed(0.5 + middle) or _MOST_ROWS) <= n else (middle, far)
    return far


def share_of_wins(
    won: int, halves: int, lost: int, level: float = 0.95
) -> tuple[float, float, float] | tuple[None, None, None]:
    """The share of wins with halves counted as half, and its interval; None without any row.

    Computed for the side ahead: so the two sides' numbers mirror each other exactly.
    """
    n = won + halves + lost
    if not n:
        return None, None, None
    if lost > won:
        rate, low, high = _ahead(lost, halves, won, level)
        return 1 - rate, 1 - high, 1 - low
    return _ahead(won, halves, lost, level)


def _ahead(won: int, halves: int, lost: int, level: float) -> tuple[float, float, float]:
    n = won + halves + lost
    rate, effective = (2 * won + halves) / (2 * n), effective_n(won, halves, lost)
    low, high = wilson_interval(rate * effective, effective, level)
    low, high = _mirrorable(low), _mirrorable(high)
    return _mirrorable(rate), low, 1 - low if won == lost else high


def _mirrorable(share: float) -> float:
    """The share as a multiple of 2⁻⁵³: taken from 1, and that from 1 again, such a number is itself."""
    return 1 - (1 - share)


def effective_n(won: int, halves: int, lost: int) -> float:
    """How many plain wins and losses would tell as much: n·p(1 − p)/var(s), in [n, 2n]; n where all are alike.

    Two orders are two looks at an instruction: with halves, s varies less than a coin of the same mean, and Wilson on
    n would be too wide.
    """
    n, scored = won + halves + lost, 2 * won + halves
    spread = _spread(won, halves, lost)
    return min(2.0 * n, max(float(n), n * (scored * (2 * n - scored)) / spread)) if spread else float(n)


def _spread(won: int, halves: int, lost: int) -> int:
    """4n²·var(s), a whole number."""
    n = won + halves + lost
    return n * (4 * won + halves) - (2 * won + halves) ** 2


def _standard_error(won: int, halves: int, lost: int) -> float | None:
    n = won + halves + lost
    return math.sqrt(_spread(won, halves, lost) / (n - 1)) / (2 * n) if n > 1 else None


def _bounds(counts: Counter[Outcome]) -> tuple[float, float] | None:
    n = counts.total()
    if not n:
        return None
    sure = 2 * counts["win"] + counts["tie"] + counts["both_bad"]
    lost = 2 * counts["loss"] + counts["tie"] + counts["both_bad"]
    low, high = _mirrorable(sure / (2 * n)), 1 - _mirrorable(lost / (2 * n))
    if sure + lost < 2 * n:
        return low, high
    return (low, low) if sure >= lost else (high, high)  # nothing is open: both are the rate, to its last digit
