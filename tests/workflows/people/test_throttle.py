"""The throttle of logins on a clock that the test moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from citing_app.workflows.people.throttle import Throttle, TooManyFailures


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def refused(throttle: Throttle, *keys: str) -> float:
    """How long the throttle says to wait; 0 where the attempt may go on."""
    try:
        throttle.attempt(keys)
    except TooManyFailures as error:
        return error.seconds
    return 0.0


def test_five_failures_are_free_and_then_each_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert [refused(throttle, "ada") for _ in range(5)] == [0.0] * 5
    waits = []
    for _ in range(10):
        waits.append(refused(throttle, "ada"))
        clock.seconds += waits[-1] - 1
        assert refused(throttle, "ada") == pytest.approx(1)
        clock.seconds += 1
        assert refused(throttle, "ada") == 0
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


@pytest.mark.parametrize(("failures", "said"), [(5, "wait 5 seconds and"), (12, "wait 11 minutes and")])
def test_the_sentence_says_how_long(failures: int, said: str) -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(failures):
        while wait := refused(throttle, "ada"):
            clock.seconds += wait
    with pytest.raises(TooManyFailures, match=said):
        throttle.attempt(["ada"])


def test_the_longest_wait_of_the_keys_counts_and_a_refused_attempt_counts_for_none() -> None:
    throttle = Throttle(Clock())
    for _ in range(5):
        throttle.attempt(["ada", "here"])
    assert refused(throttle, "bob", "here") == 5
    assert [refused(throttle, "bob", "there") for _ in range(5)] == [0.0] * 5


def test_a_success_forgives_its_keys_and_a_quarter_of_an_hour_forgives_all() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(5):
        throttle.attempt(["ada"])
    assert refused(throttle, "ada") > 0
    throttle.succeed(["ada"])
    assert [refused(throttle, "ada") for _ in range(5)] == [0.0] * 5
    assert refused(throttle, "ada") == 5
    clock.seconds += 901
    assert [refused(throttle, "ada") for _ in range(5)] == [0.0] * 5


def test_many_attempts_at_once_gain_nothing() -> None:
    throttle = Throttle(Clock())
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: refused(throttle, "ada"), range(200)))
    assert waits.count(0.0) == 5


def test_of_names_without_end_the_oldest_are_forgotten() -> None:
    throttle = Throttle(Clock())
    for _ in range(5):
        throttle.attempt(["ada"])
    for number in range(9_999):
        throttle.attempt([f"name {number}"])
    assert refused(throttle, "ada") == 5
    throttle.attempt(["one more"])
    assert refused(throttle, "ada") == 0
