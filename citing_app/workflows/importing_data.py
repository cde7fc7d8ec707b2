"""Data sets of an open studio: rows that come in need a rubric, and those that go may be needed by what runs."""

from __future__ import annotations

from pathlib import Path

from citing_app.errors import CitingError
from citing_app.store import curricula, races
from citing_app.types import ImportReport
from citing_app.workflows.data import datasets, importing, taking_back
from citing_app.workflows.data.requests import Import, RenameDataset
from citing_app.workflows.data.taking_back import Going
from citing_app.workflows.job_names import may_lose_rows
from citing_app.workflows.rubrics.assigning import assign_anew
from citing_app.workflows.studio import Studio


def import_file(studio: Studio, path: Path, asked: Import, by: str) -> ImportReport:
    """As `take_in`; the rows are then assigned in the background."""
    report = take_in(studio, path, asked, by)
    assign_anew(studio)
    return report


def take_in(studio: Studio, path: Path, asked: Import, by: str) -> ImportReport:
    """As `importing.import_file`.

    The command imports by this alone: its process would end before the embedder had loaded. The app assigns what is new
    when it starts, and so does each command that needs rubrics.
    """
    dataset, journal = asked.dataset or None, studio.imports
    return importing.import_file(
        studio.store, path, dataset, asked.held_out, asked.how, update=asked.update, by=by, journal=journal
    )


def import_bundled(studio: Studio) -> ImportReport:
    """As `importing.import_bundled`."""
    return importing.import_bundled(studio.store, by=studio.settings.annotator, journal=studio.imports)


def take_back(studio: Studio, number: int, by: str) -> Going:
    """As `taking_back.take_back`. Raises CitingError, too, while something runs that may use the rows."""
    ensure_unused(studio)
    return taking_back.take_back(studio.store, studio.imports, number, by)


def delete(studio: Studio, dataset: str, by: str) -> Going:
    """As `datasets.delete`. Raises CitingError, too, while something runs that may use the rows."""
    ensure_unused(studio)
    return datasets.delete(studio.store, studio.imports, dataset, by)


def rename(studio: Studio, asked: RenameDataset, by: str) -> str:
    """As `datasets.rename`. Raises CitingError, too, while something runs that may know the old name."""
    ensure_unused(studio)
    return datasets.rename(studio.store, studio.imports, asked.dataset, asked.name, by)


def ensure_unused(studio: Studio) -> None:
    """Raise CitingError while a job, a curriculum or a race has not ended: each may hold any instructions."""
    for job in studio.jobs.all():
        if job.state == "running" and not may_lose_rows(job.name):
            raise CitingError(f"Wait for this to end, or cancel it first: {job.title}.")
    with studio.store.read() as cursor:
        ways, contests = curricula.all_curricula(cursor), races.all_races(cursor)
    for way in ways:
        if way.state in ("running", "paused"):
            raise CitingError(f"Curriculum {way.id} has not ended and may use these rows; cancel it first.")
    for contest in contests:
        if contest.state in ("running", "paused"):
            raise CitingError(f"Race {contest.id} has not ended and may use these rows; cancel it first.")
