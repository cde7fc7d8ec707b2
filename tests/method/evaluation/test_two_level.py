"""The bootstrap over seeds and rows."""

from __future__ import annotations

import numpy as np
import pytest

from citing_app.method.evaluation.intervals import estimated
from citing_app.method.evaluation.two_level import two_level


def drawn(seeds: int, rows: int, between: float, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(0, between, (seeds, 1)) + generator.normal(0, 1, (seeds, rows))


def test_one_seed_gives_about_the_interval_over_rows() -> None:
    values = drawn(1, 200, 0)
    ours, theirs = two_level(values), estimated(values[0].tolist())
    assert ours.mean == pytest.approx(theirs.mean)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_seeds_that_differ_widen_the_interval_and_more_rows_do_not_hide_it() -> None:
    alike, apart = (two_level(drawn(3, 2_000, between)) for between in (0, 1))
    assert alike.high - alike.low < 0.1 < 0.4 < apart.high - apart.low  # type: ignore[operator]


def test_it_covers_the_truth_nearly_as_often_as_it_says() -> None:
    """Of 5 seeds a percentile interval covers less than 95 %, as is known (Davison and Hinkley 1997, §5.3)."""
    covered = 0
    for seed in range(200):
        found = two_level(drawn(5, 50, 0.5, seed), draws=400)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0 <= found.high
    assert 0.75 * 200 <= covered <= 0.99 * 200


def test_the_order_of_seeds_and_rows_changes_nothing() -> None:
    values = drawn(3, 40, 0.3)
    found = two_level(values)
    shuffled = two_level(values[::-1, np.random.default_rng(2).permutation(40)])
    assert (shuffled.low, shuffled.high) == pytest.approx((found.low, found.high))


def test_too_little_says_so() -> None:
    assert two_level(np.ones((3, 1))).low is None
    with pytest.raises(ValueError, match="nothing"):
        two_level(np.ones((0, 4)))
