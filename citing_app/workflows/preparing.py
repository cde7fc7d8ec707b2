"""First start: the bundled curriculum, the models and the first drafts, in jobs that can fail alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from citing_app.errors import CitingError
from citing_app.models import bundled, preparation
from citing_app.models.names import BUNDLED as BUNDLED_NAME
from citing_app.store import categories, fitting, items
from citing_app.store.database import Store
from citing_app.workflows.assigning import assign_all
from citing_app.workflows.drafting import adapter_of, draft
from citing_app.workflows.importing import import_bundled
from citing_app.workflows.jobs import Job
from citing_app.workflows.revising import retry, revise, revising_beside, summary
from citing_app.workflows.studio import Studio

IMPORT_JOB, EMBEDDER_JOB, STUDENT_JOB, ASSIGN_JOB, DRAFT_JOB, REVISE_JOB = (
    "import_curriculum",
    "prepare_embedder",
    "prepare_student",
    "assign",
    "draft",
    "revise",
)
_STAGES = {
    "waiting": "waiting for another process that prepares it",
    "downloading": "downloading",
    "unpacking": "checking",
    "converting": "converting",
    "ready": "ready",
}


def prepare_all(studio: Studio) -> None:
    """Start what is missing, each part in a job of its own, so that one can fail without the others.

    The curriculum is imported at every start, which adds only what is new: a store that was replayed from its journal
    holds a few of its rows already.
    """

    def work(job: Job) -> str:
        try:
            return f"{import_bundled(studio.store).imported} rows of the bundled curriculum are new."
        finally:
            if not job.closing:
                start_missing(studio, EMBEDDER_JOB, start_embedder)
                start_missing(studio, STUDENT_JOB, start_student)

    studio.jobs.start(IMPORT_JOB, "Importing the bundled curriculum", work)


def start_missing(studio: Studio, name: str, start: Callable[[Studio], None]) -> None:
    """Start a job that this app has not seen yet: a second try at the curriculum leaves the models alone."""
    if studio.jobs.get(name) is None:
        start(studio)


def start_embedder(studio: Studio) -> None:
    """Prepare the embedder, then assign every instruction."""

    def work(job: Job) -> str:
        prepare_model(studio, bundled.EMBEDDER, job)
        embedded = _assign(studio, job)
        return f"{embedded} instructions assigned." if embedded else "Rubrics are assigned."

    studio.jobs.start(EMBEDDER_JOB, "Preparing the embedder", work)


def start_student(studio: Studio) -> None:
    """Prepare the student, then write the first drafts and have them revised where the teacher costs nothing."""

    def work(job: Job) -> str:
        if studio.settings.student == BUNDLED_NAME:
            prepare_model(studio, bundled.STUDENT, job)
        while studio.jobs.running(EMBEDDER_JOB):  # a draft is revised against its rubric, so rubrics come first
            job.progress(0, None, "waiting until rubrics are assigned")
            job.cancelled.wait(0.2)
        with studio.store.read() as cursor:
            drafted = items.drafted_by_students(cursor)
        if not drafted and studio.settings.first_drafts and not studio.jobs.running(DRAFT_JOB):
            start_drafts(studio, studio.settings.first_drafts, None, revised=studio.teacher.is_free)
        return "The student is ready."

    studio.jobs.start(STUDENT_JOB, "Preparing the student", work)


def start_assigning(studio: Studio) -> None:
    """Embed and assign what is new, after an import; where that is under way already, it takes the new rows too."""

    def work(job: Job) -> str:
        return f"{_assign(studio, job)} instructions assigned."

    if not studio.jobs.running(EMBEDDER_JOB) and not studio.jobs.running(ASSIGN_JOB):
        studio.jobs.start(ASSIGN_JOB, "Assigning rubrics", work)


def _assign(studio: Studio, job: Job) -> int:
    """A little work on the generation worker: beside a round where that leaves room, as a chat does.

    Where members or the floor change meanwhile, it is done again: whoever changed them found it under way, and
    started none.
    """
    embedded, seen = 0, None
    with studio.device.turn("chat", "assigning rubrics", job.cancelled):
        while seen != (now := _last_change(studio.store)):
            embedded += assign_all(studio.store, studio.embedder, job)
            seen = now
    return embedded


def _last_change(store: Store) -> tuple[int, ...]:
    """What an assignment depends on; it differs once people have changed members, categories or the floor."""
    with store.read() as cursor:
        return (len(categories.changes(cursor)), *fitting.sorting_mark(cursor))


def start_drafts(studio: Studio, count: int, number: int | None, revised: bool = True) -> None:
    """Draft, and have drafts revised as they are written; a teacher that costs money only where a person asks."""

    def work(job: Job) -> str:
        if not revised:
            written = draft_now(studio, count, number, job)
            return f"{len(written)} drafts written; the teacher revises them when you ask it to, on the Data page."
        with revising_beside(studio.store, studio.teachers, job) as (feed, outcomes):
            written = draft_now(studio, count, number, job, feed.put)
        if not written:
            return "Every train instruction has a draft by this student already; import more, or choose another round."
        return f"{len(written)} drafts; " + summary(outcomes.result())

    if not 1 <= count <= 10_000:
        raise CitingError("Ask for between 1 and 10,000 drafts.")
    adapter_of(studio.store, studio.rounds_folder, number)  # a round that cannot draft is told at once
    studio.jobs.start(DRAFT_JOB, "Drafting and revising", work, needs=[] if number is None else [number])


def start_revisions(studio: Studio, count: int, item_ids: Sequence[int] | None = None) -> None:
    """Have the teachers revise drafts that lack a revision, or just those of `item_ids`."""

    def work(job: Job) -> str:
        return summary(revise(studio.store, studio.teachers, count, job, item_ids))

    studio.jobs.start(REVISE_JOB, "Revising", work)


def start_retry(studio: Studio, outcomes: Sequence[str] | None = None) -> None:
    """Ask again for the revisions that failed, by default all of them."""

    def work(job: Job) -> str:
        return summary(retry(studio.store, studio.teachers, job, outcomes))

    studio.jobs.start(REVISE_JOB, "Revising", work)


def draft_now(
    studio: Studio,
    count: int,
    number: int | None,
    job: Job,
    on_written: Callable[[Sequence[int]], None] = lambda item_ids: None,
) -> list[int]:
    """Drafts in the calling thread: what the job and the command line share."""
    return draft(studio.store, studio.student, studio.device, studio.rounds_folder, count, number, job, on_written)


def prepare_models(studio: Studio, job: Job) -> None:
    """Prepare both bundled models in the calling thread, as far as these settings use them."""
    prepare_model(studio, bundled.EMBEDDER, job)
    if studio.settings.student == BUNDLED_NAME:
        prepare_model(studio, bundled.STUDENT, job)


def prepare_model(studio: Studio, model: bundled.BundledModel, job: Job) -> None:
    """Fetch, check and convert one bundled model with progress. Raises CitingError with one sentence."""

    def on_progress(stage: preparation.Stage, fraction: float | None) -> None:
        job.message = f"{model.title}: {_STAGES[stage]}"
        job.done, job.total = (fraction, 1.0) if fraction is not None else (0.0, None)

    preparation.prepare(model, studio.settings.cache_dir, on_progress, job.cancelled.is_set)
