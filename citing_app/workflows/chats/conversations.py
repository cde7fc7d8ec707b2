"""A person's conversations: listed, shown, renamed, branched, deleted. Each is its owner's alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypedDict

from citing_app.errors import CitingError
from citing_app.method.layout import is_laid_out
from citing_app.running.writers import Writing
from citing_app.store import chats
from citing_app.store.chats import ChatTurn, Conversation, Lane
from citing_app.store.database import Cursor
from citing_app.types import Person
from citing_app.workflows.chats.requests import OneConversation, OneTurn, Rename
from citing_app.workflows.chats.tree import newest_below, path, versions
from citing_app.workflows.chats.writing import as_it_is, stop_in
from citing_app.workflows.students import finished_rounds
from citing_app.workflows.studio import Studio


class ModelView(TypedDict):
    """A model that can be chosen: its word, and of a round its number, its name and how its weights' hash begins."""

    model: str
    round: int | None
    name: str
    hash: str


class ListedConversation(TypedDict):
    """A conversation in the list; `writing`: an answer is being written in it."""

    id: str
    name: str
    changed_at: str
    writing: bool


class ChatsView(TypedDict):
    """What the page opens with, the conversations that changed last and the newest rounds first."""

    conversations: list[ListedConversation]
    models: list[ModelView]


class TurnView(TypedDict):
    """A message as it is shown. `state` of an answer is writing, done, stopped, failed or interrupted.

    `versions` are the ids of the turns in its place, itself among them. `laid_out`: its white space carries meaning.
    """

    id: str
    role: str
    content: str
    state: str
    about: Mapping[str, Any]
    versions: list[str]
    laid_out: bool


class LaneView(TypedDict):
    """One model's side of a conversation."""

    lane: int
    model: str
    turns: list[TurnView]


class ConversationView(TypedDict):
    """A whole conversation; `writing`: an answer is being written in it."""

    id: str
    name: str
    settings: Mapping[str, Any]
    lanes: list[LaneView]
    writing: bool


class Written(TypedDict):
    """The answers of a conversation that are being written, as far as they are."""

    turns: list[TurnView]


def owned(cursor: Cursor, conversation: str, person: Person) -> Conversation:
    """This person's conversation. Raises CitingError for any other.

    What changes it reads it in the transaction that writes: another window may have changed or deleted it meanwhile.
    """
    found = chats.get(cursor, conversation, person.name)
    if found is None:
        raise CitingError("This conversation is not one of yours, or was deleted.")
    return found


def owned_turn(cursor: Cursor, turn: str, person: Person) -> tuple[Conversation, ChatTurn]:
    """The message with this id in a conversation of this person's; as `owned`."""
    found = chats.conversation_of(cursor, turn, person.name)
    said = {one.id: one for one in chats.turns(cursor, found.id)} if found else {}
    if found is None or turn not in said:
        raise CitingError("This conversation is not one of yours, or was deleted.")
    return found, said[turn]


def chats_view(studio: Studio, person: Person) -> ChatsView:
    """This person's conversations, and the models that can be asked."""
    now = {one.latest.conversation for one in studio.writers.now().values()}
    with studio.store.read() as cursor:
        mine = chats.of_person(cursor, person.name)
    base: ModelView = {"model": "base", "round": None, "name": "", "hash": ""}
    return {
        "conversations": [
            {"id": one.id, "name": one.name, "changed_at": one.changed_at.isoformat(), "writing": one.id in now}
            for one in mine
        ],
        "models": [
            *(
                ModelView(
                    model=str(row.number),
                    round=row.number,
                    name=row.name or "",
                    hash=(row.result or {}).get("adapter_hash", "")[:8],
                )
                for row in finished_rounds(studio)
            ),
            base,
        ],
    }


def conversation_view(studio: Studio, asked: OneConversation, person: Person) -> ConversationView:
    """A conversation as it is now. Raises CitingError for one that is not this person's."""
    now = studio.writers.now()  # before the store is read: what ends meanwhile is whole there
    with studio.store.read() as cursor:
        found = owned(cursor, asked.conversation, person)
        turns = chats.turns(cursor, found.id)
    lanes: list[LaneView] = [
        {"lane": number, "model": lane.model, "turns": [_shown(one, turns, now) for one in path(turns, lane.leaf)]}
        for number, lane in found.lanes.items()
    ]
    return {
        "id": found.id,
        "name": found.name,
        "settings": found.settings,
        "lanes": lanes,
        "writing": any(turn.id in now for turn in turns),
    }


def written(studio: Studio, asked: OneConversation, person: Person) -> Written:
    """What is being written in a conversation. Raises CitingError for one that is not this person's."""
    with studio.store.read() as cursor:
        found = owned(cursor, asked.conversation, person)
    latest = [one.latest for one in studio.writers.now().values()]
    growing = [turn for turn in latest if turn.conversation == found.id]
    return {"turns": [_shown(turn, [turn], {turn.id: Writing(turn)}) for turn in growing]}


def show(studio: Studio, asked: OneTurn, person: Person) -> ConversationView:
    """Show this version of a message in the place of the others, with the newest that follows it."""
    with studio.store.write() as cursor:
        found, turn = owned_turn(cursor, asked.turn, person)
        turns = chats.turns(cursor, found.id)
        others = {one.id for one in versions(turns, turn)}
        leaf = newest_below(turns, turn).id
        lanes = {
            number: replace(lane, leaf=leaf) if others & {one.id for one in path(turns, lane.leaf)} else lane
            for number, lane in found.lanes.items()
        }
        chats.put(cursor, replace(found, lanes=lanes))
    return conversation_view(studio, OneConversation(conversation=found.id), person)


def branch(studio: Studio, asked: OneTurn, person: Person) -> ConversationView:
    """A new conversation that begins with all that was said up to this message; the old one stays as it is."""
    now = datetime.now(UTC)
    with studio.store.write() as cursor:
        found, turn = owned_turn(cursor, asked.turn, person)
        shown = path(chats.turns(cursor, found.id), turn.id)
        new = _copies(shown)
        model = next((str(one.about["model"]) for one in reversed(shown) if "model" in one.about), "base")
        lanes = {1: Lane(model, new[-1].id)}
        copy = Conversation(new[0].conversation, person.name, found.name, lanes, found.settings, now, now)
        chats.put(cursor, copy)
        chats.add_turns(cursor, new)
    return conversation_view(studio, OneConversation(conversation=copy.id), person)


def rename(studio: Studio, asked: Rename, person: Person) -> ChatsView:
    """Give a conversation another name. Raises CitingError for an empty one."""
    name = " ".join(asked.name.split())
    if not name:
        raise CitingError("A conversation needs a name.")
    with studio.store.write() as cursor:
        chats.put(cursor, replace(owned(cursor, asked.conversation, person), name=name))
    return chats_view(studio, person)


def delete(studio: Studio, asked: OneConversation, person: Person) -> ChatsView:
    """Delete a conversation with all that was said in it. Raises CitingError for one that is not this person's."""
    with studio.store.write() as cursor:
        found = owned(cursor, asked.conversation, person)
        chats.delete(cursor, found.id)
    stop_in(studio, found.id)  # what is written of an answer that was deleted is kept nowhere
    return chats_view(studio, person)


def _copies(shown: Sequence[ChatTurn]) -> list[ChatTurn]:
    """The turns as those of a new conversation; an answer that is being written stays where it is written."""
    conversation, parent, copies = uuid.uuid4().hex, None, []
    for turn in shown:
        state = "stopped" if turn.state == "writing" else turn.state
        new = replace(turn, id=uuid.uuid4().hex, conversation=conversation, parent=parent, lane=1, state=state)
        parent = new.id
        copies.append(new)
    return copies


def _shown(turn: ChatTurn, turns: Sequence[ChatTurn], now: Mapping[str, Writing]) -> TurnView:
    state = turn.state if turn.id in now or turn.state != "writing" else "interrupted"
    turn = as_it_is(turn, now)
    return {
        "id": turn.id,
        "role": turn.role,
        "content": turn.content,
        "state": state,
        "about": {name: value for name, value in turn.about.items() if name != "settings"},
        "versions": [one.id for one in versions(turns, turn)],
        "laid_out": is_laid_out(turn.content),
    }
