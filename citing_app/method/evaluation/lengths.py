"""Whether answers win by being longer: win rates by thirds, and the rate that is left at equal length.

Judges like long answers (Dubois et al. 2024, arXiv 2404.04475). The length-controlled rate here takes their length
term and leaves out their term for the instruction's difficulty, which needs many models: it is a number of its own,
"length-controlled, no difficulty term", and not AlpacaEval's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citing_app.method.evaluation.comparisons import SCORES, Outcome
from citing_app.method.evaluation.intervals import Estimate, quantiles
from citing_app.method.evaluation.win_rates import WinRate, win_rate

_SEED = 0
_STEPS, _CLOSE, _RIDGE = 25, 1e-9, 1e-8
_AT_ONCE = 1_000_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sized:
    """An outcome with the lengths of the first answer and of the second, both in the same unit."""

    outcome: Outcome
    first: int
    second: int

    @property
    def difference(self) -> int:
        """How much longer the first answer is."""
        return self.first - self.second


@dataclass(frozen=True)
class Third:
    """The win rate where the first answer is longer by `shortest` to `longest`; None where no row is."""

    shortest: int | None
    longest: int | None
    rate: WinRate


def by_thirds(rows: Sequence[Sized]) -> tuple[Third, Third, Third]:
    """The rows in three parts of about one size: the first answer shortest, in between, and longest beside the second.

    Rows of one difference stay together, those on a border in the middle; so swapped sides give the mirror image.
    """
    if not rows:
        return _third([]), _third([]), _third([])
    low, high = np.quantile([row.difference for row in rows], [1 / 3, 2 / 3])
    return (
        _third([row for row in rows if row.difference < low]),
        _third([row for row in rows if low <= row.difference <= high]),
        _third([row for row in rows if row.difference > high]),
    )


def _third(rows: Sequence[Sized]) -> Third:
    differences = [row.difference for row in rows]
    return Third(min(differences, default=None), max(differences, default=None), win_rate(row.outcome for row in rows))


def length_controlled(rows: Sequence[Sized], level: float = 0.95, draws: int = 500) -> Estimate:
    """The win rate at length difference 0: expit(a) of the fit s ~ expit(a + b·tanh(difference / its deviation)).

    The interval is the bootstrap of the whole fit, the deviation too; None where nobody won. All None where it can't be
    estimated: without rows that won something and rows that lost something, or where all differences are the same.
    """
    valid = [(row.difference, SCORES[row.outcome]) for row in rows if row.outcome in SCORES]
    balance = math.fsum(score - 0.5 for _, score in valid), sum(difference for difference, _ in valid)
    if balance < (0, 0):  # fitted for the side ahead, so that the two sides' numbers mirror each other
        found = _controlled([(-difference, 1 - score) for difference, score in valid], level, draws)
        mean, low, high = (None if one is None else 1 - one for one in (found.mean, found.high, found.low))
        return Estimate(mean, low, high, found.n)
    return _controlled(valid, level, draws)


def _controlled(rows: Sequence[tuple[float, float]], level: float, draws: int) -> Estimate:
    """The fit to (length difference, score) of each row."""
    valid = sorted(rows)
    differences = np.array([difference for difference, _ in valid], dtype=np.float64)
    scores = np.array([score for _, score in valid], dtype=np.float64)
    n = len(valid)
    if not n or scores.min() == 1 or scores.max() == 0 or np.ptp(differences) == 0:
        return Estimate(None, None, None, n)
    rate = float(rates_at_equal_length(differences[None], scores[None])[0])
    if np.ptp(scores) == 0:  # ties alone: drawn anew they are the same
        return Estimate(rate, None, None, n)
    generator, size = np.random.default_rng(_SEED), max(1, _AT_ONCE // n)
    drawn = []
    for start in range(0, draws, size):
        places = generator.integers(0, n, size=(min(size, draws - start), n))
        drawn.append(rates_at_equal_length(differences[places], scores[places]))
    return Estimate(rate, *quantiles(np.concatenate(drawn), level), n)


def rates_at_equal_length(differences: Floats, scores: Floats) -> Floats:
    """expit(a) of each line of rows by Newton's method, on all lines at once: a library fits one line at a time.

    A ridge far below what any digit shows keeps a line without an answer, such as one of wins alone, at 0 or 1.
    """
    deviation = differences.std(axis=1, ddof=1, keepdims=True)
    x = np.tanh(np.divide(differences, deviation, out=np.zeros_like(differences), where=deviation > 0))
    squared = x * x
    a = b = np.zeros((len(x), 1))
    for _ in range(_STEPS):
        p = _expit(a + b * x)
        weight, rest = p * (1 - p), scores - p
        along_a, along_b = _total(rest) - _RIDGE * a, _total(rest * x) - _RIDGE * b
        aa, ab, bb = _total(weight) + _RIDGE, _total(weight * x), _total(weight * squared) + _RIDGE
        determinant = aa * bb - ab**2
        step = (bb * along_a - ab * along_b) / determinant
        a, b = a + step, b + (aa * along_b - ab * along_a) / determinant
        if np.abs(step).max() < _CLOSE:
            break
    return _expit(a)[:, 0]


def _total(values: Floats) -> Floats:
    total: Floats = values.sum(axis=1, keepdims=True)
    return total


def _expit(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))
