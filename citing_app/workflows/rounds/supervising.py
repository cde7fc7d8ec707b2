"""A round from the queue to its end: started when its turn comes, watched, and imported as its directory says it ended.

Nothing about a running round is kept in memory: after a restart the directories tell what runs, what waits and what
ended meanwhile. So a trainer, which outlives the app, is never asked how it is: its files are read, and those of a dead
one say as much as those of a living one. The store follows: what a directory says is imported, never the other way.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeVar

from citing_app.errors import Cancelled, CitingError
from citing_app.models.hub import fetch_student
from citing_app.rounds.launcher import end_trainer
from citing_app.rounds.layout import RoundDirectory, existing
from citing_app.rounds.owner import Owner
from citing_app.rounds.status import ENDED, RoundStatus, read_progress, read_state, read_status
from citing_app.running.jobs import Job
from citing_app.store import rounds
from citing_app.store.database import Cursor
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds import queue
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.rounds.states import RUNNING
from citing_app.workflows.studio import Studio

_POLL_SECONDS = 0.4
_HEED_SECONDS, _GRACE_SECONDS = 1.0, 1.1
"""How long a cancel is left to the trainer, twice, and to the first signal: a little over three seconds in all, and on
a machine that is busy, less than five until the page tells the end."""
_TRIES = 3
_AGAIN_SECONDS = 2.0
Note = Callable[[Cursor, int], None]
"""Writes something down of the round with this number."""
T = TypeVar("T")
log = logging.getLogger(__name__)


def follow(studio: Studio, number: int) -> Job:
    """Train the round when its turn comes, or watch it where it trains already, and import how it ends.

    One whose trainer died waits its turn like any other, and can be moved and cancelled meanwhile.
    """
    directory = directory_of(studio, number)
    if directory.is_resumable:
        with suppress(CitingError):  # its trainer was heard of again
            directory.release()

    def work(job: Job) -> str:
        job.message = "starting"
        while True:
            # Only the disk is asked again here: a CitingError of the training has become the round's own end by now.
            _insist(job, OSError, lambda: _train(studio, directory, job))
            # Whatever refuses the end: a round that the store takes to be running keeps its lane and its revisions.
            status = _insist(job, Exception, lambda: _import(studio, number))
            if status.state != "running":  # else its trainer, silent for long, was heard of again
                return _told(number, status)

    # Waiting costs no thread: only who trains here, and the first behind it, has one (queue.held_back).
    lane, name = queue.lane_of(studio, number), round_job(number)
    held_back = partial(queue.held_back, studio, lane)
    return studio.jobs.start_in_turn(lane, name, f"Training round {number}", work, held_back)


def wait(studio: Studio, number: int, tell: Callable[[str], None]) -> tuple[str, dict[str, Any], str | None]:
    """Wait until a round started here has ended and is imported: its state, its result and its message."""
    while studio.jobs.running(round_job(number)):
        status = read_progress(directory_of(studio, number))
        tell(f"round {number}: {status.phase or status.state} {status.step}/{status.steps or '?'}")
        time.sleep(_POLL_SECONDS)
    status = read_status(directory_of(studio, number))
    return status.state, status.result or {}, status.message


def import_round(studio: Studio, number: int) -> str:
    """Bring the store to what the round's directory says; doing it twice does nothing the second time."""
    return _told(number, _import(studio, number))


def import_rounds(studio: Studio) -> None:
    """Bring the store to what the rounds' directories say, and start nothing: import the rounds that ended meanwhile.

    The directories alone tell: a round that the store does not know (a new database, a crash) is recorded from its own.
    One whose trainer died stays open, for the app to go on with.
    """
    with studio.store.read() as cursor:
        known = {row.number for row in rounds.all_rounds(cursor)}
    for directory in existing(studio.rounds_folder):
        if directory.number not in known and directory.spec.exists():
            _find(studio, directory)
    for row in queue.open_rounds(studio):
        directory = directory_of(studio, row.number)
        try:
            if read_state(directory) in ENDED and not directory.is_resumable:
                import_round(studio, row.number)
        except CitingError as error:
            log.warning("%s", error)


def find_rounds(studio: Studio) -> None:
    """After a start: import the rounds that ended meanwhile, go on with the one that trains or whose trainer died, and
    with those that wait.

    Only for a process that stays: what this starts is watched no longer than the studio is open.
    """
    import_rounds(studio)
    for row in queue.queue(studio):
        try:
            follow(studio, row.number)
        except CitingError as error:
            log.warning("%s", error)


def record(
    studio: Studio,
    directory: RoundDirectory,
    started_by: str,
    repeats: int | None = None,
    note: Note = lambda cursor, number: None,
) -> None:
    """Record a round with what it learns, all from its directory; `note` writes in the same transaction."""
    spec = directory.read_spec()
    with studio.store.write() as cursor:
        parent = spec.parent.round if spec.parent else None
        rounds.add(cursor, asdict(spec), parent, started_by, *_learned(directory), repeats)
        note(cursor, directory.number)


def resume_round(studio: Studio, number: int) -> None:
    """Go on with a round that was lost or has failed, from its newest checkpoint.

    Raises CitingError for one that cannot be gone on with.
    """
    directory = made_round(studio, number)
    with studio.starting_round:  # what another round begins to learn meanwhile must not be learned twice
        status = read_status(directory)
        if status.state in RUNNING or studio.jobs.running(round_job(number)):  # another window was quicker
            raise CitingError(f"Round {number} cannot be resumed: it goes on already.")
        if not status.resumable:
            raise CitingError(f"Round {number} cannot be resumed: {_why_not(directory, status)}.")
        decided, answered = _learned(directory)
        with studio.store.read() as cursor:
            if rounds.learned_later(cursor, number, decided):
                raise CitingError(f"A later round learned what round {number} would; train it again instead.")
        if status.state == "failed":
            directory.reopen()
        # The directory first: an app that dies in between finds it resumable at its next start, with its files whole.
        with studio.store.write() as cursor:
            rounds.reopen(cursor, number, decided, answered)
        follow(studio, number)


def _why_not(directory: RoundDirectory, status: RoundStatus) -> str:
    """Why another trainer cannot go on with this round that does not go on."""
    if status.state != "failed" or directory.cancel.exists():
        return "it has ended"
    owner = Owner.read(directory.run)
    return "it is still ending" if owner is not None and owner.is_alive else "it left no checkpoint"


def _learned(directory: RoundDirectory) -> tuple[list[str], list[str]]:
    """The decisions, and the hashes of the answered instructions, that the round's rows were made from, each once."""
    rows = directory.read_rows(directory.train)
    decided, answered = ({row[origin]: None for row in rows if origin in row} for origin in ("decision", "instruction"))
    return list(decided), list(answered)


def made_round(studio: Studio, number: int) -> RoundDirectory:
    """The directory of a round that was made. Raises CitingError where there is none."""
    directory = directory_of(studio, number)
    if not directory.spec.exists():
        raise CitingError(f"There is no round {number}.")
    return directory


def _import(studio: Studio, number: int) -> RoundStatus:
    status = read_status(directory_of(studio, number))
    if status.state == "cancelling":  # nobody has begun it, and who still does stops at once
        status = replace(status, state="cancelled")
    with studio.store.write() as cursor:
        rounds.set_state(cursor, number, status.state, status.result)
    return status


def _told(number: int, status: RoundStatus) -> str:
    """The sentence of a round that is imported. Raises CitingError for one that failed or was lost."""
    if status.state in ("failed", "lost"):
        raise CitingError(status.message or f"Round {number} ended without an adapter.")
    return f"Round {number} {status.state}."


def _insist(job: Job, refusal: type[Exception], do: Callable[[], T]) -> T:
    """Do it again until it is not refused, by a full disk say: a round that nobody follows blocks its queue."""
    while True:
        try:
            return do()
        except refusal as error:
            if job.closing:
                raise
            log.warning("%s: %s; it is tried again", job.name, error)
            job.message = str(error) if isinstance(error, CitingError) else job.message
            time.sleep(_AGAIN_SECONDS)


def _train(studio: Studio, directory: RoundDirectory, job: Job) -> None:
    """Wait for the round's turn and have it trained; what it fails of is written to its directory."""
    try:
        with queue.turn(studio, directory, job):
            _run(studio, directory, job)
    except Cancelled:
        if job.closing:
            raise
        directory.request_cancel()  # cancelled from the strip, which knows jobs and no rounds
    except CitingError as error:
        log.warning("round %d: %s", directory.number, error)
        if read_state(directory) == "waiting":  # nothing would ever start it
            directory.write_error("failed", str(error))


def _run(studio: Studio, directory: RoundDirectory, job: Job) -> None:
    """Have the round trained until it has ended. One whose trainer dies goes on from its newest checkpoint.

    Not more than `_TRIES` times in a row without a step further: what kills a trainer again and again, a person mends.
    """
    tries, reached = 0, -1
    while True:
        # One that runs already, since before a restart say, is only watched: two trainers would write one adapter.
        if read_state(directory) == "waiting":
            spec = directory.read_spec()
            launcher = studio.launchers.get(spec.launcher)
            if not launcher.is_elsewhere:
                fetch_student(spec.student, cancelled=job.cancelled.is_set)  # a trainer has no token for the hub
            launcher.start(directory)
        _watch(studio, directory, job)
        status = read_status(directory)
        # A step further starts the count anew: a machine that reboots each night may train for weeks.
        tries = tries + 1 if status.step <= reached else 1
        reached = max(reached, status.step)
        if not directory.is_resumable or tries > _TRIES or job.cancelled.is_set():
            return
        log.warning("round %d: its trainer died at step %d; it goes on", directory.number, status.step)
        directory.release()


def _watch(studio: Studio, directory: RoundDirectory, job: Job) -> None:
    """Report progress until the round has ended. A cancel that is not heeded in time ends the process."""
    asked: float | None = None
    while (status := read_progress(directory)).state in RUNNING:
        if job.closing:
            raise Cancelled("The app is closing; the round goes on.")
        if asked is None and (job.cancelled.is_set() or status.state == "cancelling"):
            asked = time.monotonic()
            directory.request_cancel()
        if asked is not None and time.monotonic() - asked > _HEED_SECONDS:
            # No run.json, no process to signal: the launcher's command may still wait in an engine's queue.
            if not directory.run.exists():
                return  # nobody runs it, and a trainer that begins later stops at once
            end_trainer(directory, _GRACE_SECONDS)
        if status.steps:
            job.done, job.total = status.step, status.steps
        job.message = status.phase or ""
        if asked is None:
            job.cancelled.wait(_POLL_SECONDS)  # heard at once
        else:
            time.sleep(_POLL_SECONDS)


def _find(studio: Studio, directory: RoundDirectory) -> None:
    try:
        record(studio, directory, "found")
    except (CitingError, OSError, ValueError) as error:  # one damaged directory must not keep the app from starting
        log.warning("%s is left out: %s", directory.path, error)
