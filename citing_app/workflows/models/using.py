"""The student in use is changed, while nothing is under way that uses it."""

from __future__ import annotations

from pathlib import Path

from citing_app.errors import CitingError
from citing_app.models.bundled import STUDENT
from citing_app.models.hub import ask_about, is_here, local_folder
from citing_app.models.names import BUNDLED, resolve_student, student_name, weights_digest
from citing_app.store import student_choices
from citing_app.workflows.job_names import ASSIGN_JOB, EMBEDDER_JOB, FETCH_JOB, IMPORT_JOB
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.rounds.queue import queue
from citing_app.workflows.student_choice import choose, open_work
from citing_app.workflows.studio import Studio, make_student

_USE_NO_STUDENT = (ASSIGN_JOB, EMBEDDER_JOB, FETCH_JOB, IMPORT_JOB)


def use(studio: Studio, asked: OneStudent) -> str:
    """Draft, chat, train and measure with this student from now on; the sentence to show.

    Raises CitingError where it is not on this machine or cannot be used, where another one of its name was used here,
    and while something is under way that uses the student.
    """
    given = asked.student.strip()
    _ensure_idle(studio)
    if given != BUNDLED:
        resolved = resolve_student(given, studio.settings.cache_dir)
        _ensure_own_name(studio, given)
        _ensure_usable(given, resolved)
    return change(studio, given)


def change(studio: Studio, given: str) -> str:
    """As `use`, for a student that can be used."""
    with studio.starting_round, studio.jobs.still(), studio.device.still():  # nothing may begin meanwhile
        _ensure_idle(studio)
        studio.chosen = choose(studio.store, given)
        studio.student = make_student(studio.worker, studio.settings, studio.chosen.given)
        studio.worker.stop()  # the next request loads the new one
    return f"The student is {studio.chosen.name}."


def under_way(studio: Studio) -> str | None:
    """Why the student cannot be changed now; None where it can."""
    try:
        _ensure_idle(studio)
    except CitingError as error:
        return str(error)
    return None


def _ensure_idle(studio: Studio) -> None:
    if studio.settings.student_url is not None:
        raise CitingError("The student is on a server; start the app without --student-url to choose another one.")
    for row in queue(studio):
        raise CitingError(f"Round {row.number} has not ended: wait for it or cancel it, then change the student.")
    with studio.store.read() as cursor:
        under_way, number = open_work(cursor)
    if under_way == "race":
        raise CitingError(f"Race {number} has not ended: wait for it or cancel it, then change the student.")
    if under_way == "curriculum":
        raise CitingError(f"Curriculum {number} has not ended: wait for it or cancel it, then change the student.")
    for job in studio.jobs.all():
        if job.state == "running" and job.name not in _USE_NO_STUDENT:
            raise CitingError(f"{job.title} is under way: wait for it or cancel it, then change the student.")
    if studio.device.using():
        raise CitingError("An answer is being written: wait for it, then change the student.")


def _ensure_usable(given: str, resolved: str) -> None:
    if not is_here(resolved):
        raise CitingError(f"{given} is not on this machine, or not all of it; download it first.")
    ask_about(resolved)


def _ensure_own_name(studio: Studio, given: str) -> None:
    """Rounds know their student by the last part of its name: two that share it would be taken for each other."""
    with studio.store.read() as cursor:
        others = [one.given for one in student_choices.everything(cursor) if one.name == student_name(given)]
    mine = local_folder(str(Path(given).expanduser()))
    for other in dict.fromkeys(others):
        theirs = STUDENT.path(studio.settings.cache_dir) if other == BUNDLED else local_folder(other)
        if mine and theirs and theirs.is_dir() and not _is_same(mine, theirs):
            raise CitingError(
                f"Another student of this name was used here ({other}), and rounds know theirs by its name; rename the "
                "new one's folder."
            )


def _is_same(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve() or weights_digest(first) == weights_digest(second)
