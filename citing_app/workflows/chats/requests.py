"""What can be asked of a chat: an answer, and what becomes of a conversation."""

from __future__ import annotations

from typing import Annotated

from citing_app.errors import CitingError
from citing_app.workflows.request import LONGEST_KNOWN, Flag, Number, Numbered, Request, Text, Whole, Word
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.students import MODEL, STRENGTH

LONGEST_MESSAGE = 20_000
MOST_MODELS = 4
_MESSAGE = Text("The message", LONGEST_MESSAGE, about="what is said to the student")
_NEW = ""
_CONVERSATION = Text("The conversation", LONGEST_KNOWN)
_TURN = Text("The message's id", LONGEST_KNOWN)


class Sampling(Request):
    """How a student answers."""

    self_revise: Annotated[bool, Flag("Self-revision", about="revise the answer against the rubric that fits")] = False
    strength: Annotated[float, STRENGTH] = 1.0
    temperature: Annotated[
        float,
        Number(
            "The temperature",
            0,
            2,
            about="0 always takes the likeliest token; above it tokens are drawn",
            why="0 gives the same answer each time; higher values give more varied ones.",
        ),
    ] = 0.0
    length: Annotated[
        int,
        Whole(
            "The length",
            1,
            4096,
            about="the most tokens of an answer",
            why="The most tokens of an answer; a token is about three quarters of an English word.",
        ),
    ] = 512
    system: Annotated[
        str,
        Text(
            "The system prompt",
            LONGEST_MESSAGE,
            about="what is said to the student before the conversation",
            why="Said before the conversation. Students that learned without one may ignore it.",
        ),
    ] = ""
    seed: Annotated[
        int | None,
        Whole(
            "The seed",
            0,
            2**31 - 1,
            about="the same seed draws the same answer (default: a new one each time)",
            why="With a temperature above 0, the same seed draws the same answer again.",
        ),
    ] = None


class Chat(Sampling):
    """A message to the base model or a round's adapter, with or without a self-revision of the answer."""

    message: Annotated[str, _MESSAGE]
    model: Annotated[str, MODEL] = BASE


class Asking(Sampling):
    """A question on the page: `models` are those side by side, by their numbers from 1."""

    models: Annotated[dict[int, str], Numbered("The models", MOST_MODELS)] = {1: BASE}  # noqa: RUF012

    @property
    def chosen(self) -> dict[int, str]:
        """The models by their numbers. Raises CitingError for none, and for one that is no model."""
        if not self.models:
            raise CitingError("Choose a model.")
        return {number: MODEL.read(model) for number, model in sorted(self.models.items())}

    @property
    def settings(self) -> dict[str, object]:
        """What is remembered of how it was asked."""
        return {name: getattr(self, name) for name in Sampling.model_fields}


class Send(Asking):
    """The next question of a conversation, or of a new one."""

    message: Annotated[str, _MESSAGE]
    conversation: Annotated[str, _CONVERSATION] = _NEW


class Edit(Asking):
    """Another wording of a question that was asked."""

    turn: Annotated[str, _TURN]
    message: Annotated[str, _MESSAGE]


class Again(Asking):
    """Another answer in the place of this one, or the one that a question lacks."""

    turn: Annotated[str, _TURN]


class OneConversation(Request):
    """A conversation of one's own."""

    conversation: Annotated[str, _CONVERSATION]


class OneTurn(Request):
    """A message of a conversation of one's own."""

    turn: Annotated[str, _TURN]


class Rename(OneConversation):
    """Another name for a conversation."""

    name: Annotated[str, Text("The name", 100)]


class Export(Request):
    """A conversation as a file, or all of one's own."""

    conversation: Annotated[str, _CONVERSATION] = _NEW
    form: Annotated[str, Word("The form", ("jsonl", "md"))] = "jsonl"


class ReviewAnswer(OneTurn):
    """An answer as an item of the desk; `better` is a better one written by hand."""

    better: Annotated[str, Text("The better answer", LONGEST_MESSAGE)] = ""
