"""What two orders come to: every pair of preferences, and the same seen from the other side."""

from __future__ import annotations

from itertools import product

import pytest

from citing_app.method.evaluation.comparisons import (
    OUTCOMES,
    SCORES,
    Outcome,
    Preference,
    by_rule,
    mirrored,
    of_both,
    of_one,
    swapped,
)

PREFERENCES: tuple[Preference | None, ...] = ("left", "right", "tie", "both_bad", None)


@pytest.mark.parametrize(
    ("first_left", "first_right", "outcome"),
    [
        ("left", "right", "win"),
        ("right", "left", "loss"),
        ("tie", "tie", "tie"),
        ("both_bad", "both_bad", "both_bad"),
        ("left", "left", "inconsistent"),
        ("right", "right", "inconsistent"),
        ("left", "tie", "inconsistent"),
        ("tie", "right", "inconsistent"),
        ("tie", "both_bad", "inconsistent"),
        ("left", None, "invalid"),
        (None, "tie", "invalid"),
        (None, None, "invalid"),
    ],
)
def test_two_orders(first_left: Preference | None, first_right: Preference | None, outcome: Outcome) -> None:
    assert of_both(first_left, first_right) == outcome


def test_only_orders_that_agree_are_not_inconsistent() -> None:
    found = [of_both(*pair) for pair in product(PREFERENCES, repeat=2)]
    assert {outcome: found.count(outcome) for outcome in OUTCOMES} == {
        "win": 1,
        "tie": 1,
        "loss": 1,
        "both_bad": 1,
        "inconsistent": 12,
        "invalid": 9,
    }


@pytest.mark.parametrize("pair", list(product(PREFERENCES, repeat=2)))
def test_the_other_answer_sees_the_swapped_outcome(pair: tuple[Preference | None, Preference | None]) -> None:
    ours = of_both(*pair)
    theirs = of_both(*reversed(pair))
    assert theirs == swapped(ours)
    assert SCORES.get(theirs, 0.5) == 1 - SCORES.get(ours, 0.5)


@pytest.mark.parametrize("preference", PREFERENCES)
def test_one_order_is_the_same_from_either_side(preference: Preference | None) -> None:
    mirror = mirrored(preference) if preference else None
    assert of_one(preference) == of_one(mirror, first_is="right") == swapped(of_one(mirror))


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("北京", " 北京\n", ("tie", "identical")),
        ("🙂", "🙃", None),
        ("", "  ", ("tie", "identical")),
        ("", "an answer", ("loss", "empty")),
        ("an answer", "\n\t", ("win", "empty")),
        ("an answer", "An answer", None),
    ],
)
def test_what_needs_no_judge(first: str, second: str, found: tuple[str, str] | None) -> None:
    assert by_rule(first, second) == found
