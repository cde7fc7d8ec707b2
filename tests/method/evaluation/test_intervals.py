"""Intervals: what they hold, how wide they are, and that the order of rows changes none of their digits."""

from __future__ import annotations

import numpy as np
import pytest

from citing_app.method.evaluation.intervals import (
    Estimate,
    bootstrap_interval,
    estimated,
    paired_difference,
    standard_error,
    wilson_interval,
)


def test_the_interval_holds_the_mean_and_can_be_repeated() -> None:
    values = np.random.default_rng(3).uniform(size=80).tolist()
    low, high = bootstrap_interval(values)
    assert low < float(np.mean(values)) < high
    assert bootstrap_interval(values) == (low, high)
    error = float(np.std(values)) / 80**0.5
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_a_higher_level_is_wider_and_more_rows_are_narrower() -> None:
    values = np.random.default_rng(4).uniform(size=50).tolist()
    narrow, wide = bootstrap_interval(values, level=0.5), bootstrap_interval(values, level=0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    many = bootstrap_interval(values * 20)
    plain = bootstrap_interval(values)
    assert many[1] - many[0] < (plain[1] - plain[0]) / 3


def test_one_value_is_its_own_interval() -> None:
    assert bootstrap_interval([0.25]) == (0.25, 0.25)


def test_the_interval_of_many_rows_is_drawn_in_parts() -> None:
    values = np.random.default_rng(5).normal(2, 1, size=20_000).tolist()
    low, high = bootstrap_interval(values, draws=500)
    error = standard_error(values)
    assert error
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_a_paired_difference_is_far_narrower_than_the_two_intervals() -> None:
    generator = np.random.default_rng(6)
    hardness = generator.normal(size=200)
    before = hardness + generator.normal(0, 0.1, size=200)
    after = hardness + 0.1 + generator.normal(0, 0.1, size=200)
    assert bootstrap_interval(after.tolist())[0] < bootstrap_interval(before.tolist())[1]
    found = paired_difference(after.tolist(), before.tolist())
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.1 < found.high < 0.15
    assert found.mean == pytest.approx(float((after - before).mean()))


def test_the_order_of_rows_changes_no_digit() -> None:
    generator = np.random.default_rng(7)
    first, second = generator.uniform(size=(2, 101))
    order = generator.permutation(101)
    assert paired_difference(first[order].tolist(), second[order].tolist()) == paired_difference(
        first.tolist(), second.tolist()
    )


def test_one_row_has_a_mean_and_no_interval_and_no_row_has_neither() -> None:
    assert paired_difference([0.75], [0.5]) == Estimate(0.25, None, None, 1)
    assert estimated([]) == Estimate(None, None, None, 0)
    assert (standard_error([]), standard_error([1.0])) == (None, None)


def test_lists_of_different_lengths_are_not_paired() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (20, 20, 0.8389, 1.0), (0, 0, 0, 1)],
)
def test_wilson_interval_as_newcombe_gives_it(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    assert wilson_interval(successes, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize("n", [1, 3, 32, 805, 1500])
def test_wilson_reaches_the_ends_exactly(n: int) -> None:
    assert wilson_interval(0, n)[0] == 0.0
    assert wilson_interval(n, n)[1] == 1.0
