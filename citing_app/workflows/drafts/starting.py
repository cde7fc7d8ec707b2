"""Drafts and revisions as jobs: what pages, endpoints and the command line start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from citing_app.running.jobs import Job
from citing_app.workflows.drafts.drafting import draft
from citing_app.workflows.drafts.revising import retry, revise, revising_beside, summary
from citing_app.workflows.drafts.teachers import allow_unknown
from citing_app.workflows.job_names import DRAFT_JOB, REVISE_JOB
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio


def start_drafts(studio: Studio, count: int, number: int | None, revised: bool = True) -> None:
    """Draft, and have drafts revised as they are written; a teacher that costs money only where a person asks."""

    def work(job: Job) -> str:
        if not revised:
            written = draft(studio, count, number, job)
            return f"{len(written)} drafts written; the teacher revises them when you ask it to, on the Data page."
        with revising_beside(studio.store, studio.teachers, job) as (feed, outcomes):
            written = draft(studio, count, number, job, feed.put)
        if not written:
            return "Every train instruction has a draft by this student already; import more, or choose another round."
        return f"{len(written)} drafts; " + summary(outcomes.result())

    adapter_of(studio, number)  # a round that cannot draft is told at once
    studio.jobs.start(DRAFT_JOB, "Drafting and revising", work, needs=[] if number is None else [number])


def start_revisions(studio: Studio, count: int, item_ids: Sequence[int] | None = None) -> None:
    """Have the teachers revise drafts that lack a revision, or just those of `item_ids`."""

    def work(job: Job) -> str:
        return summary(revise_now(studio, count, job, item_ids))

    studio.jobs.start(REVISE_JOB, "Revising", work)


def start_retry(studio: Studio, outcomes: Sequence[str] | None = None) -> None:
    """Ask again for the revisions that failed, by default all of them."""

    def work(job: Job) -> str:
        return summary(retry_now(studio, job, outcomes))

    studio.jobs.start(REVISE_JOB, "Revising", work)


def start_unknown_again(studio: Studio) -> int:
    """Ask again where nobody knows what became of a call, though it may have been paid; how many calls that were."""
    count = allow_unknown(studio.store)
    start_retry(studio, ["unknown"])
    return count


def revise_now(studio: Studio, count: int, job: Job, item_ids: Sequence[int] | None = None) -> Counter[str]:
    """Revisions in the calling thread; see `revise`."""
    return revise(studio.store, studio.teachers, count, job, item_ids)


def retry_now(studio: Studio, job: Job, outcomes: Sequence[str] | None = None) -> Counter[str]:
    """Failed revisions once more in the calling thread; see `retry`."""
    return retry(studio.store, studio.teachers, job, outcomes)
