"""What can be asked of categories and rubrics: edits, what no rubric matches, and having them made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from citing_app.errors import CitingError
from citing_app.types import Criterion
from citing_app.workflows.request import (
    LARGEST_COUNT,
    LARGEST_ID,
    LONGEST_KNOWN,
    Many,
    Number,
    Request,
    Text,
    Value,
    Whole,
)
from citing_app.workflows.rubrics.editing import MOST_MEMBERS
from citing_app.workflows.rubrics.inducing_plan import HIGHEST_BOUND, MOST_CATEGORIES
from citing_app.workflows.rubrics.unmatched import MOST

_LONGEST = 10_000
"""What is read at all of a text: the workflow's own limits, which are far lower, come with a better sentence."""


@dataclass(frozen=True)
class _Criterion(Value):
    """A criterion as a page sends it; editing.edit judges what it says."""

    def read(self, value: Any) -> Criterion:
        if isinstance(value, Criterion):
            return value
        if not isinstance(value, Mapping):
            raise CitingError(f"{self.title} is an object.")
        text = Text(self.title, _LONGEST)
        return Criterion(*(text.read(value.get(part)) for part in ("name", "good", "bad")))


CATEGORY = Text("The category", LONGEST_KNOWN)
VERSION = Whole("The version", 1, LARGEST_COUNT)
NEW_NAME = Text("The name of the category", LONGEST_KNOWN)
DESCRIPTION = Text("The description", _LONGEST)
DATASET = Text("The data set", 100, about="the data set to sort")
MEMBERS = Many("The members", Whole("The instruction", 0, LARGEST_ID), MOST_MEMBERS)


class OneCategory(Request):
    """A category."""

    category: Annotated[str, CATEGORY]


class _Change(OneCategory):
    """A change of a category, made on the version that the person saw."""

    version: Annotated[int, VERSION]


class EditRubric(_Change):
    """A new version of a category's rubric."""

    criteria: Annotated[tuple[Criterion, ...], Many("The criteria", _Criterion("The criterion"), most=100)]
    description: Annotated[str, DESCRIPTION] = ""


class Rename(_Change):
    """Another name for a category."""

    name: Annotated[str, NEW_NAME]


class Merge(_Change):
    """A category merged into another one."""

    into: Annotated[str, CATEGORY]
    into_version: Annotated[int, VERSION]


class Split(_Change):
    """A new category of some members."""

    name: Annotated[str, NEW_NAME]
    members: Annotated[tuple[int, ...], MEMBERS]
    description: Annotated[str, DESCRIPTION] = ""


class Move(Merge):
    """Some members sorted into another category."""

    members: Annotated[tuple[int, ...], MEMBERS]


class ReviseStale(Request):
    """All that is stale revised again, or all of one category; `expected` is how many the person was shown."""

    expected: Annotated[int, Whole("The number of revisions", 0, LARGEST_COUNT)]
    category: Annotated[str | None, CATEGORY] = None


class UnmatchedRows(Request):
    """One page of what no rubric matches, after the row of this similarity and id."""

    similarity: Annotated[float | None, Number("The similarity", -2, 2)] = None
    id: Annotated[int, Whole("The row", 0, LARGEST_ID)] = 0


class SetFloor(Request):
    """The floor by hand; none lets it follow the data."""

    floor: Annotated[float | None, Number("The floor", -1, 1)] = None


class SomeInstructions(Request):
    """Instructions that no rubric matches, or that one has picked a category for."""

    instructions: Annotated[tuple[int, ...], Many("The instructions", Whole("The instruction", 0, LARGEST_ID), MOST)]


class Pick(SomeInstructions):
    """Instructions sorted into a category."""

    category: Annotated[str, CATEGORY]


class Induction(Request):
    """What is known of the rubrics made for a data set; none: the newest run's."""

    dataset: Annotated[str | None, DATASET] = None


class InductionExamples(Request):
    """A few of a data set's instructions in a category; none: of those that nothing was found for."""

    dataset: Annotated[str, DATASET]
    category: Annotated[str | None, CATEGORY] = None


class Induce(Request):
    """A data set's categories and rubrics made by a teacher, the first model there is by default."""

    dataset: Annotated[str, DATASET]
    most: Annotated[int, Whole("The number of categories", 2, HIGHEST_BOUND, about="how many categories at most")] = (
        MOST_CATEGORIES
    )
    teacher: Annotated[str | None, Text("The teacher", LONGEST_KNOWN)] = None
