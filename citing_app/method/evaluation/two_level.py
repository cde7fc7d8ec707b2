"""Bootstrap intervals over two levels: seeds are drawn, and rows, as both were drawn when the runs were made.

A method that is trained with another seed is another student. An interval over rows alone says how one student would do
on other rows; this one says how the method would, trained again and measured on other rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from citing_app.method.evaluation.intervals import Estimate, quantiles

_SEED = 0


def two_level(values: npt.NDArray[np.float64], level: float = 0.95, draws: int = 2000) -> Estimate:
    """The mean of `values`, shape [seeds, rows], with its percentile interval; all seeds share the rows that are drawn.

    With one seed only rows are drawn, and with one row there is no interval. The order of seeds and rows changes
    nothing. Raises ValueError for no values.
    """
    seeds, rows = values.shape
    if not values.size:
        raise ValueError("nothing to estimate from")
    mean = float(values.mean())
    if rows < 2:
        return Estimate(mean, None, None, rows)
    generator = np.random.default_rng(_SEED)
    of_seeds, of_rows = (_counts(generator, number, draws) for number in (seeds, rows))
    drawn = np.einsum("ds,sr,dr->d", of_seeds, _ordered(values), of_rows, optimize=True) / values.size
    return Estimate(mean, *quantiles(drawn, level), rows)


def _counts(generator: np.random.Generator, number: int, draws: int) -> npt.NDArray[np.float64]:
    """How often each of `number` is drawn, shape [draws, number]."""
    cells = generator.integers(0, number, size=(draws, number)) + number * np.arange(draws)[:, None]
    return np.bincount(cells.ravel(), minlength=draws * number).reshape(draws, number).astype(np.float64)


def _ordered(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The same values in an order that theirs does not change: seeds by their mean, rows by their values."""
    by_seed = values[np.argsort(values.mean(axis=1), kind="stable")]
    return by_seed[:, np.lexsort(by_seed)]
