"""The students there are: the base model, and one for each finished round but those that made a reward model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.kinds import is_student
from citing_app.models.names import student_name
from citing_app.rounds.adapter import of_another
from citing_app.store import rounds, student_choices
from citing_app.store.database import Store
from citing_app.store.rounds import RoundRow
from citing_app.workflows.request import LARGEST_ROUND, LONGEST_KNOWN, Number, Text, Value, Whole
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.studio import Studio

REFERENCE = "reference"
JUDGE = "judge:"
"""Before a judge's name, where it is a reward."""


@dataclass(frozen=True)
class _Model(Value):
    """A student by the word or number that stands for it: `base` (or 0), or a round's number."""

    def read(self, value: Any) -> str:
        named = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if named in (BASE, "0"):
            return BASE
        if named.isdecimal() and len(named) <= len(str(LARGEST_ROUND)) and 1 <= int(named) <= LARGEST_ROUND:
            return str(int(named))
        raise CitingError("Choose a model.")


@dataclass(frozen=True)
class _Reward(Value):
    """What says how good a text is: `reference` for likeness to the accepted answers, a judge, or a round's number."""

    def read(self, value: Any) -> str:
        if value == REFERENCE:
            return REFERENCE
        if value == JUDGE + REFERENCE:
            raise CitingError("The judge by reference only measures likeness to the accepted answers: take reference.")
        if isinstance(value, str) and value.removeprefix(JUDGE) not in ("", value):
            return str(Text(self.title, LONGEST_KNOWN).read(value))
        try:
            return str(Whole(self.title, 1, LARGEST_ROUND).read(value))
        except CitingError as error:
            raise CitingError("A reward is reference, judge:NAME, or the number of a round.") from error


MODEL = _Model("The model", about="base, or the number of a round")
REWARD = _Reward(
    "The reward",
    about="what says which answer is good: reference, judge:NAME, or the number of a round that can say it",
    why="Likeness to the reference answers costs nothing, but it is also what evaluations report: what is optimised "
    "for it looks better there than it is.",
)
CANDIDATES = _Reward(
    "The reward of the candidates",
    about="rank the parent's sampled candidates too, by this reward: reference, judge:NAME, or a round's number "
    "(default: none)",
    why="Candidates that the parent wrote to the same instructions stand below the revision and above the draft, among "
    "themselves by this reward.",
)
STRENGTH = Number(
    "The strength",
    0,
    2,
    about="what the adapter's change to the student is multiplied by",
    why="0 is the base model, 1 the round as it was trained.",
)


def number_of(model: str) -> int | None:
    """The round that a `MODEL` stands for; None for the base model."""
    return None if model == BASE else int(model)


def adapter_of(studio: Studio, number: int | None, of_any: bool = False) -> Path | None:
    """The folder of a finished round's adapter; None for the base model.

    Raises CitingError for a round that has none, for one whose adapter is no student, and for one of another student
    than the one in use, unless it may be `of_any`.
    """
    if number is None:
        return None
    row = round_with_adapter(studio.store, number)
    if not is_student(row.kind):
        raise CitingError(f"Round {number} is a reward model: it scores answers and cannot write any.")
    return _folder(studio, row, of_any)


def reward_model_of(studio: Studio, number: int) -> Path:
    """The folder of a finished reward model. Raises CitingError for any other round, and as `adapter_of` does."""
    row = round_with_adapter(studio.store, number)
    if is_student(row.kind):
        raise CitingError(f"Round {number} is not a reward model; choose one, or the likeness to the reference answer.")
    return _folder(studio, row)


def round_with_adapter(store: Store, number: int) -> RoundRow:
    """A finished round, whatever its adapter is. Raises CitingError for any other."""
    with store.read() as cursor:
        row = rounds.get(cursor, number)
    if row is None or row.state != "finished":
        raise CitingError(f"Round {number} has no adapter: it does not exist, has not finished or was deleted.")
    return row


def ensure_in_use(studio: Studio, number: int, spec: Mapping[str, Any]) -> None:
    """Raises CitingError where the round of this spec is of another student than the one in use."""
    if not studio.chosen.is_of(spec):
        raise of_another(number, student_name(spec["student"]), studio.chosen.name)


def _folder(studio: Studio, row: RoundRow, of_any: bool = False) -> Path:
    if not of_any:
        ensure_in_use(studio, row.number, row.spec)
    return studio.rounds_folder / f"{row.number:04d}" / "adapter"


def model_name(studio: Studio, number: int | None) -> str:
    """How drafts, metrics and pages name a student: `base` (of another student than the first, which), or `round 3`."""
    return studio.chosen.base if number is None else round_name(number)


def round_name(number: int) -> str:
    """How a round's adapter is named as a model."""
    return f"round {number}"


def rounds_of_others(studio: Studio) -> dict[int, str]:
    """The rounds of other students than the one in use, each with its student's name."""
    with studio.store.read() as cursor:
        found = student_choices.of_rounds(cursor)
    return {number: name for number, name in found.items() if name != studio.chosen.name}


def finished_rounds(studio: Studio) -> list[RoundRow]:
    """The rounds of the student in use whose adapter is a student, newest first."""
    with studio.store.read() as cursor:
        found = [row for row in rounds.all_rounds(cursor) if row.state == "finished" and is_student(row.kind)]
    return [row for row in found if studio.chosen.is_of(row.spec)]
