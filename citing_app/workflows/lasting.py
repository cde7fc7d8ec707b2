"""Long work that survives a restart: what was asked for is written down until it has ended.

It suits what does nothing twice, so that beginning it again goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable

from citing_app.running.jobs import Job, Work
from citing_app.store import asked_jobs
from citing_app.store.asked_jobs import AskedJob
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


def start_lasting(studio: Studio, name: str, title: str, asked: Request, work: Work, needs: Iterable[int] = ()) -> None:
    """As `Jobs.start`; where the app is killed or closed meanwhile, `begin_again` starts it by its name."""
    written = AskedJob(name, title, asked.model_dump(mode="json"))

    def kept(job: Job) -> str:
        with studio.store.write() as cursor:
            asked_jobs.put(cursor, written)
        try:
            return work(job)
        finally:
            if not job.closing:
                forget(studio, name)

    studio.jobs.start(name, title, kept, needs)


def forget(studio: Studio, name: str) -> None:
    """The job of this name has ended, and begins by itself no more."""
    with studio.store.write() as cursor:
        asked_jobs.remove(cursor, name)
