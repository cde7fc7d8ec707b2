"""What can be asked for drafts and revisions, and of those who write them."""

from __future__ import annotations

from typing import Annotated, get_args

from citing_app.models.teacher import Style
from citing_app.workflows.request import LARGEST_ROUND, LONGEST_KNOWN, Flag, Many, Request, Text, Whole, Word

TEACHER = Text("The teacher", LONGEST_KNOWN)


class Draft(Request):
    """Have a student write drafts."""

    items: Annotated[int, Whole("The number of drafts", 1, 100_000, about="how many")] = 16
    round: Annotated[
        int | None,
        Whole("The round", 1, LARGEST_ROUND, about="the round whose adapter drafts (default: the base model)"),
    ] = None


class Revise(Request):
    """Have the teachers revise drafts that lack a revision."""

    items: Annotated[int, Whole("The number of revisions", 1, 100_000, about="how many at most")] = 16


class ChooseTeachers(Request):
    """Who revises a data set's drafts, and how; no teachers means the first one."""

    dataset: Annotated[str, Text("The data set", LONGEST_KNOWN)]
    teachers: Annotated[tuple[str, ...], Many("The teachers", TEACHER, most=100)]
    style: Annotated[Style, Word("The style", get_args(Style))]
    rationale: Annotated[bool, Flag("The rationale")] = False
