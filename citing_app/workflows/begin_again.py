"""After a start: the long work goes on that was asked for before the app was killed or closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from citing_app.errors import CitingError
from citing_app.running.jobs import Job
from citing_app.store import asked_jobs
from citing_app.store.asked_jobs import AskedJob
from citing_app.workflows.candidates import sampling
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.evaluation.figures import measuring, strengths
from citing_app.workflows.evaluation.judge import comparing
from citing_app.workflows.evaluation.requests import Compare, Evaluate, FindStrength
from citing_app.workflows.job_names import COMPARE_JOB, EVALUATE_JOB, FETCH_JOB, SAMPLE_JOB, STRENGTHS_JOB
from citing_app.workflows.lasting import forget
from citing_app.workflows.models import fetching
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.studio import Studio

_STARTED: Mapping[str, Callable[[Studio, Mapping[str, Any]], None]] = {
    EVALUATE_JOB: lambda studio, asked: measuring.start(studio, Evaluate.of(asked)),
    COMPARE_JOB: lambda studio, asked: comparing.start(studio, Compare.of(asked)),
    SAMPLE_JOB: lambda studio, asked: sampling.start_sampling(studio, Sample.of(asked)),
    FETCH_JOB: lambda studio, asked: fetching.start(studio, OneStudent.of(asked)),
    STRENGTHS_JOB: lambda studio, asked: strengths.start(studio, FindStrength.of(asked)),
}


def begin_again(studio: Studio) -> None:
    """Start each job that has not ended. One that can no longer be started stands failed on the strip, and says why."""
    with studio.store.read() as cursor:
        found = asked_jobs.all_jobs(cursor)
    for one in found:
        _start(studio, one)


def _start(studio: Studio, one: AskedJob) -> None:
    try:
        _STARTED[one.name](studio, one.asked)
    except CitingError as error:
        why = str(error)

        def work(job: Job) -> str:
            forget(studio, one.name)
            raise CitingError(why)

        studio.jobs.start(one.name, one.title, work)
