"""One device: who goes, who waits, and that nobody waits for ever. Threads and events, no guesses about time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from citing_app.errors import Cancelled
from citing_app.running.device import Device, Kind, Wish

LONG = 20.0
"""Seconds after which a thread that should have moved counts as stuck."""


class Turn:
    """A thread that wants the device, holds it once it has it, and lets go when told."""

    def __init__(self, device: Device, kind: Kind, label: str) -> None:
        self.entered, self.let_go, self.cancelled = threading.Event(), threading.Event(), threading.Event()
        self.was_cancelled = False
        self._thread = threading.Thread(target=self._run, args=(device, kind, label), daemon=True)
        self._thread.start()

    def _run(self, device: Device, kind: Kind, label: str) -> None:
        try:
            with device.turn(kind, label, self.cancelled):
                self.entered.set()
                assert self.let_go.wait(LONG)
        except Cancelled:
            self.was_cancelled = True

    def end(self) -> None:
        self.let_go.set()
        self._thread.join(LONG)
        assert not self._thread.is_alive()


class Room:
    """What a device is asked: whether there is room, and to send the worker away; counts and remembers."""

    def __init__(self, free: bool) -> None:
        self.free = free
        self.sent_away = threading.Event()
        self.device = Device(lambda: self.free, self.sent_away.set)

    def waits(self, turn: Turn, label: str, blocker: str) -> None:
        """Check that this turn, of this name, waits, once the device says so, and for what."""
        eventually(lambda: self.device.waits_for(label) == blocker)
        assert not turn.entered.is_set()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.005)


@contextmanager
def held(device: Device, kind: Kind, label: str) -> Iterator[Turn]:
    turn = Turn(device, kind, label)
    assert turn.entered.wait(LONG)
    try:
        yield turn
    finally:
        turn.end()


@pytest.fixture
def roomy() -> Room:
    return Room(free=True)


@pytest.fixture
def cramped() -> Room:
    return Room(free=False)


def test_an_idle_device_goes_to_anyone_at_once(roomy: Room) -> None:
    for kind in ("round", "bulk", "chat"):
        assert roomy.device.blocker(kind) is None
        with roomy.device.turn(kind, "it"):
            assert roomy.device.using() == [Wish(kind, "it")]
    assert roomy.device.using() == []
    assert roomy.device.waiting() == []


def test_chats_and_bulk_work_share_the_device(cramped: Room) -> None:
    with ExitStack() as stack:
        for kind in ("chat", "chat", "bulk", "bulk"):
            stack.enter_context(held(cramped.device, kind, kind))
        assert len(cramped.device.using()) == 4
    assert not cramped.sent_away.is_set()


def test_one_round_trains_at_a_time(roomy: Room) -> None:
    with held(roomy.device, "round", "round 1"):
        second = Turn(roomy.device, "round", "round 2")
        roomy.waits(second, "round 2", "round 1")
    assert second.entered.wait(LONG)
    second.end()


def test_a_round_waits_for_the_batch_in_flight_and_then_goes_before_the_next_batch(roomy: Room) -> None:
    with held(roomy.device, "bulk", "drafting"):
        training = Turn(roomy.device, "round", "round 1")
        roomy.waits(training, "round 1", "drafting")
        next_batch = Turn(roomy.device, "bulk", "evaluating")
        eventually(lambda: roomy.device.waiting() == ["evaluating waits for drafting"])
        assert roomy.device.waiting_of(next_batch.cancelled) == "evaluating waits for drafting"
        assert not next_batch.entered.is_set()
    assert training.entered.wait(LONG)
    roomy.waits(next_batch, "evaluating", "round 1")
    training.end()
    assert next_batch.entered.wait(LONG)
    assert roomy.device.waiting_of(next_batch.cancelled) is None
    next_batch.end()


def test_with_room_for_both_chat_goes_on_during_a_round_and_the_worker_stays(roomy: Room) -> None:
    with held(roomy.device, "round", "round 1"):
        assert roomy.device.blocker("chat") is None
        assert roomy.device.blocker("bulk") == "round 1"
        assert roomy.device.blocker("round") == "round 1"
        with held(roomy.device, "chat", "chat"):
            assert roomy.device.using() == [Wish("round", "round 1"), Wish("chat", "chat")]
    assert not roomy.sent_away.is_set()


def test_without_room_the_worker_is_sent_away_and_chat_waits_for_the_round(cramped: Room) -> None:
    with held(cramped.device, "round", "round 1"):
        assert cramped.sent_away.is_set()
        assert cramped.device.blocker("chat") == "round 1"
        chat = Turn(cramped.device, "chat", "chat")
        cramped.waits(chat, "chat", "round 1")
    assert chat.entered.wait(LONG)
    chat.end()
    assert cramped.device.blocker("chat") is None


def test_the_worker_is_sent_away_only_when_the_chat_under_way_has_ended(cramped: Room) -> None:
    with held(cramped.device, "chat", "first chat"):
        training = Turn(cramped.device, "round", "round 1")
        eventually(lambda: cramped.device.blocker("chat") is not None)
        second = Turn(cramped.device, "chat", "second chat")
        eventually(lambda: len(cramped.device.waiting()) == 1)
        assert not cramped.sent_away.is_set()
        assert not training.entered.is_set()
        assert not second.entered.is_set()
    assert training.entered.wait(LONG)
    assert cramped.sent_away.is_set()
    assert not second.entered.is_set()
    training.end()
    assert second.entered.wait(LONG)
    second.end()


def test_room_is_asked_anew_for_every_round(roomy: Room) -> None:
    with roomy.device.turn("round", "round 1"):
        assert not roomy.sent_away.is_set()
    roomy.free = False
    with roomy.device.turn("round", "round 2"):
        assert roomy.sent_away.is_set()


@pytest.mark.parametrize("kind", ["bulk", "round"])
def test_what_waits_can_be_cancelled_and_leaves_no_trace(roomy: Room, kind: Kind) -> None:
    with held(roomy.device, "round", "round 1"):
        turn = Turn(roomy.device, kind, "it")
        roomy.waits(turn, "it", "round 1")
        turn.cancelled.set()
        turn.end()
        assert turn.was_cancelled
        assert not turn.entered.is_set()
        assert roomy.device.waits_for("it") is None
    with roomy.device.turn("bulk", "afterwards"):
        assert roomy.device.using() == [Wish("bulk", "afterwards")]


def test_a_failure_in_a_turn_frees_the_device(cramped: Room) -> None:
    with pytest.raises(RuntimeError), cramped.device.turn("round", "round 1"):
        raise RuntimeError
    assert cramped.device.using() == []
    assert cramped.device.blocker("chat") is None


def test_a_device_that_cannot_be_asked_is_free_again() -> None:
    def broken() -> bool:
        raise OSError("no such device")

    device = Device(broken, lambda: None)
    with pytest.raises(OSError, match="no such device"), device.turn("round", "round 1"):
        pass
    assert device.using() == []
    with device.turn("bulk", "drafting"):
        assert len(device.using()) == 1


@pytest.mark.parametrize("free", [True, False])
def test_many_wishes_of_every_kind_all_get_their_turn(free: bool) -> None:
    room = Room(free)
    broken_rules: list[str] = []
    served: list[Kind] = []
    lock = threading.Lock()

    def wish(kind: Kind, count: int) -> None:
        for _ in range(count):
            with room.device.turn(kind, kind):
                kinds = [one.kind for one in room.device.using()]
                if kinds.count("round") > 1 or ("round" in kinds and "bulk" in kinds):
                    broken_rules.append(f"together: {kinds}")
                if kind == "round" and not free and "chat" in kinds:
                    broken_rules.append(f"not alone: {kinds}")
                with lock:
                    served.append(kind)

    kinds: list[Kind] = ["round", "round", "bulk", "bulk", "bulk", "chat", "chat", "chat"]
    threads = [threading.Thread(target=wish, args=(kind, 25), daemon=True) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not any(thread.is_alive() for thread in threads)
    assert not broken_rules
    assert len(served) == 25 * len(kinds)


def test_a_round_that_waits_for_a_chat_to_end_can_be_cancelled(cramped: Room) -> None:
    with held(cramped.device, "chat", "chat"):
        training = Turn(cramped.device, "round", "round 1")
        eventually(lambda: cramped.device.blocker("chat") is not None)
        training.cancelled.set()
        training.end()
        assert training.was_cancelled
        assert not cramped.sent_away.is_set()
        assert cramped.device.blocker("chat") is None
