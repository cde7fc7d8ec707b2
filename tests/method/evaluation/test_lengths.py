"""Length: thirds that mirror, and the rate at equal length against scikit-learn's fit and a known truth."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from citing_app.method.evaluation.comparisons import OUTCOMES, SCORES, Outcome, swapped
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.lengths import Sized, by_thirds, length_controlled, rates_at_equal_length
from citing_app.method.evaluation.win_rates import win_rate


def drawn(n: int, seed: int = 1) -> list[Sized]:
    generator = random.Random(seed)
    return [
        Sized(generator.choice(OUTCOMES), generator.randrange(10, 90), generator.randrange(10, 60)) for _ in range(n)
    ]


def turned(rows: list[Sized]) -> list[Sized]:
    return [Sized(swapped(row.outcome), row.second, row.first) for row in rows]


def biased(n: int, skill: float, length_bias: float, seed: int = 1) -> list[Sized]:
    """Outcomes of a judge that adds to the log-odds of a win: the skill, and the bias times the length difference."""
    generator = np.random.default_rng(seed)
    differences = generator.normal(40, 50, size=n).round()
    x = np.tanh(differences / differences.std(ddof=1))
    won = generator.uniform(size=n) < 1 / (1 + np.exp(-skill - length_bias * x))
    return [
        Sized("win" if one else "loss", 500 + int(difference), 500)
        for one, difference in zip(won, differences, strict=True)
    ]


def test_thirds_hold_every_row_once_and_say_where_they_are() -> None:
    rows = [Sized("win" if index > 5 else "loss", 100 + index, 100) for index in range(9)]
    shorter, between, longer = by_thirds(rows)
    assert [(one.shortest, one.longest, one.rate.n) for one in (shorter, between, longer)] == [
        (0, 2, 3),
        (3, 5, 3),
        (6, 8, 3),
    ]
    assert (shorter.rate.rate, between.rate.rate, longer.rate.rate) == (0.0, 0.0, 1.0)


def test_thirds_of_swapped_sides_are_the_mirror_image() -> None:
    rows = drawn(100)
    for ours, theirs in zip(by_thirds(rows), reversed(by_thirds(turned(rows))), strict=True):
        assert ours.shortest is not None
        assert theirs.longest is not None
        assert (ours.shortest, ours.rate.n, ours.rate.invalid) == (-theirs.longest, theirs.rate.n, theirs.rate.invalid)
        assert ours.rate.rate == 1 - (theirs.rate.rate or 0)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_rows_of_one_length_are_in_the_middle(n: int) -> None:
    rows = [Sized("win" if index % 2 else "loss", 5, 5) for index in range(n)]
    assert [one.rate.n for one in by_thirds(rows)] == [0, n, 0]
    assert length_controlled(rows) == Estimate(None, None, None, n)


@pytest.mark.parametrize("outcome", ["win", "loss"])
def test_wins_or_losses_alone_have_no_rate_at_equal_length(outcome: Outcome) -> None:
    assert length_controlled([Sized(outcome, 3, 1), Sized(outcome, 1, 3), Sized("invalid", 1, 9)]).mean is None


def test_the_fit_is_scikit_learns() -> None:
    rows = [row for row in drawn(150) if row.outcome in SCORES]
    differences = np.array([float(row.difference) for row in rows])
    scores = np.array([SCORES[row.outcome] for row in rows])
    design = np.column_stack([np.ones(len(rows)), np.tanh(differences / differences.std(ddof=1))])
    model = LogisticRegression(C=1e8, fit_intercept=False, solver="newton-cg", tol=1e-10)
    doubled = np.repeat([1, 0], len(rows))
    model.fit(np.vstack([design, design]), doubled, sample_weight=np.concatenate([scores, 1 - scores]))
    expected = 1 / (1 + np.exp(-model.coef_[0][0]))
    assert rates_at_equal_length(differences[None], scores[None])[0] == pytest.approx(expected, abs=1e-7)
    assert length_controlled(rows, draws=10).mean == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("skill", "length_bias"), [(0.0, 2.0), (0.8, 1.0), (-0.8, 2.0), (0.5, 0.0)])
def test_a_judge_that_likes_length_is_corrected(skill: float, length_bias: float) -> None:
    truth = 1 / (1 + np.exp(-skill))
    rows = biased(800, skill, length_bias)
    found, raw = length_controlled(rows, draws=200), win_rate(row.outcome for row in rows)
    assert found.low is not None
    assert found.high is not None
    assert raw.low is not None
    assert found.low <= truth <= found.high
    assert found.high - found.low < 0.2
    assert (raw.low > truth) == (length_bias > 0)


def test_the_truth_is_covered_as_often_as_promised() -> None:
    held = 0
    for seed in range(100):
        found = length_controlled(biased(100, 0.4, 1.0, seed), draws=200)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 1 / (1 + np.exp(-0.4)) <= found.high
    assert 88 <= held <= 100


def test_the_order_of_rows_changes_no_digit() -> None:
    rows = drawn(60)
    shuffled = random.Random(2).sample(rows, k=60)
    assert by_thirds(shuffled) == by_thirds(rows)
    assert length_controlled(shuffled, draws=20) == length_controlled(rows, draws=20)


def test_a_perfect_split_by_length_has_an_end() -> None:
    rows = [Sized("win" if index > 3 else "loss", 10 + index, 10) for index in range(8)]
    found = length_controlled(rows, draws=50)
    assert found.mean is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.mean <= found.high <= 1


def test_the_two_sides_mirror_each_other_with_their_intervals() -> None:
    rows = drawn(60)
    turned = [Sized(swapped(row.outcome), row.second, row.first) for row in rows]
    one, other = length_controlled(rows, draws=50), length_controlled(turned, draws=50)
    assert None not in (one.mean, one.low, one.high)
    assert (other.mean, other.low, other.high) == pytest.approx((1 - one.mean, 1 - one.high, 1 - one.low), abs=1e-15)  # type: ignore[operator]
