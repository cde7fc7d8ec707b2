"""A student that streams what a test tells it to and reads only so many characters, and conversations with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from citing_app.errors import Cancelled
from citing_app.models.student import Done, GenerationEvent, GenerationRequest, Piece, Skipped, Started, never
from citing_app.rounds.adapter import adapter_hash
from citing_app.types import Person
from citing_app.workflows.chats import asking, conversations
from citing_app.workflows.chats.conversations import ConversationView, TurnView
from citing_app.workflows.chats.requests import OneConversation, Send
from citing_app.workflows.studio import Studio
from tests.scripted_student import ScriptedStudent, weights_of

ANN, BEN = Person("ann", "annotator"), Person("ben", "owner")
CODE = "    def f(x):\n\treturn x  # 一 <b>&amp;</b> $x$\n\n        done"


class TalkingStudent(ScriptedStudent):
    """Streams an answer word by word; `holds` makes it wait before its second word until it is set or cancelled.

    `on_cancelled` is what happens elsewhere while an answer ends that was cancelled.
    """

    def __init__(self, answer: Callable[[str], str] = lambda prompt: f"Said {prompt}", reads: int = 10_000) -> None:
        super().__init__()
        self.answer, self.reads = answer, reads
        self.requests: list[GenerationRequest] = []
        self.holds: threading.Event | None = None
        self.on_cancelled: Callable[[], object] = lambda: None

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        if not request.stream:
            yield from super().generate(request, cancelled)
            return
        self.requests.append(request)
        yield Started(None if request.adapter is None else adapter_hash(request.adapter))
        messages = request.prompts[0]
        length = sum(len(message["content"]) for message in messages)
        if length > self.reads:
            yield Skipped(0, f"The text has {length} tokens; shorten it.", self.reads / length)
            return
        first, *others = self.answer(weights_of(request.adapter) + messages[-1]["content"]).split(" ")
        yield Piece(first)
        while self.holds and not self.holds.wait(0.01):
            if cancelled():
                self.on_cancelled()
                raise Cancelled("Cancelled.")
        yield from (Piece(f" {word}") for word in others)
        yield Done(1, 1.0)


def whole(studio: Studio, begun: ConversationView, person: Person = ANN) -> ConversationView:
    """The conversation once all of its answers have ended."""
    while begun["writing"]:
        time.sleep(0.01)
        begun = conversations.conversation_view(studio, OneConversation(conversation=begun["id"]), person)
    return begun


def say(studio: Studio, message: str, before: ConversationView | None = None, **more: Any) -> ConversationView:
    body = {"message": message, "conversation": before["id"] if before else "", **more}
    return whole(studio, asking.send(studio, Send.of(body), ANN))


def turns(view: ConversationView, lane: int = 1) -> list[TurnView]:
    return next(one["turns"] for one in view["lanes"] if one["lane"] == lane)


def texts(view: ConversationView, lane: int = 1) -> list[str]:
    return [turn["content"] for turn in turns(view, lane)]
