"""Many intervals at once are those that each column would have had alone."""

from __future__ import annotations

import numpy as np
import pytest

from citing_app.method.evaluation.bulk import estimates
from citing_app.method.evaluation.intervals import estimated


@pytest.mark.parametrize("n", [2, 7, 100, 3000])
def test_columns_have_the_intervals_that_each_has_alone(n: int) -> None:
    generator = np.random.default_rng(n)
    columns = [generator.random(n), np.zeros(n), generator.random(n) - 0.5, generator.random(1), np.empty(0)]
    for column, found in zip(columns, estimates(columns), strict=True):
        alone = estimated(column.tolist())
        assert (found.mean, found.n) == (alone.mean, alone.n)
        assert (found.low, found.high) == (pytest.approx(alone.low), pytest.approx(alone.high))


def test_the_order_of_the_rows_and_of_the_columns_changes_nothing() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.random(50), generator.random(50)
    assert estimates([first, second]) == estimates([second[::-1], first[::-1]])[::-1]
