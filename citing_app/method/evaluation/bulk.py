"""Bootstrap intervals of many means at once: pages show hundreds, all on the same few thousand rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from citing_app.method.evaluation.intervals import Estimate, mean

Values = npt.NDArray[np.float64]
_SEED = 0
_AT_ONCE = 2_000_000
"""Rows drawn at once: memory does not grow with the draws."""


def estimates(columns: Sequence[Values], level: float = 0.95, draws: int = 2000) -> list[Estimate]:
    """For each column of values, shape [its rows], what `intervals.estimated` gives: its mean and bootstrap interval.

    Columns of one length share the rows that are drawn, so a thousand intervals cost little more than one.
    """
    by_length: dict[int, list[int]] = defaultdict(list)
    for place, column in enumerate(columns):
        by_length[len(column)].append(place)
    found = [Estimate(mean(column.tolist()), None, None, len(column)) for column in columns]
    for n, places in by_length.items():
        if n < 2:
            continue
        values = np.stack([np.sort(columns[place]) for place in places], axis=1)
        drawn = np.concatenate([counts @ values / n for counts in _counts(n, draws)])
        tail = (1 - level) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        for at, place in enumerate(places):
            found[place] = Estimate(found[place].mean, float(low[at]), float(high[at]), n)
    return found


def _counts(n: int, draws: int) -> Iterator[Values]:
    """How often each of `n` rows is drawn, shape [draws at once, n]: a mean is then a product of matrices."""
    generator = np.random.default_rng(_SEED)
    rows = max(1, _AT_ONCE // n)
    for start in range(0, draws, rows):
        size = min(rows, draws - start)
        cells = generator.integers(0, n, size=(size, n)) + n * np.arange(size)[:, None]
        yield np.bincount(cells.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)
