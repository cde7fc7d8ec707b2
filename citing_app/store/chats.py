"""Conversations and their turns. Turns are only added, but for the answer that is being written; a person who deletes a
conversation deletes all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from citing_app.store.database import Cursor

TurnState = Literal["writing", "done", "stopped", "failed"]
_CONVERSATION = "id, person, name, lanes, settings, begun_at, changed_at"
_TURN = "id, conversation, parent, lane, asked, role, content, state, said_at, about"


@dataclass(frozen=True)
class Lane:
    """One of the models side by side, and the newest turn that is shown of it (None: nothing was said yet)."""

    model: str
    leaf: str | None = None


@dataclass(frozen=True)
class Conversation:
    """What one person says to one model or several; `settings` are those of the newest question."""

    id: str
    person: str
    name: str
    lanes: Mapping[int, Lane]
    settings: Mapping[str, Any]
    begun_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class ChatTurn:
    """One message of a conversation, below the one it follows. `about` says who answered, and how."""

    id: str
    conversation: str
    parent: str | None
    lane: int
    asked: str
    role: Literal["user", "assistant"]
    content: str
    state: TurnState
    said_at: datetime
    about: Mapping[str, Any] = field(default_factory=dict)


def put(cursor: Cursor, conversation: Conversation) -> None:
    """Keep a conversation, in the place of what was known of it."""
    cursor.execute("DELETE FROM conversations WHERE id = ?", [conversation.id])
    lanes = {number: {"model": lane.model, "leaf": lane.leaf} for number, lane in conversation.lanes.items()}
    cursor.execute(
        f"INSERT INTO conversations ({_CONVERSATION}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            conversation.id,
            conversation.person,
            conversation.name,
            json.dumps(lanes),
            _json(conversation.settings),
            conversation.begun_at,
            conversation.changed_at,
        ],
    )


def get(cursor: Cursor, conversation: str, person: str) -> Conversation | None:
    """This person's conversation with this id."""
    rows = cursor.execute(
        f"SELECT {_CONVERSATION} FROM conversations WHERE id = ? AND person = ?", [conversation, person]
    ).fetchall()
    return next(map(_conversation, rows), None)


def of_person(cursor: Cursor, person: str) -> list[Conversation]:
    """This person's conversations, those that changed last first."""
    rows = cursor.execute(
        f"SELECT {_CONVERSATION} FROM conversations WHERE person = ? ORDER BY changed_at DESC, id", [person]
    ).fetchall()
    return [_conversation(row) for row in rows]


def delete(cursor: Cursor, conversation: str) -> None:
    """Delete a conversation with all its turns."""
    cursor.execute("DELETE FROM chat_turns WHERE conversation = ?", [conversation])
    cursor.execute("DELETE FROM conversations WHERE id = ?", [conversation])


def add_turns(cursor: Cursor, turns: Iterable[ChatTurn]) -> None:
    """Keep new turns."""
    names = _TURN.split(", ")[:-1]
    rows = [[*(getattr(turn, name) for name in names), _json(turn.about)] for turn in turns]
    cursor.executemany(f"INSERT INTO chat_turns ({_TURN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def write(cursor: Cursor, turn: str, content: str, state: TurnState, about: Mapping[str, Any]) -> None:
    """What is written of an answer by now; one that has ended, or was deleted, stays as it is."""
    cursor.execute(
        "UPDATE chat_turns SET content = ?, state = ?, about = ? WHERE id = ? AND state = 'writing'",
        [content, state, _json(about), turn],
    )


def turns(cursor: Cursor, conversation: str) -> list[ChatTurn]:
    """All turns of a conversation, in the order in which they were said."""
    rows = cursor.execute(
        f"SELECT {_TURN} FROM chat_turns WHERE conversation = ? ORDER BY said_at, rowid", [conversation]
    ).fetchall()
    return [_turn(row) for row in rows]


def conversation_of(cursor: Cursor, turn: str, person: str) -> Conversation | None:
    """The conversation of this person's in which this turn was said."""
    rows = cursor.execute(
        f"SELECT {_CONVERSATION} FROM conversations WHERE person = ? "
        "AND id IN (SELECT conversation FROM chat_turns WHERE id = ?)",
        [person, turn],
    ).fetchall()
    return next(map(_conversation, rows), None)


def _turn(row: tuple[Any, ...]) -> ChatTurn:
    told = dict(zip(_TURN.split(", "), row, strict=True))
    return ChatTurn(**{**told, "about": json.loads(told["about"])})


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(dict(told), ensure_ascii=False)


def _conversation(row: tuple[Any, ...]) -> Conversation:
    id, person, name, lanes, settings, begun_at, changed_at = row
    read = {int(number): Lane(**lane) for number, lane in json.loads(lanes).items()}
    return Conversation(id, person, name, read, json.loads(settings), begun_at, changed_at)
