"""Status: what the studio holds and does, as plain JSON."""

from __future__ import annotations

from typing import Any

from citing_app.rounds.spec import IMPORTED
from citing_app.running.jobs import Job
from citing_app.store import instructions, rounds, states
from citing_app.workflows.job_names import is_retried
from citing_app.workflows.rounds.states import RUNNING
from citing_app.workflows.studio import Studio


def status(studio: Studio) -> dict[str, Any]:
    """Counts, jobs, what waits for the device, and the newest round that was trained here."""
    with studio.store.read() as cursor:
        counts = states.counts(cursor)
        all_rounds = rounds.all_rounds(cursor)
    running = min((row for row in all_rounds if row.state in RUNNING), key=lambda row: row.place, default=None)
    # An adapter that somebody brought is not what was trained here, however new it is.
    finished = next((row for row in all_rounds if row.state == "finished" and row.kind != IMPORTED), None)
    jobs = [job_view(job) for job in studio.jobs.all() if not job.dismissed and job.state != "finished"]
    return {
        "counts": counts,
        "jobs": jobs,
        "ended": studio.jobs.ended,
        "waiting": studio.device.waiting(),
        "busy": running is not None or any(job["state"] == "running" for job in jobs),
        "line": _line(running.number if running else None, finished.number if finished else None),
        "round": finished.number if finished else None,
        "teacher": studio.teacher.name,
    }


def summary(studio: Studio) -> dict[str, Any]:
    """Counts and data sets, the teacher and the data folder."""
    with studio.store.read() as cursor:
        datasets = instructions.datasets(cursor)
        return {
            "items": states.counts(cursor),
            "datasets": [dict(zip(("name", "train", "validation", "test"), row, strict=True)) for row in datasets],
            "teacher": studio.teacher.name,
            "data_dir": str(studio.settings.data_dir),
        }


def job_view(job: Job) -> dict[str, Any]:
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


def _line(running: int | None, finished: int | None) -> str:
    if running is not None:
        return f"training round {running}"
    return "student: base" if finished is None else f"student: round {finished}"
