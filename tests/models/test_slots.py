"""How many calls a server on this machine is sent at once: one, until it shows that it works on more."""

from __future__ import annotations

import heapq

import pytest

from citing_app.models.pace import Limits, Pace
from citing_app.models.slots import Slots


def used(slots: Slots, at_once: int, answers: int, connections: int = 8) -> list[int]:
    """The windows after each answer of a server that works on so many calls at once, a second each, in turn."""
    pace, windows = Pace(connections, slots), []
    free, under_way, now = [0.0] * at_once, list[float](), 0.0
    while len(windows) < answers:
        while len(under_way) < pace.window:
            begins = max(now, heapq.heappop(free))
            heapq.heappush(free, begins + 1.0)
            heapq.heappush(under_way, begins + 1.0)
        now = heapq.heappop(under_way)
        pace.answered(Limits(), 10, now)
        pace.worked(20, len(under_way), now)
        windows.append(pace.window)
    return windows


def test_a_server_with_one_slot_is_soon_asked_one_by_one_again() -> None:
    windows = used(Slots(8), at_once=1, answers=60)
    assert windows[0] == 1
    assert max(windows) == 2
    assert set(windows[6:]) == {1}


@pytest.mark.parametrize("at_once", [2, 4, 8])
def test_a_server_with_more_slots_gets_as_many_calls(at_once: int) -> None:
    assert used(Slots(8), at_once, answers=80)[-1] == at_once


def test_no_more_than_the_connections_are_used() -> None:
    assert max(used(Slots(3), at_once=64, answers=80, connections=3)) == 3


def test_what_a_server_has_shown_counts_for_the_next_batch() -> None:
    slots = Slots(8)
    used(slots, at_once=4, answers=80)
    assert used(slots, at_once=4, answers=1) == [4]


def test_an_answer_that_did_not_come_makes_the_window_smaller_for_good() -> None:
    slots = Slots(8)
    used(slots, at_once=8, answers=40)
    Pace(8, slots).was_slow()
    assert used(slots, at_once=8, answers=80)[-1] == 4


def test_a_server_that_is_not_used_to_the_full_shows_nothing() -> None:
    slots = Slots(8)
    for second in range(50):
        slots.answered(20, is_full=False, now=float(second))
    assert slots.window == 1
