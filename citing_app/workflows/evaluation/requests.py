"""What can be measured."""

from __future__ import annotations

from typing import Annotated, get_args

from citing_app.method.evaluation.comparisons import OUTCOMES, Outcome
from citing_app.method.judging import ASPECTS, Aspect, Closeness
from citing_app.method.parts import PARTS, DataPart
from citing_app.store.answers import AnswerKind
from citing_app.store.comparisons import Source
from citing_app.workflows.request import (
    LARGEST_COUNT,
    LARGEST_ROUND,
    LONGEST_KNOWN,
    Flag,
    Many,
    Request,
    Text,
    Whole,
    Word,
)
from citing_app.workflows.students import MODEL

CLOSENESS: tuple[Closeness, ...] = get_args(Closeness)
PART = Word(
    "The part",
    PARTS,
    about="all rows, the half to choose by (dev), or the half to report (test)",
    why="A model chosen on some rows looks better on them than it is: choose on dev and report on test.",
)
"""The part of a data set, or of the test split, that is measured on."""


class Evaluate(Request):
    """Drafts and self-revisions of some models measured, on the test split or on one data set."""

    models: Annotated[tuple[str, ...], Many("The models", MODEL, most=20, about="base, or the numbers of rounds")]
    dataset: Annotated[
        str,
        Text("The data set", 100, about="rows of this data set that no round learned (default: the test split)"),
    ] = ""
    items: Annotated[int, Whole("The number of instructions", 1, 100_000, about="how many instructions at most")] = 100
    part: Annotated[DataPart, PART] = "all"


class FindStrength(Request):
    """The loss at several strengths of a round's adapter, on the dev part of the test split or of one data set."""

    round: Annotated[int, Whole("The round", 1, LARGEST_ROUND, about="the round")]
    dataset: Annotated[
        str,
        Text("The data set", 100, about="rows of this data set that no round learned (default: the test split)"),
    ] = ""
    items: Annotated[int, Whole("The number of instructions", 1, 100_000, about="how many instructions at most")] = 100
    part: Annotated[DataPart, PART] = "dev"


class Compare(Request):
    """A model's answers compared with those of other models, by a judge, on the same instructions."""

    model: Annotated[str, MODEL]
    opponents: Annotated[
        tuple[str, ...],
        Many(
            "The opponents",
            MODEL,
            most=20,
            about="whom to compare it with (default: the round before, SFT and the base model)",
        ),
    ] = ()
    test_set: Annotated[
        str,
        Text(
            "The data set",
            LONGEST_KNOWN,
            about="rows of this data set that no round learned (default: the test split)",
        ),
    ] = ""
    items: Annotated[
        int,
        Whole(
            "The number of instructions",
            1,
            100_000,
            about="how many instructions at most",
            why="32 can show a difference of 24 points; 60 % against 50 % needs 194, and 55 % needs 783.",
        ),
    ] = 100
    judge: Annotated[
        str,
        Text(
            "The judge",
            LONGEST_KNOWN,
            about="who judges (default: the first judge)",
            why="“reference” needs no key: the answer that is closer to an accepted answer wins.",
        ),
    ] = ""
    rubric: Annotated[bool, Flag("The rubric", about="show the judge each instruction's rubric")] = False
    reference: Annotated[bool, Flag("The reference answer", about="show the judge an accepted answer")] = False
    answer: Annotated[
        AnswerKind, Word("The kind of answer", get_args(AnswerKind), about="which answers are compared")
    ] = "draft"
    closeness: Annotated[
        Closeness,
        Word("The measure of closeness", CLOSENESS, about="how “reference” measures which answer is closer"),
    ] = "rouge_l"
    part: Annotated[DataPart, PART] = "all"


class ListComparisons(Request):
    """The win rates of all models that were compared on a test set."""

    test_set: Annotated[
        str,
        Text("The test set", LONGEST_KNOWN, about="the test set, by its hash (default: the newest with comparisons)"),
    ] = ""
    answer: Annotated[
        AnswerKind, Word("The kind of answer", get_args(AnswerKind), about="which answers were compared")
    ] = "draft"


class OneJudge(Request):
    """What one judge, asked in one way, said of one kind of answer on a test set (by its hash)."""

    test_set: Annotated[str, Text("The test set", LONGEST_KNOWN)]
    judge: Annotated[str, Text("The judge", LONGEST_KNOWN)]
    source: Annotated[Source, Word("The kind of judge", ("judge", "reference"))] = "judge"
    prompt_hash: Annotated[str, Text("The judge's prompt", LONGEST_KNOWN)] = ""
    answer: Annotated[AnswerKind, Word("The kind of answer", get_args(AnswerKind))] = "draft"


class ComparisonTexts(OneJudge):
    """The comparisons behind a win rate: those of one outcome by one aspect, or all, from a place on."""

    first: Annotated[str, Text("The model", LONGEST_KNOWN)]
    second: Annotated[str, Text("The model to compare with", LONGEST_KNOWN)]
    aspect: Annotated[Aspect, Word("The aspect", ASPECTS)] = "overall"
    outcome: Annotated[Outcome | None, Word("The outcome", OUTCOMES)] = None
    place: Annotated[int, Whole("The place of the first text", 0, LARGEST_COUNT)] = 0
    limit: Annotated[int, Whole("The number of texts", 1, 50)] = 10


class ReadPreferences(Request):
    """A file of judgements that another program's judge made."""

    preferences: Annotated[
        bool,
        Flag("Only preferences", about="the file holds a judge's preferences: report the win rate, import nothing"),
    ] = False


class Overlap(Request):
    """How far a test set overlaps with what the models measured on it have learned."""

    test_set: Annotated[str, Text("The test set", LONGEST_KNOWN)]


REPORTS = (".html", ".md")


class SaveReport(Request):
    """All that was measured and compared, as a file of this ending."""

    ending: Annotated[str, Word("A report's ending", REPORTS, about="the kind of file")] = ".html"


class Categories(Request):
    """What each category's instructions gained: a model's self-revisions over its drafts, and these over another's."""

    test_set: Annotated[str, Text("The test set", LONGEST_KNOWN)]
    model: Annotated[str, Text("The model", LONGEST_KNOWN)]
    metric: Annotated[str, Text("The metric", LONGEST_KNOWN)]
    against: Annotated[str, Text("The model to compare with", LONGEST_KNOWN)] = ""


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
