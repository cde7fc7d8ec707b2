"""Two streams at once, handed on in the order of arrival."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from citing_app.errors import CitingError
from citing_app.ui.streams import interleaved


def test_every_element_arrives_once_in_its_streams_order() -> None:
    streams = [iter(range(50)), iter(range(100, 130)), iter(())]
    arrived = list(interleaved(streams))
    assert [element for index, element in arrived if index == 0] == list(range(50))
    assert [element for index, element in arrived if index == 1] == list(range(100, 130))
    assert len(arrived) == 80


def test_a_slow_stream_does_not_hold_back_a_fast_one() -> None:
    fast_is_through = threading.Event()

    def slow() -> Iterator[str]:
        assert fast_is_through.wait(60)
        yield "slow"

    order = []
    for _, element in interleaved([slow(), iter(["fast"])]):
        order.append(element)
        fast_is_through.set()
    assert order == ["fast", "slow"]


def test_both_streams_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=60)

    def meets(name: str) -> Iterator[str]:
        meeting.wait()
        yield name

    assert sorted(element for _, element in interleaved([meets("a"), meets("b")])) == ["a", "b"]


def test_an_exception_in_a_stream_reaches_the_reader() -> None:
    def fails() -> Iterator[str]:
        yield "first"
        raise CitingError("The worker is gone.")

    arriving = interleaved([fails()])
    assert next(arriving) == (0, "first")
    with pytest.raises(CitingError, match="worker is gone"):
        next(arriving)


def test_no_streams_end_at_once() -> None:
    assert list(interleaved([])) == []


def test_a_reader_that_leaves_ends_the_streams() -> None:
    ended, go_on = threading.Event(), threading.Event()

    def endless() -> Iterator[int]:
        try:
            yield 0
            assert go_on.wait(60)
            while True:
                yield 1
        finally:
            ended.set()

    arriving = interleaved([endless()])
    assert next(arriving) == (0, 0)
    arriving.close()
    go_on.set()
    assert ended.wait(60)
