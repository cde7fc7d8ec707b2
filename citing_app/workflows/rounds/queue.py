"""The queue of rounds: one trains at a time on this machine, and one with each launcher that takes rounds elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from citing_app.errors import Cancelled, CitingError
from citing_app.rounds.launcher import HERE
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.status import read_state
from citing_app.running.jobs import Job
from citing_app.store import rounds
from citing_app.store.rounds import RoundRow
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds.states import RUNNING
from citing_app.workflows.studio import Studio

_POLL_SECONDS = 0.4


@dataclass(frozen=True)
class Waiting:
    """A round that waits: its place among those that wait where it does, from 1, and what has to end before it."""

    number: int
    place: int
    is_last: bool
    before: str | None

    @property
    def sentence(self) -> str | None:
        """What it waits for; None where it is about to start."""
        return f"round {self.number} waits for {self.before}" if self.before else None


@dataclass(frozen=True)
class _Queued:
    """A round in the queue as one look at its directory found it, and the lane that it trains or waits in."""

    row: RoundRow
    lane: str
    waits: bool


def queue(studio: Studio) -> list[RoundRow]:
    """The rounds that have not ended: those that train, then those that wait, in their order."""
    return [one.row for one in _queue(studio)]


def training(studio: Studio) -> int | None:
    """The first round that trains now; None where none does."""
    return next((one.row.number for one in _queue(studio) if not one.waits), None)


def waiting(studio: Studio) -> list[Waiting]:
    """The rounds that wait, in the order of the queue."""
    queued = _queue(studio)
    last = {one.lane: one.row.number for one in queued}
    ahead: dict[str, int] = {}
    places: Counter[str] = Counter()
    found = []
    for one in queued:
        number, lane = one.row.number, one.lane
        if one.waits:
            places[lane] += 1
            before = f"round {ahead[lane]}" if lane in ahead else studio.device.waits_for(f"round {number}")
            found.append(Waiting(number, places[lane], number == last[lane], before))
        ahead[lane] = number
    return found


def with_waiting(studio: Studio, jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The jobs as the strip shows them: what waits says for what; rounds that wait come last, in the queue's order."""
    waits = {round_job(one.number): one.sentence for one in waiting(studio)}
    order = {name: place for place, name in enumerate(waits, 1)}

    def sentence(job: Mapping[str, Any]) -> str | None:
        found = studio.jobs.get(job["name"]) if job["state"] == "running" else None
        if found is None:
            return None
        return waits[found.name] if found.name in waits else studio.device.waiting_of(found.cancelled)

    return sorted(({**job, "waits": sentence(job)} for job in jobs), key=lambda job: order.get(job["name"], 0))


def open_rounds(studio: Studio) -> list[RoundRow]:
    """The rounds whose end is not imported yet."""
    with studio.store.read() as cursor:
        return rounds.in_states(cursor, RUNNING)


def move_round(studio: Studio, number: int, up: bool) -> None:
    """Let a waiting round change places with the one before or after it. At the end of the queue nothing moves."""
    waiting = [one for one in _queue(studio) if one.waits]
    moved = next((one for one in waiting if one.row.number == number), None)
    if moved is None:
        raise CitingError(f"Round {number} does not wait in the queue.")
    beside = [one.row for one in waiting if one.lane == moved.lane]
    other = beside.index(moved.row) + (-1 if up else 1)
    if 0 <= other < len(beside):
        with studio.store.write() as cursor:
            rounds.swap_places(cursor, moved.row, beside[other])


def lane_of(studio: Studio, number: int) -> str:
    """The lane that the recorded round waits in: `here` for this machine's device, else its launcher's name."""
    with studio.store.read() as cursor:
        row = rounds.get(cursor, number)
    return HERE if row is None else _lane_of(studio, row.spec.get("launcher", HERE))


def held_back(studio: Studio, lane: str) -> set[str]:
    """The jobs of the rounds that wait in this lane behind its first.

    The first that waits is not held back, though another trains: it tells the device that it wants it, or bulk work
    would slip in between any two rounds.
    """
    waiting = [one.row.number for one in _queue(studio) if one.lane == lane and one.waits]
    return {round_job(number) for number in waiting[1:]}


@contextmanager
def turn(studio: Studio, directory: RoundDirectory, job: Job) -> Iterator[None]:
    """Wait for the round's turn; one that runs elsewhere takes no device here. Raises Cancelled while waiting."""
    number, lane = directory.number, _lane_of(studio, directory.read_spec().launcher)
    if lane == HERE:
        with studio.device.turn("round", f"round {number}", job.cancelled, lambda: _is_next(studio, number, lane)):
            yield
        return
    while not _is_next(studio, number, lane):
        if job.cancelled.wait(_POLL_SECONDS):
            raise Cancelled("Cancelled while waiting in the queue.")
    yield


def directory_of(studio: Studio, number: int) -> RoundDirectory:
    """The directory of the round, whether or not it is there."""
    return RoundDirectory(studio.rounds_folder / f"{number:04d}")


def _is_next(studio: Studio, number: int, lane: str) -> bool:
    first = next((one.row.number for one in _queue(studio) if one.lane == lane), None)
    return first is None or first == number


def _queue(studio: Studio) -> list[_Queued]:
    found = [
        _Queued(row, _lane_of(studio, row.spec.get("launcher", HERE)), _waits(studio, row.number))
        for row in open_rounds(studio)
    ]
    return sorted(found, key=lambda one: (one.waits, one.row.place))


def _waits(studio: Studio, number: int) -> bool:
    return read_state(directory_of(studio, number)) == "waiting"


def _lane_of(studio: Studio, name: str) -> str:
    """`here` for what needs this machine's device, else the launcher's name."""
    launcher = studio.launchers.named.get(name)
    return name if launcher is not None and launcher.is_elsewhere else HERE
