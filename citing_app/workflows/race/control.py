"""A race begun, paused, gone on with and ended; one runs at a time."""

from __future__ import annotations

from citing_app.errors import Cancelled, CitingError
from citing_app.running.jobs import Job
from citing_app.store import curricula, races
from citing_app.store.database import Cursor, Store
from citing_app.store.races import RaceRow
from citing_app.workflows.job_names import RACE_JOB
from citing_app.workflows.race.planning import planned
from citing_app.workflows.race.running import RaceCourse
from citing_app.workflows.race.settings import StartRace
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.queue import queue
from citing_app.workflows.studio import Studio


def start(studio: Studio, asked: StartRace, started_by: str) -> int:
    """Begin a race in the background; its id. Raises CitingError as `add`, and while one before still stops."""
    _ensure_stopped(studio)
    number = add(studio, asked, started_by)
    _start_job(studio, number)
    return number


def add(studio: Studio, asked: StartRace, started_by: str) -> int:
    """Write down a race that is about to run; its id.

    Raises CitingError where another race has not ended, and as `planned`.
    """
    settings = planned(studio, asked).settings
    with studio.store.write() as cursor:
        _ensure_all_ended(cursor)
        return races.add(cursor, settings.to_json(), started_by)


def run(studio: Studio, number: int, job: Job) -> str:
    """Go on with a race until it ends or pauses, in the calling thread; the sentence to show.

    Whatever its runs raise, the race then waits, paused, with the reason.
    """
    try:
        RaceCourse(studio, number, _get(studio.store, number), job).go()
    except Cancelled:
        if job.closing:
            raise
        return _stopped(studio, number)
    except Exception as error:
        reason = f"The race stopped at an unexpected {type(error).__name__}; the log has the details."
        if not job.closing and _get(studio.store, number).state == "running":
            _set_state(studio.store, number, "paused", str(error) if isinstance(error, CitingError) else reason)
        raise
    _set_state(studio.store, number, "finished")
    return f"Race {number} has finished."


def pause(studio: Studio, number: int) -> None:
    """Stop at the next safe point. A round in training goes on to its end."""
    _ensure(studio.store, number, "running")
    _set_state(studio.store, number, "paused")
    studio.jobs.cancel(RACE_JOB)


def go_on(studio: Studio, number: int) -> None:
    """Continue a paused race with the run that has not ended."""
    _ensure(studio.store, number, "paused")
    _ensure_stopped(studio)
    _start_job(studio, reopen(studio.store, number))


def reopen(store: Store, number: int) -> int:
    """Let a race that has not ended run again; its id."""
    _ensure_open(_get(store, number))
    _set_state(store, number, "running")
    return number


def cancel(studio: Studio, number: int) -> None:
    """End a race for good; what its runs made stays. A round that it trains is cancelled."""
    _ensure_open(_get(studio.store, number))
    _set_state(studio.store, number, "cancelled")
    studio.jobs.cancel(RACE_JOB)
    _cancel_rounds(studio, number)


def find(studio: Studio) -> None:
    """After a start: go on with the race that was running."""
    with studio.store.read() as cursor:
        running = [row.id for row in races.all_races(cursor) if row.state == "running"]
    for number in running:
        _start_job(studio, number)


def _start_job(studio: Studio, number: int) -> None:
    studio.jobs.start(RACE_JOB, f"Race {number}", lambda job: run(studio, number, job))


def _stopped(studio: Studio, number: int) -> str:
    state = _get(studio.store, number).state
    if state == "running":  # the job was cancelled on the strip, not on the page: that is a pause
        _set_state(studio.store, number, "paused")
        state = "paused"
    elif state == "cancelled":  # a round may have begun since its rounds were cancelled
        _cancel_rounds(studio, number)
    return f"Race {number} is {state}."


def _cancel_rounds(studio: Studio, number: int) -> None:
    """Cancel the race's round that has not ended, if any."""
    with studio.store.read() as cursor:
        stages = [one for run in races.runs(cursor, number) for one in curricula.stages(cursor, run.curriculum)]
    made = [stage.detail.get("number") for stage in stages if stage.stage == "train" and stage.round]
    for one in queue(studio):
        if one.number in made:
            training.cancel_round(studio, one.number)


def _get(store: Store, number: int) -> RaceRow:
    with store.read() as cursor:
        row = races.get(cursor, number)
    if row is None:
        raise CitingError(f"There is no race {number}.")
    return row


def _ensure_all_ended(cursor: Cursor) -> None:
    open_one = next((row for row in races.all_races(cursor) if row.state in ("running", "paused")), None)
    if open_one:
        raise CitingError(f"Race {open_one.id} has not ended; continue or cancel it first.")


def _ensure(store: Store, number: int, state: curricula.State) -> None:
    if _get(store, number).state != state:
        raise CitingError(f"Race {number} is not {state}; look again.")


def _ensure_open(row: RaceRow) -> None:
    if row.state not in ("running", "paused"):
        raise CitingError(f"Race {row.id} has ended already.")


def _ensure_stopped(studio: Studio) -> None:
    if studio.jobs.running(RACE_JOB):
        raise CitingError("The race is still stopping; try again in a moment.")


def _set_state(store: Store, number: int, state: curricula.State, reason: str | None = None) -> None:
    with store.write() as cursor:
        races.set_state(cursor, number, state, reason)
