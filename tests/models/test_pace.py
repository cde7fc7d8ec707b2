"""How fast a server is asked: its own words are followed, and the window shrinks only where it must."""

from __future__ import annotations

import pytest

from citing_app.models.pace import Limits, Pace

FREE = Limits()


def test_rate_limit_headers_are_read() -> None:
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1m30s",
        "x-ratelimit-remaining-tokens": "99",
        "x-ratelimit-reset-tokens": "250ms",
    }
    limits = Limits.from_headers(headers)
    assert limits == Limits(0, 90.0, 99, 0.25)
    assert limits.pause(50) == 90.0
    assert Limits(5, 90.0, 99, 0.25).pause(100) == 0.25
    assert Limits(5, 90.0, 99, 0.25).pause(50) == 0.0
    assert Limits.from_headers({"x-ratelimit-reset-requests": "soon", "x-ratelimit-remaining-requests": "-"}) == FREE


def test_nothing_is_sent_before_the_limit_is_reset() -> None:
    pace = Pace(4)
    assert pace.room(0, now=10.0) == 4
    assert pace.room(3, now=10.0) == 1
    pace.answered(Limits(requests_left=0, requests_reset=2.0), 10, now=10.0)
    assert pace.room(0, now=11.9) == 0
    assert pace.room(0, now=12.0) == 4


def test_a_reset_that_is_far_away_is_asked_about_again_after_two_minutes() -> None:
    pace = Pace(4)
    pace.answered(Limits(requests_left=0, requests_reset=86_400.0), 10, now=0.0)
    assert pace.room(0, now=120.0) == 4


@pytest.mark.parametrize(("busy", "window"), [(6, 64), (7, 48)])
def test_the_window_shrinks_only_when_more_than_a_tenth_is_turned_down(busy: int, window: int) -> None:
    pace = Pace(64)
    for _ in range(busy):
        pace.was_busy()
    for _ in range(40):
        pace.answered(FREE, 10, now=0.0)
    assert min(pace.window, 64) == window


def test_the_window_never_reaches_nothing_and_grows_again() -> None:
    pace = Pace(64)
    for _ in range(200):
        pace.was_busy()
    assert pace.window == 1
    for _ in range(2000):
        pace.answered(FREE, 10, now=0.0)
    assert pace.window == 64
