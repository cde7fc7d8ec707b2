"""What can be asked of the arena: a session, its next pairs, votes and their undoing, the names."""

from __future__ import annotations

from typing import Annotated, Literal

from citing_app.store.answers import AnswerKind
from citing_app.store.arena import Reveals
from citing_app.workflows.request import LONGEST_KNOWN, Many, Number, Request, Text, Whole, Word

LONGEST_LOOK = 3600
"""Seconds that one look at a pair counts at most: a person may leave the page open overnight."""
MOST_PAIRS = 200
Aspect = Literal["left", "right", "tie"]
Prefer = Literal["left", "right", "tie", "both_bad", "skip"]
_TOKEN = Text("The pair", 100, about="the token of the pair that was seen")
_REQUEST_ID = Text("The request id", 100, about="the same for a repeated call: a double key press is one vote")
_SESSION = Text("The session", 100, about="one of one's sessions (default: the open one)")
_ASPECTS = ("left", "right", "tie")


class StartSession(Request):
    """A blind session of pairs: answers of two models to one instruction, without the models' names."""

    pairs: Annotated[int, Whole("The number of pairs", 1, MOST_PAIRS, about="how many pairs at most")] = 20
    models: Annotated[
        tuple[str, ...],
        Many(
            "The models",
            Text("The model", LONGEST_KNOWN),
            most=50,
            about="base, the numbers of rounds, or names of imports (default: all that have answered)",
        ),
    ] = ()
    answer: Annotated[
        AnswerKind,
        Word("The kind of answer", ("draft", "self-revision"), about="which of a model's answers"),
    ] = "draft"
    test_set: Annotated[str, Text("The test set", LONGEST_KNOWN, about="a test set's name (default: any)")] = ""
    reveal: Annotated[
        Reveals,
        Word(
            "The reveal",
            ("end", "each"),
            about="when names are shown: at the end of the session, or after each vote",
        ),
    ] = "end"


class NextPair(StartSession):
    """The next pair of one's open session; without one, a session with these choices is started."""


class OneSession(Request):
    """One of one's sessions; the open one where it isn't named."""

    session: Annotated[str, _SESSION] = ""


class Vote(Request):
    """A vote on a pair by its token, with what one likes to say of the three aspects. A skip says nothing."""

    pair: Annotated[str, _TOKEN]
    prefer: Annotated[
        Prefer,
        Word("The vote", ("left", "right", "tie", "both_bad", "skip"), about="which answer is better"),
    ]
    request_id: Annotated[str, _REQUEST_ID]
    articulate: Annotated[Aspect | None, Word("Articulate", _ASPECTS, about="which is more articulate")] = None
    in_depth: Annotated[Aspect | None, Word("In-depth", _ASPECTS, about="which goes deeper")] = None
    comprehensive: Annotated[Aspect | None, Word("Comprehensive", _ASPECTS, about="which covers more")] = None
    seconds: Annotated[float | None, Number("The time", 0, LONGEST_LOOK)] = None


class TakeBackVote(Request):
    """Take back one's newest vote or skip in a session."""

    session: Annotated[str, _SESSION] = ""
    request_id: Annotated[str, _REQUEST_ID]
