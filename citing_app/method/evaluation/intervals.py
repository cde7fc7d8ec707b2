"""Intervals around means, rates and paired differences. None of them depends on the order of the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

_SEED = 0
_AT_ONCE = 1_000_000
"""Values drawn at once: what a bootstrap holds in memory does not grow with its draws."""


@dataclass(frozen=True)
class Estimate:
    """A mean, rate, difference or coefficient over `n` rows, with its interval; None where `n` says too little."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


def mean(values: Sequence[float]) -> float | None:
    """The mean, correctly rounded, so that it is the same in every order; None of nothing."""
    return math.fsum(values) / len(values) if values else None


def standard_error(values: Sequence[float]) -> float | None:
    """The standard error of the mean, by the sample's standard deviation (n − 1); None for fewer than two values."""
    if len(values) < 2:
        return None
    middle = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1) / len(values))


def estimated(values: Sequence[float], level: float = 0.95) -> Estimate:
    """The mean of the values with its bootstrap interval, which takes two values at least."""
    low, high = bootstrap_interval(values, level) if len(values) > 1 else (None, None)
    return Estimate(mean(values), low, high, len(values))


def share(part: int, n: int, level: float = 0.95) -> Estimate:
    """The share of `part` in `n` rows, with Wilson's interval."""
    return Estimate(part / n, *wilson_interval(part, n, level), n) if n else Estimate(None, None, None, 0)


def paired_difference(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> Estimate:
    """How much more the first values are than the second, row by row: the mean difference with its interval.

    Both lists hold the same rows in the same order; rows are drawn with both their values, so what makes a row hard
    for both does not widen the interval. Raises ValueError for lists of different lengths.
    """
    return estimated([one - other for one, other in zip(first, second, strict=True)], level)


def bootstrap_interval(values: Sequence[float], level: float = 0.95, draws: int = 2000) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean of one value or more (Efron 1979), seeded to be repeatable."""
    sample = np.sort(np.asarray(values, dtype=np.float64))
    generator = np.random.default_rng(_SEED)
    n, rows = len(sample), max(1, _AT_ONCE // len(sample))
    sizes = [min(rows, draws - start) for start in range(0, draws, rows)]
    means = [sample[generator.integers(0, n, size=(size, n))].mean(axis=1) for size in sizes]
    return quantiles(np.concatenate(means), level)


def quantiles(drawn: npt.NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """The percentile interval of what a bootstrap drew."""
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def wilson_interval(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a rate (Wilson 1927), in [0, 1]; all of [0, 1] where n is 0.

    Halves and an effective n need not be whole numbers.
    """
    if not n:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    rate, weight = successes / n, z * z / n
    middle = (rate + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(rate * (1 - rate) / n + weight / (4 * n))
    return (middle - half if rate else 0.0), (middle + half if rate < 1 else 1.0)  # where rounding would miss the ends
