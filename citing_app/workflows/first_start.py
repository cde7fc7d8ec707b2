"""First start: the bundled curriculum, the models and the first drafts, in jobs that can fail alone."""

from __future__ import annotations

from collections.abc import Callable

from citing_app.models import bundled, preparation
from citing_app.models.names import BUNDLED as BUNDLED_NAME
from citing_app.running.jobs import Job
from citing_app.store import items
from citing_app.workflows import importing_data
from citing_app.workflows.drafts.starting import start_drafts
from citing_app.workflows.job_names import DRAFT_JOB, EMBEDDER_JOB, IMPORT_JOB, STUDENT_JOB
from citing_app.workflows.models import using
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.rubrics.assigning import assign_everything
from citing_app.workflows.studio import Studio

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
            return f"{importing_data.import_bundled(studio).imported} rows of the bundled curriculum are new."
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
        embedded = assign_everything(studio, job)
        return f"{embedded} instructions assigned." if embedded else "Rubrics are assigned."

    studio.jobs.start(EMBEDDER_JOB, "Preparing the embedder", work)


def start_student(studio: Studio) -> None:
    """Prepare the student, then write the first drafts and have them revised where the teacher costs nothing."""

    def work(job: Job) -> str:
        if studio.chosen.given == BUNDLED_NAME:
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


def use_student(studio: Studio, asked: OneStudent) -> str:
    """Use this student from now on, and prepare it where it is the bundled one; as `using.use`."""
    told = using.use(studio, asked)
    if studio.chosen.given == BUNDLED_NAME and not bundled.STUDENT.is_prepared(studio.settings.cache_dir):
        start_student(studio)
    return told


def prepare_models(studio: Studio, job: Job) -> None:
    """Prepare both bundled models in the calling thread, as far as these settings use them."""
    prepare_model(studio, bundled.EMBEDDER, job)
    if studio.chosen.given == BUNDLED_NAME:
        prepare_model(studio, bundled.STUDENT, job)


def prepare_model(studio: Studio, model: bundled.BundledModel, job: Job) -> None:
    """Fetch, check and convert one bundled model with progress. Raises CitingError with one sentence."""

    def on_progress(stage: preparation.Stage, fraction: float | None) -> None:
        job.message = f"{model.title}: {_STAGES[stage]}"
        job.done, job.total = (fraction, 1.0) if fraction is not None else (0.0, None)

    preparation.prepare(model, studio.settings.cache_dir, on_progress, job.cancelled.is_set)
