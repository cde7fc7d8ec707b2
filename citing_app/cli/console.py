"""What a command shows while it works, on standard error, what it prepares first, and what it says at its end."""

from __future__ import annotations

import os
import sys

from citing_app.running.jobs import Job
from citing_app.workflows import first_start
from citing_app.workflows.rubrics.assigning import assign_everything
from citing_app.workflows.studio import Studio


class ConsoleJob(Job):
    """A job that tells its progress on standard error."""

    def progress(self, done: float, total: float | None, message: str = "") -> None:
        super().progress(done, total, message)
        left = f" · about {self.seconds_left:.0f} s left" if self.seconds_left else ""
        show(f"{self.title}: {self.message}{left}")


def show(text: str) -> None:
    """Put `text` in the place of the line before, where a person watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def tell(text: str) -> None:
    """Print `text` on standard output; a reader that has gone (`| head`) has read what it wanted."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python says so when it ends


def prepared(studio: Studio) -> Job:
    """Models prepared and rubrics assigned where they were not; the job that later steps report to."""
    job = ConsoleJob("prepare", "Preparing")
    first_start.prepare_models(studio, job)
    assign_everything(studio, job)
    return job
