"""Chatting: a student answers, and if asked revises its own draft against the rubric that fits (paper §3.3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from citing_app.errors import Cancelled, CitingError
from citing_app.method.prompts import draft_messages, revise_messages, rubric_draft_messages
from citing_app.store import rubrics
from citing_app.types import Assignment, Message, Rubric, Speaker, Task, Turn
from citing_app.workflows.draft_prompts import drafts_with
from citing_app.workflows.request import Flag, Request, Text
from citing_app.workflows.rubrics.assigning import assign_one
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.students import MODEL, STRENGTH, adapter_of, model_name, number_of
from citing_app.workflows.studio import Studio

LONGEST_MESSAGE = 20_000


class Chat(Request):
    """A message to the base model or a round's adapter, with or without a self-revision of the answer."""

    message: Annotated[str, Text("The message", LONGEST_MESSAGE, about="what is said to the student")]
    model: Annotated[str, MODEL] = BASE
    self_revise: Annotated[bool, Flag("Self-revision", about="revise the answer against the rubric that fits")] = False
    strength: Annotated[float, STRENGTH] = 1.0


@dataclass(frozen=True)
class Answer:
    """The answer so far. `model` is who really answers: the round, its strength where that is not 1, and the
    first digits of its weights' hash.
    """

    model: str = ""
    waiting: str = ""
    draft: str = ""
    assignment: Assignment | None = None
    rubric: Rubric | None = None
    revision: str = ""
    done: bool = False


def chat(
    studio: Studio,
    asked: Chat,
    history: Sequence[Message] = (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Answer]:
    """The growing answer to a message after the conversation so far.

    A student that learned to draft with the rubric in view is shown the one that fits. With `self_revise` the draft is
    followed by the assigned rubric and the student's own revision. While a round needs the whole device, the answer
    says what it waits for. Raises CitingError for a message that is empty and for a
    round without an adapter.
    """
    text, number = asked.message, number_of(asked.model)
    if not text.strip():
        raise CitingError("Write something first.")
    task = Task(text, turns=tuple(Turn(_speaker(said), said["content"]) for said in history))
    adapter = adapter_of(studio, number)
    answer = Answer(model=model_name(studio, number))
    for waiting in _wait(studio, cancelled):
        yield replace(answer, waiting=waiting)
    with studio.device.turn("chat", "chat"):
        messages = draft_messages(task)
        if drafts_with(studio.store, number) == "rubric":
            answer = _assigned(studio, text, answer)
            messages = rubric_draft_messages(task, answer.rubric)
        heard: list[str | None] = []  # the hash of the adapter, as the worker that loaded it says
        stream = partial(studio.student.stream, adapter=adapter, strength=asked.strength, cancelled=cancelled)
        for piece in stream(messages, on_started=heard.append):
            answer = replace(answer, draft=answer.draft + piece, model=_signature(studio, asked, heard))
            yield answer
        if asked.self_revise:
            answer = _assigned(studio, text, answer)
            yield answer
            prompt = revise_messages(task, answer.rubric, answer.draft)
            for piece in stream(prompt):
                answer = replace(answer, revision=answer.revision + piece)
                yield answer
    yield replace(answer, model=_signature(studio, asked, heard), done=True)


def _speaker(said: Message) -> Speaker:
    return "assistant" if said["role"] == "assistant" else "user"


def _wait(studio: Studio, cancelled: Callable[[], bool]) -> Iterator[str]:
    while blocker := studio.device.blocker("chat"):
        if cancelled():
            raise Cancelled("Cancelled.")
        yield f"Waiting for {blocker}, which needs the whole device."
        time.sleep(0.5)


def _signature(studio: Studio, asked: Chat, heard: Sequence[str | None]) -> str:
    name, digest = model_name(studio, number_of(asked.model)), heard[0] if heard else None
    if digest is None:
        return name
    strength = [] if asked.strength == 1 else [f"strength {asked.strength:g}"]
    return " · ".join([name, *strength, digest[:8]])


def _assigned(studio: Studio, text: str, answer: Answer) -> Answer:
    """The answer with the rubric that fits, which is looked for once."""
    if answer.assignment is not None:
        return answer
    assignment = assign_one(studio.store, studio.embedder, text)
    with studio.store.read() as cursor:
        return replace(answer, assignment=assignment, rubric=rubrics.newest(cursor).get(assignment.category or ""))
