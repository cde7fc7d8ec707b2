"""Trust in a judge: each bias told from the others, and κ as the textbooks have it."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from citing_app.method.evaluation.comparisons import Outcome, Preference, of_both, of_several
from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.trust import Asked, agreement, first_place, trust
from citing_app.method.evaluation.win_rates import win_rate

NOTHING = Estimate(None, None, None, 0)


def asked(left: Preference | None, right: Preference | None, longer: int = 0) -> Asked:
    return Asked(left, right, 100 + longer, 100)


def test_each_figure_counts_what_its_name_says() -> None:
    found = trust(
        [
            asked("left", "right", 5),  # a win of the longer
            asked("left", "right", -5),  # a win of the shorter
            asked("right", "left", 5),  # a loss of the longer
            asked("left", "right"),  # a win at equal length
            asked("left", "left", 5),  # inconsistent, the first place twice
            asked("tie", "left", 5),  # inconsistent, the first place once
            asked("tie", "tie", 5),
            asked(None, "right", 5),  # invalid, the second place once
        ]
    )
    assert (found.inconsistent.mean, found.inconsistent.n) == (2 / 7, 7)
    assert (found.invalid.mean, found.invalid.n) == (1 / 8, 8)
    assert (found.longer_wins.mean, found.longer_wins.n) == (1 / 3, 3)
    assert (found.first_place.mean, found.first_place.n) == (pytest.approx((4 / 2 + 2) / 7), 7)


def test_nothing_asked_gives_no_figure() -> None:
    found = trust([])
    assert (found.inconsistent, found.first_place, found.longer_wins, found.invalid) == (NOTHING,) * 4
    assert first_place([("tie", "tie"), (None, "both_bad")]) == NOTHING


def test_people_who_saw_one_order_have_a_first_place_too() -> None:
    found = first_place([["left"], ["left"], ["right"], ["tie"]])
    assert (found.mean, found.n) == (pytest.approx(2 / 3), 3)


def simulated(
    n: int, quality: float, position: float, length: float, invalid: float, seed: int
) -> tuple[list[Asked], float]:
    """A judge that adds position and length to the answers' quality, all in log-odds, and the share it can't answer.

    Also the win rate that it tends to, by its own chances.
    """
    generator = np.random.default_rng(seed)
    rows, expected = [], []
    for longer in generator.integers(-50, 50, size=n).tolist():
        for_first = quality + length * np.sign(longer)
        left, right = 1 / (1 + np.exp(-for_first - position)), 1 / (1 + np.exp(-for_first + position))
        said: list[Preference | None] = ["left" if generator.uniform() < left else "right"]
        said.append("right" if generator.uniform() < right else "left")
        rows.append(Asked(*(None if generator.uniform() < invalid else one for one in said), 100 + longer, 100))
        expected.append((left + right) / 2)
    return rows, float(np.mean(expected))


@pytest.mark.parametrize(
    ("quality", "position", "length", "invalid"),
    [(0.0, 0.0, 0.0, 0.0), (0.0, 1.5, 0.0, 0.0), (0.6, 0.0, 1.0, 0.1), (-0.5, -1.0, 1.0, 0.05), (1.0, 3.0, 0.0, 0.02)],
)
def test_a_judge_with_known_biases_is_seen_through(
    quality: float, position: float, length: float, invalid: float
) -> None:
    """40 samples: the intervals hold the truth as often as promised, and ½ only where there is no bias."""
    held: Counter[str] = Counter()
    for seed in range(40):
        rows, expected = simulated(300, quality, position, length, invalid, seed)
        found, rate = trust(rows), win_rate(row.sized.outcome for row in rows)
        held["rate"] += holds(Estimate(rate.rate, rate.low, rate.high, rate.n), expected)
        held["invalid"] += holds(found.invalid, 1 - (1 - invalid) ** 2)
        held["fair place"] += holds(found.first_place, 0.5)
        held["fair length"] += holds(found.longer_wins, 0.5)
    assert min(held["rate"], held["invalid"]) >= 34
    assert held["fair place"] >= 34 if position == 0 else held["fair place"] <= 2
    assert held["fair length"] >= 34 if length == 0 else held["fair length"] <= 6


def holds(found: Estimate, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


def test_a_judge_that_always_says_left_is_worth_a_half_and_known_for_it() -> None:
    rows = [asked("left", "left", longer) for longer in range(-10, 10)]
    found = trust(rows)
    assert win_rate(row.sized.outcome for row in rows).rate == 0.5
    assert (found.inconsistent.mean, found.first_place.mean, found.longer_wins) == (1.0, 1.0, NOTHING)


def test_kappa_of_the_textbook_table() -> None:
    # 20 and 15 alike, 5 and 10 apart: κ = (0.7 − 0.5) / (1 − 0.5).
    judge: list[Outcome] = ["win"] * 25 + ["loss"] * 25
    people: list[Outcome] = ["win"] * 20 + ["loss"] * 5 + ["win"] * 10 + ["loss"] * 15
    found = agreement(judge, people)
    assert (found.mean, found.n) == (pytest.approx(0.4), 50)
    # The asymptotic standard error is 0.127 (Fleiss, Cohen and Everitt 1969).
    assert (found.low, found.high) == (pytest.approx(0.15, abs=0.03), pytest.approx(0.65, abs=0.03))


def test_no_choice_is_one_word_and_what_is_invalid_is_left_out() -> None:
    judge: list[Outcome] = ["win", "inconsistent", "both_bad", "loss", "invalid", "win"]
    people: list[Outcome] = ["win", "tie", "inconsistent", "loss", "win", "invalid"]
    found = agreement(judge, people)
    assert (found.mean, found.n) == (pytest.approx(1.0), 4)


@pytest.mark.parametrize("said", [[], ["win"], ["win", "win"], ["tie", "both_bad", "inconsistent"]])
def test_what_chance_explains_has_no_kappa(said: list[Outcome]) -> None:
    assert agreement(said, said) == Estimate(None, None, None, len(said))


def test_the_order_of_rows_changes_no_digit() -> None:
    generator = random.Random(3)
    pairs: list[tuple[Outcome, Outcome]] = [
        (generator.choice(["win", "loss", "tie"]), generator.choice(["win", "loss"]))
        for _ in range(60)  # type: ignore[misc]
    ]
    shuffled = generator.sample(pairs, k=60)
    assert agreement(*zip(*pairs, strict=True)) == agreement(*zip(*shuffled, strict=True))
    rows, _ = simulated(60, 0.5, 0.5, 0.5, 0.1, seed=4)
    assert trust(generator.sample(rows, k=60)) == trust(rows)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ([], "invalid"),
        (["invalid"], "invalid"),
        (["win"], "win"),
        (["win", "win", "loss"], "win"),
        (["win", "loss"], "inconsistent"),
        (["win", "tie", "loss"], "inconsistent"),
        (["both_bad", "both_bad", "win", "invalid", "invalid", "invalid"], "both_bad"),
    ],
)
def test_several_people_come_to_one_outcome(said: list[Outcome], outcome: Outcome) -> None:
    assert of_several(said) == outcome
    assert of_several(said[::-1]) == outcome


def test_an_asked_comparison_knows_its_outcome() -> None:
    one = asked("left", "tie", 7)
    assert (one.sized.outcome, one.sized.difference) == (of_both("left", "tie"), 7)
