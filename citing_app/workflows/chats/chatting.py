"""Chatting: a student answers, and if asked revises its own draft against the rubric that fits (paper §3.3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from citing_app.errors import Cancelled, CitingError
from citing_app.method.prompts import draft_messages, revise_messages, rubric_draft_messages
from citing_app.method.shortening import without_oldest
from citing_app.method.thoughts import parted
from citing_app.models.student import DoesNotFit, GenerationRequest
from citing_app.store import rubrics
from citing_app.types import Assignment, Message, Rubric, Task, Turn
from citing_app.workflows.chats.requests import Chat
from citing_app.workflows.draft_prompts import drafts_with
from citing_app.workflows.rubrics.assigning import assign_one
from citing_app.workflows.students import adapter_of, model_name, number_of
from citing_app.workflows.studio import Studio

Prompt = Callable[[Task], list[Message]]
_ROOM = 256
"""Tokens that a conversation leaves for an answer; a question alone may leave fewer (GenerationRequest)."""


@dataclass(frozen=True)
class Answer:
    """The answer so far.

    `author` is who answers, as its drafts are named: a round, with its strength where that is not 1. `model` has the
    first digits of its weights' hash as well. `left_out` counts the oldest turns that the student had no room to read.
    """

    author: str = ""
    model: str = ""
    waiting: str = ""
    draft: str = ""
    assignment: Assignment | None = None
    rubric: Rubric | None = None
    revision: str = ""
    done: bool = False
    left_out: int = 0


def chat(
    studio: Studio,
    asked: Chat,
    history: Sequence[Turn] = (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Answer]:
    """The growing answer to a message after the conversation so far.

    A student that learned to draft with the rubric in view is shown the one that fits. With `self_revise` the draft is
    followed by the assigned rubric and the student's own revision. Of a conversation that is longer than the student
    reads, the oldest turns are left out. While a round needs the whole device, the answer says what it waits for.
    Raises CitingError for a message that is empty or by itself too long, and for a round without an adapter.
    """
    text, number = asked.message, number_of(asked.model)
    if not text.strip():
        raise CitingError("Write something first.")
    system = (Turn("system", asked.system),) if asked.system.strip() else ()
    reading = _Reading(Task(text, turns=(*system, *history)))
    for waiting in _wait(studio, cancelled):
        yield Answer(waiting=waiting)
    with studio.device.turn("chat", "chat"):  # from here on no other student is chosen
        adapter = adapter_of(studio, number)
        author = _author(studio, asked)
        answer = Answer(author=author, model=author)
        prompt: Prompt = draft_messages
        if drafts_with(studio.store, number) == "rubric":
            answer = _assigned(studio, text, answer)
            prompt = partial(rubric_draft_messages, rubric=answer.rubric)
        heard: list[str | None] = []  # the hash of the adapter, as the worker that loaded it says
        stream = partial(_stream, studio, asked, adapter, heard, cancelled)
        for draft in _growing(reading.answered(prompt, stream), text):
            answer = replace(answer, draft=draft, model=_signature(author, heard), left_out=reading.left_out)
            yield answer
        if asked.self_revise:
            answer = _assigned(studio, text, answer)
            yield answer
            revising = partial(revise_messages, rubric=answer.rubric, draft=answer.draft)
            for revision in _growing(reading.answered(revising, stream), text, answer.draft):
                answer = replace(answer, revision=revision, left_out=reading.left_out)
                yield answer
    yield replace(answer, model=_signature(author, heard), done=True)


@dataclass
class _Reading:
    """What is asked, as much of it as the student has room to read."""

    task: Task
    left_out: int = 0

    def answered(self, prompt: Prompt, stream: Callable[[list[Message], int], Iterator[str]]) -> Iterator[str]:
        """The answer's pieces. Raises DoesNotFit for a question that is too long by itself."""
        while True:
            may_shorten = any(turn.role != "system" for turn in self.task.turns)
            try:
                yield from stream(prompt(self.task), _ROOM if may_shorten else GenerationRequest.room)
                return
            except DoesNotFit as error:
                shorter = without_oldest(self.task, error.share)
                if shorter is None or error.share >= 1:  # the latter was refused for another reason
                    raise
            self.left_out += len(self.task.turns) - len(shorter.turns)
            self.task = shorter


def _growing(pieces: Iterator[str], topic: str, draft: str = "") -> Iterator[str]:
    """The text as it grows, at every moment without its thoughts: it may be stopped at any."""
    text = ""
    for piece in pieces:
        text += piece
        yield parted(text, draft, topic).answer


def _stream(
    studio: Studio,
    asked: Chat,
    adapter: Path | None,
    heard: list[str | None],
    cancelled: Callable[[], bool],
    messages: list[Message],
    room: int,
) -> Iterator[str]:
    return studio.student.stream(
        messages,
        adapter=adapter,
        strength=asked.strength,
        max_new_tokens=asked.length,
        temperature=asked.temperature,
        seed=asked.seed,
        room=room,
        on_started=heard.append,
        cancelled=cancelled,
    )


def _wait(studio: Studio, cancelled: Callable[[], bool]) -> Iterator[str]:
    while blocker := studio.device.blocker("chat"):
        if cancelled():
            raise Cancelled("Cancelled.")
        yield f"Waiting for {blocker}, which needs the whole device."
        time.sleep(0.5)


def _author(studio: Studio, asked: Chat) -> str:
    """The student, with its strength where that is not 1: at another strength it is another student."""
    number = number_of(asked.model)
    name = model_name(studio, number)
    return name if number is None or asked.strength == 1 else f"{name} · strength {asked.strength:g}"


def _signature(author: str, heard: Sequence[str | None]) -> str:
    digest = heard[0] if heard else None
    return author if digest is None else f"{author} · {digest[:8]}"


def _assigned(studio: Studio, text: str, answer: Answer) -> Answer:
    """The answer with the rubric that fits, which is looked for once."""
    if answer.assignment is not None:
        return answer
    assignment = assign_one(studio.store, studio.embedder, text)
    with studio.store.read() as cursor:
        return replace(answer, assignment=assignment, rubric=rubrics.newest(cursor).get(assignment.category or ""))
