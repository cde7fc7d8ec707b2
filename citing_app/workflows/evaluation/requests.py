"""What can be measured."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import Flag, Many, Request, Text, Whole
from citing_app.workflows.students import MODEL


class Evaluate(Request):
    """Drafts and self-revisions of some models measured, on the test split or on one data set."""

    models: Annotated[tuple[str, ...], Many("The models", MODEL, most=20, about="base, or the numbers of rounds")]
    dataset: Annotated[
        str,
        Text("The data set", 100, about="rows of this data set that no round learned (default: the test split)"),
    ] = ""
    items: Annotated[int, Whole("The number of instructions", 1, 100_000, about="how many instructions at most")] = 100


class ReadPreferences(Request):
    """A file of judgements that another program's judge made."""

    preferences: Annotated[
        bool,
        Flag("Only preferences", about="the file holds a judge's preferences: report the win rate, import nothing"),
    ] = False
