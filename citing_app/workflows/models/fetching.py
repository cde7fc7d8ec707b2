"""A student is downloaded from the hub, in a job that survives a restart of the app."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.models.hub import ask_about, fetch_student, is_here
from citing_app.models.names import BUNDLED, resolve_student
from citing_app.running.jobs import Job
from citing_app.workflows.job_names import FETCH_JOB
from citing_app.workflows.lasting import start_lasting
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.studio import Studio

_TITLE = "Downloading "


class DownloadView(TypedDict):
    """The newest download that this app has seen; `fraction` is done of the whole, None while that is not known."""

    student: str
    state: str
    message: str
    fraction: float | None
    seconds_left: float | None


def start(studio: Studio, asked: OneStudent) -> None:
    """Download in the background; after a restart it goes on where it was.

    Raises CitingError for what is no hub name, and while another student is downloaded.
    """
    name = _hub_name(studio, asked)

    def work(job: Job) -> str:
        return fetch(studio, asked, job)

    start_lasting(studio, FETCH_JOB, f"{_TITLE}{name}", asked, work)


def fetch(studio: Studio, asked: OneStudent, job: Job) -> str:
    """Download in the calling thread; the sentence to show. What came before a cancel is kept.

    Raises CitingError that says why it cannot be had, before anything large is asked for; Cancelled.
    """
    name = _hub_name(studio, asked)
    if is_here(name):
        return f"{name} is on this machine."
    job.progress(0, None, "asking the hub")
    _ensure_room(int(ask_about(name).get("bytes", 0)))

    def told(done: int, total: int) -> None:
        job.progress(done, total or None, f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB" if total else "asking the hub")

    fetch_student(name, told, job.cancelled.is_set)
    return f"{name} is on this machine."


def download(studio: Studio) -> DownloadView | None:
    """How far the newest download is; None where this app has seen none."""
    job = studio.jobs.get(FETCH_JOB)
    if job is None:
        return None
    return {
        "student": job.title.removeprefix(_TITLE),
        "state": job.state,
        "message": job.message,
        "fraction": job.fraction,
        "seconds_left": job.seconds_left,
    }


def cancel(studio: Studio) -> None:
    """Stop the download; what has come is kept."""
    studio.jobs.cancel(FETCH_JOB)


def _hub_name(studio: Studio, asked: OneStudent) -> str:
    name = asked.student.strip()
    if name == BUNDLED:
        raise CitingError("The bundled student comes by itself when it is used; it is not on the hub.")
    resolved = resolve_student(name, studio.settings.cache_dir)
    if Path(resolved).is_absolute():
        raise CitingError("This is a folder of this machine: there is nothing to download.")
    return resolved


def _ensure_room(needed: int) -> None:
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    there = next(folder for folder in (cache, *cache.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise CitingError(
            f"The download takes {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free in the hub's cache; make room "
            "and retry."
        )
