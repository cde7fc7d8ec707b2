"""What the Models page and the command `student list` show: the students there are, and the one in use."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypedDict

from citing_app.models.about import About, about_folder, about_told
from citing_app.models.bundled import STUDENT
from citing_app.models.hub import ask_about, hub_students, is_here, local_folder
from citing_app.models.names import BUNDLED, resolve_student, student_name
from citing_app.store import rounds, student_choices
from citing_app.workflows.models.fetching import DownloadView, download
from citing_app.workflows.models.fitting import FitView, Memory, fits, memory
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.models.using import under_way
from citing_app.workflows.studio import Studio

Where = Literal["bundled", "folder", "hub"]
State = Literal["here", "partly", "away"]
_LICENCE = "apache-2.0"
"""Of the bundled student."""


class StudentView(TypedDict):
    """A student as it was `given`, and the `name` that its rounds know it by; what is not known is None.

    `bytes` are its files', on this machine or to download; `fits` says of `chat` and of a `round` whether the device
    has the memory. `rounds` are the finished ones of this student.
    """

    given: str
    name: str
    in_use: bool
    was_used: bool
    where: Where
    state: State
    bytes: int | None
    kind: str | None
    context: int | None
    licence: str | None
    fits: dict[str, FitView]
    rounds: list[int]


class ModelsView(TypedDict):
    """The students, the one in use first; `device` is where the memory is, `busy` why no other can be chosen now.

    `flag` is the student that the app was started with, None where it took the one used last.
    """

    students: list[StudentView]
    device: str
    memory: int
    is_sure: bool
    flag: str | None
    busy: str | None
    download: DownloadView | None


def models_view(studio: Studio) -> ModelsView:
    """The students that this data folder was used with, the bundled one, and those in the hub's cache."""
    on = memory(studio)
    made = _rounds(studio)
    students = [_view(studio, given, _about(studio, given), on, made) for given in _known(studio)]
    students.sort(key=lambda one: (not one["in_use"], not one["was_used"]))
    return {
        "students": students,
        "device": on.name,
        "memory": on.bytes,
        "is_sure": on.is_sure,
        "flag": studio.settings.student,
        "busy": under_way(studio),
        "download": download(studio),
    }


def look(studio: Studio, asked: OneStudent) -> StudentView:
    """A student that somebody named, before anything large is downloaded: its files here, or what the hub says.

    Raises CitingError where it cannot be used, and says why.
    """
    given = asked.student.strip()
    about = None
    if given != BUNDLED:
        resolved = resolve_student(given, studio.settings.cache_dir)
        told = ask_about(resolved)
        about = about_folder(local_folder(resolved) or Path(resolved)) if is_here(resolved) else about_told(told)
        given = resolved
    return _view(studio, given, about or _about(studio, given), memory(studio), _rounds(studio))


def _known(studio: Studio) -> list[str]:
    """As they were given; of those of one name the one used last."""
    with studio.store.read() as cursor:
        used = {one.name: one.given for one in student_choices.everything(cursor)}
    others = {student_name(given): given for given in (*hub_students(), BUNDLED)}
    return list({**others, **used}.values())


def _rounds(studio: Studio) -> dict[str, list[int]]:
    """The finished rounds of each student, by its name, the newest first."""
    found: dict[str, list[int]] = defaultdict(list)
    with studio.store.read() as cursor:
        student_of = student_choices.of_rounds(cursor)
        for row in rounds.listed(cursor):
            if row.state == "finished" and row.number in student_of:
                found[student_of[row.number]].append(row.number)
    return found


def _about(studio: Studio, given: str) -> About | None:
    """By its files on this machine; None where there are none."""
    folder = STUDENT.path(studio.settings.cache_dir) if given == BUNDLED else local_folder(given)
    if folder is None or not folder.is_dir():
        return None
    found = about_folder(folder)
    return replace(found, licence=_LICENCE) if given == BUNDLED else found


def _view(studio: Studio, given: str, about: About | None, on: Memory, made: dict[str, list[int]]) -> StudentView:
    name = student_name(given)
    with studio.store.read() as cursor:
        used = {one.name for one in student_choices.everything(cursor)}
    return {
        "given": given,
        "name": name,
        "in_use": name == studio.chosen.name,
        "was_used": name in used,
        "where": "bundled" if given == BUNDLED else "folder" if Path(given).is_absolute() else "hub",
        "state": _state(studio, given),
        "bytes": about.bytes if about else None,
        "kind": about.kind if about else None,
        "context": about.context if about else None,
        "licence": about.licence if about else None,
        "fits": fits(about, on) if about and about.weights else {},
        "rounds": made.get(name, []),
    }


def _state(studio: Studio, given: str) -> State:
    if given == BUNDLED:
        return "here" if STUDENT.is_prepared(studio.settings.cache_dir) else "away"
    if is_here(given):
        return "here"
    return "partly" if local_folder(given) else "away"
