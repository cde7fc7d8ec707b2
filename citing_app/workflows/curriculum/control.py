"""The whole algorithm (paper §3): rounds of sample, draft, revise, decide, train, evaluate, one after the other.

Each stage that ends is written to the store with what it made, so a curriculum goes on from its stage after a pause, a
restart or a crash, and does nothing twice: a draft, a paid revision, a decision and a round are each found again.
"""

from __future__ import annotations

from collections.abc import Iterator

from citing_app.errors import Cancelled, CitingError
from citing_app.running.jobs import Job
from citing_app.store import curricula
from citing_app.store.curricula import CurriculumRow
from citing_app.store.database import Cursor, Store
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.curriculum.stages import Course
from citing_app.workflows.evaluation.judge.comparing import judge_of
from citing_app.workflows.evaluation.test_sets import ensure_measurable
from citing_app.workflows.job_names import CURRICULUM_JOB
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.queue import queue
from citing_app.workflows.rounds.training_set import ensure_held_out
from citing_app.workflows.studio import Studio


def start(studio: Studio, settings: CurriculumSettings, started_by: str) -> int:
    """Begin a curriculum in the background; its id.

    Raises CitingError for what `add` refuses, or while the one before is still stopping.
    """
    with studio.store.read() as cursor:
        _ensure_all_ended(cursor)
    _ensure_stopped(studio)  # first: one that is written down as running must run
    number = add(studio, settings, started_by)
    _start_job(studio, number)
    return number


def add(studio: Studio, settings: CurriculumSettings, started_by: str) -> int:
    """Write down a curriculum that is about to run; its id.

    Raises CitingError where another one has not ended, this host knows no such launcher or judge, there is nothing to
    measure on in the data set it names, or nothing to validate on.
    """
    if settings.choices.launcher:  # a typing error must not cost what comes before the first round is trained
        studio.launchers.get(settings.choices.launcher)
    if settings.evaluate_items and (settings.evaluate or settings.stop_when_worse):
        ensure_measurable(studio.store, settings.evaluate, settings.measured_part)
    if settings.choices.validate_on:
        ensure_held_out(studio.store, settings.choices.validate_on)
    if settings.judge:
        judge_of(studio.judges, settings.judge)
    with studio.store.write() as cursor:
        _ensure_all_ended(cursor)
        return curricula.add(cursor, settings.to_json(), started_by)


def run(studio: Studio, number: int, job: Job) -> str:
    """Go on with a curriculum until it ends or pauses, in the calling thread; the sentence to show.

    Whatever a stage raises, the curriculum then waits, paused, with the reason.
    """
    course = Course(studio, number, _get(studio.store, number), job)
    try:
        for place, stage in _left(course):
            course.do(place, stage)
    except Cancelled:
        if job.closing:
            raise
        return _stopped(studio, number)
    except Exception as error:
        reason = f"The stage stopped at an unexpected {type(error).__name__}; the log has the details."
        _give_up(studio.store, number, job, str(error) if isinstance(error, CitingError) else reason)
        raise
    _set_state(studio.store, number, "finished", course.stopped)
    return course.stopped or f"Curriculum {number} has finished."


def pause(studio: Studio, number: int) -> None:
    """Stop at the next safe point. A round in training goes on to its end."""
    _ensure(studio.store, number, "running")
    _set_state(studio.store, number, "paused")
    studio.jobs.cancel(CURRICULUM_JOB)


def go_on(studio: Studio, number: int) -> None:
    """Continue a paused curriculum from the stage that has not ended."""
    _ensure(studio.store, number, "paused")
    _ensure_stopped(studio)
    _start_job(studio, reopen(studio.store, number))


def reopen(store: Store, number: int) -> int:
    """Let a curriculum that has not ended run again; its id."""
    if _get(store, number).state not in ("running", "paused"):
        raise CitingError(f"Curriculum {number} has ended already.")
    _set_state(store, number, "running")
    return number


def cancel(studio: Studio, number: int) -> None:
    """End a curriculum for good; what its stages made stays. A round that it trains is cancelled."""
    row = _get(studio.store, number)
    if row.state not in ("running", "paused"):
        raise CitingError(f"Curriculum {number} has ended already.")
    _set_state(studio.store, number, "cancelled")
    studio.jobs.cancel(CURRICULUM_JOB)
    _cancel_rounds(studio, number)


def find(studio: Studio) -> None:
    """After a start: go on with the curriculum that was running."""
    with studio.store.read() as cursor:
        running = [row.id for row in curricula.all_curricula(cursor) if row.state == "running"]
    for number in running:
        _start_job(studio, number)


def _start_job(studio: Studio, number: int) -> None:
    studio.jobs.start(CURRICULUM_JOB, f"Curriculum {number}", lambda job: run(studio, number, job))


def _left(course: Course) -> Iterator[tuple[int, str]]:
    """The stages that have not ended, in order, up to the round after which the curriculum stops."""
    if course.settings.sft:
        yield from ((0, stage) for stage in ("train", "evaluate") if not course.is_done(0, stage))
    for place in range(1, course.settings.rounds + 1):
        if course.stopped:
            return
        yield from ((place, stage) for stage in course.stages if not course.is_done(place, stage))


def _stopped(studio: Studio, number: int) -> str:
    state = _get(studio.store, number).state
    if state == "running":  # the job was cancelled on the strip, not on the page: that is a pause
        _set_state(studio.store, number, "paused")
        state = "paused"
    elif state == "cancelled":  # a round may have begun since its rounds were cancelled
        _cancel_rounds(studio, number)
    return f"Curriculum {number} is {state}."


def _cancel_rounds(studio: Studio, number: int) -> None:
    """Cancel the curriculum's round that has not ended, if any."""
    with studio.store.read() as cursor:
        made = [stage.detail.get("number") for stage in curricula.stages(cursor, number) if stage.stage == "train"]
    for one in queue(studio):
        if one.number in made:
            training.cancel_round(studio, one.number)


def _give_up(store: Store, number: int, job: Job, reason: str) -> None:
    """Pause a curriculum whose stage failed, unless the app closes (the next start goes on) or a person ended it."""
    if not job.closing and _get(store, number).state == "running":
        _set_state(store, number, "paused", reason)


def _get(store: Store, number: int) -> CurriculumRow:
    with store.read() as cursor:
        row = curricula.get(cursor, number)
    if row is None:
        raise CitingError(f"There is no curriculum {number}.")
    return row


def _ensure(store: Store, number: int, state: curricula.State) -> None:
    if _get(store, number).state != state:
        raise CitingError(f"Curriculum {number} is not {state}; look again.")


def _ensure_all_ended(cursor: Cursor) -> None:
    open_one = next((row for row in curricula.all_curricula(cursor) if row.state in ("running", "paused")), None)
    if open_one:
        raise CitingError(f"Curriculum {open_one.id} has not ended; continue or cancel it first.")


def _ensure_stopped(studio: Studio) -> None:
    if studio.jobs.running(CURRICULUM_JOB):
        raise CitingError("The curriculum is still stopping; try again in a moment.")


def _set_state(store: Store, number: int, state: curricula.State, reason: str | None = None) -> None:
    with store.write() as cursor:
        curricula.set_state(cursor, number, state, reason)
