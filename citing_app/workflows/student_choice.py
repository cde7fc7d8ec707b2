"""The student in use: chosen by the flag, on the Models page or by a command, and remembered by the data folder.

The base model of the first student of a data folder is called `base`, wherever drafts, answers and figures name their
model; that of another is `base of` its name. A round is of the student in its spec.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from citing_app.errors import CitingError
from citing_app.models.names import BUNDLED, student_name
from citing_app.rounds.files import read_json
from citing_app.store import curricula, races, student_choices
from citing_app.store.answers import Model
from citing_app.store.database import Cursor, Store
from citing_app.store.student_choices import StudentChoice

BASE = "base"
_OPEN = ("running", "paused")


def base_of(student: str) -> str:
    """What the base model of another student than the first is called."""
    return f"{BASE} of {student}"


def is_base(name: str) -> bool:
    """Whether a model of this name is a student without an adapter."""
    return name == BASE or name.startswith(base_of(""))


@dataclass(frozen=True)
class ChosenStudent:
    """A student as it was given, the name that rounds know it by, and what its base model is called."""

    given: str
    name: str
    base: str

    def is_of(self, spec: Mapping[str, Any]) -> bool:
        """Whether the round of this spec is of this student."""
        return student_name(spec.get("student", self.name)) == self.name

    def wrote(self, model: Model) -> bool:
        """Whether a model that has answered is this student, with an adapter or without."""
        return _answered_as(model.student) == self.name


def at_opening(store: Store, rounds_folder: Path, given: str | None) -> ChosenStudent:
    """The student of a data folder that is opened: the `given` one, else the one used last, at first the bundled one.

    Of a folder from before choices were kept, or whose store came back from its journal, rounds say which was first.
    Raises CitingError where another one is given while a curriculum or a race of the one used last is open.
    """
    with store.write() as cursor:
        chosen = student_choices.everything(cursor)
        if not chosen:
            trained = _trained(rounds_folder)
            chosen = [*trained, *([] if trained else [_choice(given or BUNDLED)])]
            for one in chosen:
                student_choices.add(cursor, one)
            _call_bases_apart(cursor, chosen[0].name)
        under_way, number = open_work(cursor)
    if under_way and given is not None and student_name(given) != chosen[-1].name:
        raise CitingError(
            f"The {under_way} {number} goes on with the student {chosen[-1].given}: start without --student, and "
            "change the student when it has ended or was cancelled."
        )
    return choose(store, given or chosen[-1].given)


def open_work(cursor: Cursor) -> tuple[Literal["race", "curriculum"] | None, int]:
    """The race or the curriculum that runs or is paused, and goes on with the student in use; (None, 0) without one."""
    for row in races.all_races(cursor):
        if row.state in _OPEN:
            return "race", row.id
    for one in curricula.all_curricula(cursor):
        if one.state in _OPEN:
            return "curriculum", one.id
    return None, 0


def choose(store: Store, given: str) -> ChosenStudent:
    """Remember the student as the one in use."""
    with store.write() as cursor:
        chosen, one = student_choices.everything(cursor), _choice(given)
        if chosen[-1:] != [one]:
            student_choices.add(cursor, one)
    first = chosen[0].name if chosen else one.name
    return ChosenStudent(one.given, one.name, BASE if one.name == first else base_of(one.name))


def _call_bases_apart(cursor: Cursor, first: str) -> None:
    """Give the base models of other students than the first their own names, which answers of old do not have."""
    for student in student_choices.called_base(cursor):
        name = _answered_as(student)
        if name != first:
            student_choices.call_base(cursor, student, base_of(name))


def _answered_as(student: str) -> str:
    """The name of a student by what its answers are known by: a folder with the digest of its weights, a hub name."""
    return student_name(student.rpartition("@")[0] or student)


def _choice(given: str) -> StudentChoice:
    folder = Path(given).expanduser()
    given = str(folder.resolve()) if given != BUNDLED and folder.is_dir() else given
    return StudentChoice(given, student_name(given))


def _trained(rounds_folder: Path) -> list[StudentChoice]:
    """The students of the rounds on the disk, in the order of the rounds' numbers, one that follows itself once."""
    found: list[StudentChoice] = []
    for path in sorted(rounds_folder.glob("[0-9]*/spec.json")):
        with suppress(CitingError, OSError):  # a damaged round says nothing
            given = str((read_json(path) or {}).get("student") or BUNDLED)
            one = _choice(BUNDLED if student_name(given) == BUNDLED else given)
            found += [] if found[-1:] == [one] else [one]
    return found
