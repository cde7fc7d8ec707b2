"""Win rates: counts, intervals that hold the truth as often as they say, and what a number of rows can show."""

from __future__ import annotations

import itertools
import random
from math import comb

import numpy as np
import pytest

from citing_app.method.evaluation.comparisons import OUTCOMES, Outcome, swapped
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.lengths import Sized, length_controlled
from citing_app.method.evaluation.ratings import Game, ratings
from citing_app.method.evaluation.win_rates import WinRate, effective_n, rows_needed, smallest_difference, win_rate


def of_counts(**counts: int) -> WinRate:
    return win_rate([outcome for outcome in OUTCOMES for _ in range(counts.get(outcome, 0))])


def test_every_outcome_has_its_column_and_its_share() -> None:
    found = of_counts(win=5, tie=2, loss=3, inconsistent=4, both_bad=1, invalid=5)
    assert (found.wins, found.ties, found.losses) == (5, 2, 3)
    assert (found.inconsistent, found.both_bad, found.invalid, found.n) == (4, 1, 5, 15)
    assert found.rate == pytest.approx((5 + 7 / 2) / 15)
    assert found.bounds == (pytest.approx(6.5 / 20), pytest.approx(15.5 / 20))
    assert found.crosses_half


def test_what_a_rule_decided_is_in_the_rate_and_counted_apart() -> None:
    found = win_rate(["win", "tie", "loss"], empty=1, identical=1)
    assert (found.n, found.rate, found.empty, found.identical) == (3, 0.5, 1, 1)


def test_bounds_meet_the_rate_where_every_comparison_is_consistent() -> None:
    found = of_counts(win=6, loss=4)
    assert found.bounds == (found.rate, found.rate)
    assert not found.crosses_half


def test_bounds_that_only_touch_a_half_leave_nothing_open() -> None:
    found = of_counts(win=2, loss=1, inconsistent=1)
    assert (found.bounds, found.crosses_half) == ((0.5, 0.75), False)
    assert (of_counts(win=2, loss=2, inconsistent=1).bounds, of_counts(tie=3).crosses_half) == ((0.4, 0.6), False)


def test_the_standard_error_is_of_the_sample() -> None:
    assert of_counts(win=3, loss=1).standard_error == pytest.approx(0.25)
    assert of_counts(win=1, inconsistent=2, loss=1).standard_error == pytest.approx((0.5 / 3 / 4) ** 0.5)


@pytest.mark.parametrize("invalid", [0, 3])
def test_without_a_valid_comparison_there_is_no_rate(invalid: int) -> None:
    found = of_counts(invalid=invalid)
    assert (found.n, found.rate, found.low, found.high, found.standard_error) == (0, None, None, None, None)
    assert found.bounds == ((0.0, 1.0) if invalid else None)
    assert found.crosses_half == bool(invalid)


@pytest.mark.parametrize(("outcome", "rate"), [("win", 1.0), ("loss", 0.0), ("inconsistent", 0.5)])
def test_one_comparison_has_a_wide_interval_and_no_standard_error(outcome: Outcome, rate: float) -> None:
    found = win_rate([outcome])
    assert found.low is not None
    assert found.high is not None
    assert (found.rate, found.standard_error) == (rate, None)
    assert found.high - found.low > 0.79


def test_orders_that_all_disagree_are_as_wide_as_as_many_coins() -> None:
    found, coins = of_counts(inconsistent=32), of_counts(win=16, loss=16)
    assert (found.rate, found.low, found.high) == (0.5, coins.low, coins.high)
    assert found.standard_error == 0


def test_without_halves_the_interval_is_wilsons() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    found = of_counts(win=81, loss=182)
    assert (found.low, found.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_swapping_the_sides_gives_one_minus_the_rate_to_the_last_digit() -> None:
    drawn = random.Random(1)
    for _ in range(500):
        outcomes = drawn.choices(OUTCOMES, k=drawn.randrange(1, 60))
        ours, theirs = win_rate(outcomes), win_rate(map(swapped, outcomes))
        assert ours.standard_error == theirs.standard_error
        assert ours.bounds == (1 - theirs.bounds[1], 1 - theirs.bounds[0]) if theirs.bounds else theirs.n == 0
        if ours.rate is not None and ours.low is not None and ours.high is not None:
            assert (theirs.rate, theirs.low, theirs.high) == (1 - ours.rate, 1 - ours.high, 1 - ours.low)
            assert ours.low <= ours.rate <= ours.high


def test_the_order_of_rows_changes_no_digit() -> None:
    outcomes = random.Random(2).choices(OUTCOMES, k=101)
    shuffled = random.Random(3).sample(outcomes, k=101)
    assert shuffled != outcomes
    assert win_rate(shuffled) == win_rate(outcomes)


def covered(won: int, halves: int, lost: int, truth: float) -> bool:
    found = of_counts(win=won, inconsistent=halves, loss=lost)
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


@pytest.mark.parametrize("n", [20, 32, 100])
def test_a_fair_coin_in_both_orders_is_held_as_often_as_promised(n: int) -> None:
    """Exact: every way that n pairs of flips can fall, with its probability."""
    share = 0.0
    for won in range(n + 1):
        for lost in range(n + 1 - won):
            ways = comb(n, won) * comb(n - won, lost) * 2 ** (n - won - lost)
            share += ways / 4**n * covered(won, n - won - lost, lost, 0.5)
    assert 0.93 <= share <= 0.98


def test_a_fair_coin_is_held_at_805_rows() -> None:
    flips = np.random.default_rng(4).multinomial(805, [0.25, 0.5, 0.25], size=2000).tolist()
    assert 0.93 <= np.mean([covered(won, halves, lost, 0.5) for won, halves, lost in flips]) <= 0.98


@pytest.mark.parametrize("n", [20, 32])
@pytest.mark.parametrize("right", [0.7, 0.9, 0.95])
def test_a_coin_that_is_not_fair_is_held_too(n: int, right: float) -> None:
    """Two flips of a coin that prefers the first answer, where the percentile bootstrap falls to 76 %."""
    both, neither = right**2, (1 - right) ** 2
    share = 0.0
    for won in range(n + 1):
        for lost in range(n + 1 - won):
            halves = n - won - lost
            ways = comb(n, won) * comb(n - won, lost)
            share += (
                ways * both**won * neither**lost * (1 - both - neither) ** halves * covered(won, halves, lost, right)
            )
    assert 0.91 <= share <= 0.99


@pytest.mark.parametrize("counts", [(0, 0, 0), (5, 0, 0), (0, 7, 0), (3, 0, 9), (1, 30, 1), (10, 20, 10), (0, 1, 9)])
def test_the_effective_n_stays_between_n_and_twice_n(counts: tuple[int, int, int]) -> None:
    n = sum(counts)
    assert n <= effective_n(*counts) <= 2 * n
    assert effective_n(*counts) == (n if counts[1] in (0, n) else pytest.approx(effective_n(*counts[::-1])))


def test_what_a_number_of_rows_can_show() -> None:
    assert (rows_needed(0.6), rows_needed(0.55), rows_needed(0.5)) == (194, 783, None)
    assert (rows_needed(0.4), rows_needed(0.6, against=0.7)) == (194, rows_needed(0.4, against=0.3))
    shown = smallest_difference(32)
    assert shown is not None
    assert round(100 * shown) == 24
    assert (smallest_difference(0), smallest_difference(3)) == (None, None)


@pytest.mark.parametrize("n", [4, 10, 194, 805, 100_000])
def test_rows_needed_and_the_smallest_difference_are_each_others_inverse(n: int) -> None:
    shown = smallest_difference(n)
    assert shown is not None
    assert (rows_needed(0.5 + shown) or 0) <= n < (rows_needed(0.5 + 0.999 * shown) or 0)


def test_bounds_are_the_rate_where_nothing_is_open_and_never_the_wrong_way_round() -> None:
    for won, halves, lost in itertools.product(range(12), repeat=3):
        found = win_rate([*["win"] * won, *["tie"] * halves, *["loss"] * lost])  # type: ignore[list-item]
        assert found.bounds == (None if found.rate is None else (found.rate, found.rate))


def test_ties_alone_have_no_interval_to_be_sure_of() -> None:
    for found in (of_counts(tie=6), of_counts(tie=1, both_bad=2), of_counts(tie=3, invalid=2)):
        assert (found.rate, found.low, found.high) == (0.5, None, None)
    assert of_counts(tie=2, win=1).low is not None
    tied = [Sized("tie", length, 10) for length in (5, 10, 20)]
    assert length_controlled(tied) == Estimate(0.5, None, None, 3)
    games = [Game(f"i{n}", first, second, 0.5) for n in range(6) for first, second in (("a", "b"), ("b", "c"))]
    assert {(one.beats_anchor, one.low, one.high) for one in ratings(games, "a")} == {(0.5, None, None)}
    won = ratings([*games, Game("i0", "c", "a", 1.0), Game("i1", "a", "c", 1.0)], "a")
    assert {one.model: one.low is None for one in won} == {"a": False, "b": True, "c": False}
