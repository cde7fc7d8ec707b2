"""What a round can learn from, and how a page speaks of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Something in the store that rows are made from; workflows/rounds/training_set.py fetches it.

    Kinds that learn from the same source are watched on the same held-out rows, so that their losses compare.
    `plural` names what is counted, and `one` and `many` count it: {n} is the number. `figure` is its heading.
    `nothing` says that there is none and how to get some; `mend` is the text of the link to `page`, where that is done.
    Where a page can make some, `makes` is the server function of the rounds page that does, and `mend` its button.
    `watched_on` says what the held-out rows are where a person chose none.
    `has_edits` says whether what is learned was edited, and so can be put in order by that.
    `given_back` says what becomes of it when a round ends without an adapter; empty where nothing was taken.
    """

    plural: str
    one: str
    many: str
    figure: str
    nothing: str
    mend: str
    page: str
    watched_on: str
    has_edits: bool = False
    given_back: str = ""
    makes: str = ""

    def counted(self, number: int) -> str:
        """`1 answer`, `12 answers`."""
        return self.one if number == 1 else self.many.replace("{n}", f"{number:,}")


PAIRS = Source(
    plural="revisions",
    one="1 revision",
    many="{n} revisions",
    figure="accepted revisions",
    nothing="Nothing is accepted and not yet trained: accept some revisions on the review page first.",
    mend="Review revisions",
    page="/",
    watched_on="validation answers and revisions",
    has_edits=True,
    given_back="Its revisions wait again for the next round.",
)
"""Accepted revisions of the train split with their drafts and rubrics (`types.Pair`). A round takes those it learns."""

COMPARED = Source(
    plural="revisions",
    one="1 revision",
    many="{n} revisions",
    figure="accepted revisions",
    nothing="Nothing is accepted yet: accept some revisions on the review page first.",
    mend="Review revisions",
    page="/",
    watched_on="pairs of held-out instructions",
    has_edits=True,
)
"""The same pairs, whether a round has learned them or not, and none is taken. A fifth of their instructions, always the
same ones, is held out."""

ANSWERS = Source(
    plural="answers",
    one="1 answer",
    many="{n} answers",
    figure="answers",
    nothing="There are no train answers: import a data set that has some.",
    mend="Import data",
    page="/data",
    watched_on="validation answers",
)
"""Reference answers of the train split (`types.Instruction`). Any number of rounds may learn them."""

RUBRIC_ANSWERS = Source(
    plural="answers with rubrics",
    one="1 answer",
    many="{n} answers",
    figure="answers",
    nothing="There are no train answers: import a data set that has some.",
    mend="Import data",
    page="/data",
    watched_on="validation answers with rubrics",
)
"""The same answers, each with the newest rubric of its instruction's category (None: none fits)."""

SAMPLES = Source(
    plural="instructions",
    one="1 instruction",
    many="{n} instructions",
    figure="instructions",
    nothing="The parent has no candidates that this reward has scored: sample some, here or by the command sample.",
    mend="Sample candidates",
    page="/rounds",
    watched_on="validation answers",
    makes="sample",
)
"""Instructions with several answers of the parent, scored by a reward (`method.samples.Samples`)."""
