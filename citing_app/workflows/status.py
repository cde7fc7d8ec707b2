"""Status: what the studio holds and does, as plain JSON."""

from __future__ import annotations

from typing import TypedDict

from citing_app.kinds import is_student
from citing_app.rounds.spec import UNTRAINED
from citing_app.running.jobs import Job
from citing_app.store import instructions, rounds, states
from citing_app.types import ItemState
from citing_app.workflows.job_names import is_retried
from citing_app.workflows.rounds.queue import queue, training
from citing_app.workflows.student_choice import BASE, ChosenStudent
from citing_app.workflows.studio import Studio


class JobView(TypedDict):
    """A job as the strip shows it; `fraction` is done of the whole, `retry` whether it can be begun again."""

    name: str
    title: str
    state: str
    message: str
    fraction: float | None
    seconds_left: float | None
    retry: bool


class StatusView(TypedDict):
    """What the strip shows; `round` is the newest that was trained here, `ended` how many jobs have ended so far."""

    counts: dict[ItemState, int]
    jobs: list[JobView]
    ended: int
    waiting: list[str]
    busy: bool
    line: str
    round: int | None
    teacher: str


class DatasetView(TypedDict):
    """A data set with the number of its instructions in each split; one that is `held_out` is only measured on."""

    name: str
    train: int
    validation: int
    test: int
    held_out: bool


class SummaryView(TypedDict):
    """What the command line says of a studio; `items` are counted by state."""

    items: dict[ItemState, int]
    datasets: list[DatasetView]
    teacher: str
    data_dir: str


def status(studio: Studio) -> StatusView:
    """Counts, jobs, what waits for the device, and the newest round that was trained here."""
    with studio.store.read() as cursor:
        counts = states.counts(cursor)
        all_rounds = rounds.all_rounds(cursor)
    first = next((row.number for row in queue(studio)), None)
    # An adapter that somebody brought, or blended, is not what was trained here, however new it is.
    # Nor is another student's round the student that is in use.
    trained = [row for row in all_rounds if _is_trained_here(row.kind) and studio.chosen.is_of(row.spec)]
    finished = next((row for row in trained if row.state == "finished"), None)
    jobs = [job_view(job) for job in studio.jobs.all() if not job.dismissed and job.state != "finished"]
    return {
        "counts": counts,
        "jobs": jobs,
        "ended": studio.jobs.ended,
        "waiting": studio.device.waiting(),
        "busy": first is not None or any(job["state"] == "running" for job in jobs),
        "line": _line(first, training(studio), finished.number if finished else None, studio.chosen),
        "round": finished.number if finished else None,
        "teacher": studio.teacher.name,
    }


def summary(studio: Studio) -> SummaryView:
    """Counts and data sets, the teacher and the data folder."""
    with studio.store.read() as cursor:
        datasets, held_out = instructions.datasets(cursor), instructions.held_out_datasets(cursor)
        return {
            "items": states.counts(cursor),
            "datasets": [
                {"name": name, "train": train, "validation": validation, "test": test, "held_out": name in held_out}
                for name, train, validation, test in datasets
            ],
            "teacher": studio.teacher.name,
            "data_dir": str(studio.settings.data_dir),
        }


def job_view(job: Job) -> JobView:
    """A job as the strip shows it."""
    return {
        "name": job.name,
        "title": job.title,
        "state": job.state,
        "message": job.message,
        "fraction": job.fraction,
        "seconds_left": job.seconds_left,
        "retry": job.state in ("failed", "cancelled") and is_retried(job.name),
    }


def _is_trained_here(kind: str) -> bool:
    """Whether a round of this kind made a student here."""
    return kind not in UNTRAINED and is_student(kind)


def _line(queued: int | None, training: int | None, finished: int | None, student: ChosenStudent) -> str:
    if training is not None:
        return f"training round {training}"
    if queued is not None:
        return f"round {queued} waits"
    if finished is not None:
        return f"student: round {finished}"
    return "student: base" if student.base == BASE else f"student: base of {student.name}"
