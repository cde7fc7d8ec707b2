"""What can be measured."""

from __future__ import annotations

from typing import Annotated, get_args

from citing_app.store.answers import AnswerKind
from citing_app.workflows.request import LARGEST_COUNT, LONGEST_KNOWN, Flag, Many, Request, Text, Whole, Word
from citing_app.workflows.students import MODEL


class Evaluate(Request):
    """Drafts and self-revisions of some models measured, on the test split or on one data set."""

    models: Annotated[tuple[str, ...], Many("The models", MODEL, most=20, about="base, or the numbers of rounds")]
    dataset: Annotated[
        str,
        Text("The data set", 100, about="rows of this data set that no round learned (default: the test split)"),
    ] = ""
    items: Annotated[int, Whole("The number of instructions", 1, 100_000, about="how many instructions at most")] = 100


OWN_DRAFT = "draft"
"""What a self-revision can be set against beside another model: the draft that it revised."""


class Texts(Request):
    """The texts behind a figure: a model's answers on a test set, set against another model's or its own drafts."""

    test_set: Annotated[str, Text("The test set", LONGEST_KNOWN)]
    model: Annotated[str, Text("The model", LONGEST_KNOWN)]
    metric: Annotated[str, Text("The metric", LONGEST_KNOWN)]
    kind: Annotated[AnswerKind, Word("The kind of answer", get_args(AnswerKind))] = "draft"
    against: Annotated[str, Text("The model to compare with", LONGEST_KNOWN)] = ""
    worst: Annotated[bool, Flag("Worst first")] = True
    place: Annotated[int, Whole("The place of the first text", 0, LARGEST_COUNT)] = 0
    limit: Annotated[int, Whole("The number of texts", 1, 50)] = 10
