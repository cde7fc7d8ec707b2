"""A person asks: the next question, another wording of one, another answer. Each is a new turn beside the old ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from citing_app.errors import CitingError
from citing_app.store import chats
from citing_app.store.chats import ChatTurn, Conversation, Lane
from citing_app.store.database import Cursor
from citing_app.types import Person
from citing_app.workflows.chats import writing
from citing_app.workflows.chats.conversations import ConversationView, conversation_view, owned, owned_turn
from citing_app.workflows.chats.requests import Again, Asking, Chat, Edit, OneConversation, Send
from citing_app.workflows.chats.tree import path
from citing_app.workflows.students import adapter_of, number_of
from citing_app.workflows.studio import Studio

_LONGEST_NAME = 60


@dataclass(frozen=True)
class _Begun:
    """An answer that begins: its turn, the question, and what was said before."""

    question: ChatTurn
    answer: ChatTurn
    history: Sequence[ChatTurn]


def send(studio: Studio, asked: Send, person: Person) -> ConversationView:
    """Ask all models of a conversation, or of a new one; answers that are still being written there end.

    A model that is new beside the others goes on from where the first one is. Raises CitingError for an empty message,
    a model that cannot answer and a conversation that is not this person's.
    """
    models = _ready(studio, asked, asked.message)
    if asked.conversation:
        stop(studio, OneConversation(conversation=asked.conversation), person)
    with studio.store.write() as cursor:
        before = owned(cursor, asked.conversation, person) if asked.conversation else _new(asked, person)
        turns = chats.turns(cursor, before.id)
        first = next(iter(before.lanes.values())).leaf if before.lanes else None
        leaves = {number: before.lanes[number].leaf if number in before.lanes else first for number in models}
        question = _question(before.id, asked.message)
        begun = {
            number: _begun(replace(question, id=_id(), parent=leaf, lane=number), model, asked, path(turns, leaf))
            for (number, leaf), model in zip(leaves.items(), models.values(), strict=True)
        }
        _keep(cursor, replace(before, lanes={}), asked, begun, [one.question for one in begun.values()])
    return _have_written(studio, before.id, asked, begun, person)


def edit(studio: Studio, asked: Edit, person: Person) -> ConversationView:
    """Ask a question in other words, of all models that were asked it.

    Raises CitingError as `send`, and for a message that is no question.
    """
    models = _ready(studio, asked, asked.message)
    _stop_around(studio, asked.turn, person)
    with studio.store.write() as cursor:
        before, old = owned_turn(cursor, asked.turn, person)
        if old.role != "user":
            raise CitingError("Only a question can be edited; write a better answer instead.")
        turns = chats.turns(cursor, before.id)
        question = _question(before.id, asked.message)
        begun = {}
        for number, lane in before.lanes.items():
            shown = path(turns, lane.leaf)
            for place, turn in enumerate(shown):
                if (turn.asked, turn.role) == (old.asked, "user"):
                    new = replace(question, id=_id(), parent=turn.parent, lane=number)
                    begun[number] = _begun(new, models.get(number, lane.model), asked, shown[:place])
        if not begun:
            raise CitingError("This message is not shown any more; load the page again.")
        _keep(cursor, before, asked, begun, [one.question for one in begun.values()])
    return _have_written(studio, before.id, asked, begun, person)


def again(studio: Studio, asked: Again, person: Person) -> ConversationView:
    """Have the question of an answer answered once more. Raises CitingError as `send`, and for a question."""
    models = _ready(studio, asked, "again")
    _stop_around(studio, asked.turn, person)
    with studio.store.write() as cursor:
        before, old = owned_turn(cursor, asked.turn, person)
        turns = chats.turns(cursor, before.id)
        shown = {number: path(turns, lane.leaf) for number, lane in before.lanes.items()}
        places = {n: [turn.id for turn in shown[n]].index(old.id) for n in shown if old.id in {t.id for t in shown[n]}}
        numbers = sorted(places, key=lambda number: number != old.lane)
        if old.role != "assistant" or not numbers:
            raise CitingError("This message is not shown any more; load the page again.")
        number = numbers[0]
        *history, question = shown[number][: places[number]]
        one = _begun(question, models.get(number, before.lanes[number].model), asked, history)
        begun = {number: replace(one, answer=replace(one.answer, lane=old.lane))}
        _keep(cursor, before, asked, begun, [])
    return _have_written(studio, before.id, asked, begun, person)


def stop(studio: Studio, asked: OneConversation, person: Person) -> ConversationView:
    """End the answers that are being written in a conversation; what is written of them stays."""
    with studio.store.read() as cursor:
        found = owned(cursor, asked.conversation, person)
    writing.stop_in(studio, found.id)
    return conversation_view(studio, asked, person)


def name_of(message: str) -> str:
    """What a conversation is called until somebody names it: the first words of its first question."""
    words = " ".join(message.split())
    return words if len(words) <= _LONGEST_NAME else words[: _LONGEST_NAME - 1].rstrip() + "…"


def _ready(studio: Studio, asked: Asking, message: str) -> Mapping[int, str]:
    """The models that are asked. Raises CitingError for what cannot be asked, before anything is kept."""
    if not message.strip():
        raise CitingError("Write something first.")
    for model in asked.chosen.values():
        adapter_of(studio, number_of(model))
    writing.ensure_room(studio)
    return asked.chosen


def _new(asked: Send, person: Person) -> Conversation:
    now = datetime.now(UTC)
    return Conversation(_id(), person.name, name_of(asked.message), {}, asked.settings, now, now)


def _question(conversation: str, message: str) -> ChatTurn:
    return ChatTurn("", conversation, None, 1, _id(), "user", message, "done", datetime.now(UTC))


def _begun(question: ChatTurn, model: str, asked: Asking, history: Sequence[ChatTurn]) -> _Begun:
    about = {"model": model, "settings": asked.settings}
    answer = replace(question, id=_id(), parent=question.id, role="assistant", content="", state="writing", about=about)
    return _Begun(question, replace(answer, said_at=datetime.now(UTC)), history)


def _stop_around(studio: Studio, turn: str, person: Person) -> None:
    """End the answers that are being written in the conversation of this message."""
    with studio.store.read() as cursor:
        found, _ = owned_turn(cursor, turn, person)
    writing.stop_in(studio, found.id)


def _keep(
    cursor: Cursor, before: Conversation, asked: Asking, begun: Mapping[int, _Begun], questions: Sequence[ChatTurn]
) -> None:
    """Keep what was asked and who answers."""
    answering = {number: Lane(str(one.answer.about["model"]), one.answer.id) for number, one in begun.items()}
    lanes = {**before.lanes, **answering}
    chats.put(cursor, replace(before, lanes=lanes, settings=asked.settings, changed_at=datetime.now(UTC)))
    chats.add_turns(cursor, [*questions, *(one.answer for one in begun.values())])


def _have_written(
    studio: Studio, conversation: str, asked: Asking, begun: Mapping[int, _Begun], person: Person
) -> ConversationView:
    """Have the answers written whose turns are kept."""
    for one in begun.values():
        fields = {**asked.settings, "message": one.question.content, "model": one.answer.about["model"]}
        writing.start(studio, one.answer, Chat.of(fields), one.history)
    return conversation_view(studio, OneConversation(conversation=conversation), person)


def _id() -> str:
    return uuid.uuid4().hex
