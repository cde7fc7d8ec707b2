"""Conversations as files: JSON lines with messages, which trainers and our own import read, or Markdown to read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.store import chats
from citing_app.store.chats import ChatTurn, Conversation
from citing_app.types import Message, Person
from citing_app.workflows.chats.conversations import owned
from citing_app.workflows.chats.requests import Export
from citing_app.workflows.chats.tree import path
from citing_app.workflows.studio import Studio


class Exported(TypedDict):
    """A file's text and what to call it."""

    name: str
    text: str


def export(studio: Studio, asked: Export, person: Person) -> Exported:
    """What is shown of a conversation, or of all of this person's: a row or a chapter for each model.

    Raises CitingError where there is nothing to export.
    """
    with studio.store.read() as cursor:
        chosen = [owned(cursor, asked.conversation, person)] if asked.conversation else None
        found = chosen or chats.of_person(cursor, person.name)
        sides = [(one, side) for one in found for side in _sides(one, chats.turns(cursor, one.id))]
    if not sides:
        raise CitingError("There is no conversation to export yet.")
    name = f"{found[0].name if asked.conversation else 'conversations'}.{asked.form}"
    if asked.form == "md":
        return {"name": name, "text": "\n".join(_markdown(one, side) for one, side in sides)}
    rows = [json.dumps(_row(one, side), ensure_ascii=False) for one, side in sides]
    return {"name": name, "text": "\n".join(rows) + "\n"}


def _sides(conversation: Conversation, turns: Sequence[ChatTurn]) -> Iterator[list[ChatTurn]]:
    """What is shown of each model's side, but for answers without a text."""
    for lane in conversation.lanes.values():
        if shown := [turn for turn in path(turns, lane.leaf) if turn.content.strip()]:
            yield shown


def _row(conversation: Conversation, shown: Sequence[ChatTurn]) -> dict[str, object]:
    messages: list[Message] = [{"role": turn.role, "content": turn.content} for turn in shown]
    if system := str(conversation.settings.get("system") or ""):
        messages.insert(0, {"role": "system", "content": system})
    return {"messages": messages, "conversation": conversation.name, "model": _signature(shown)}


def _markdown(conversation: Conversation, shown: Sequence[ChatTurn]) -> str:
    parts = [f"# {conversation.name}"]
    if system := str(conversation.settings.get("system") or ""):
        parts += ["**System**", system]
    for turn in shown:
        parts += ["**User**" if turn.role == "user" else f"**{_signature([turn])}**", turn.content]
    return "\n\n".join(parts) + "\n"


def _signature(shown: Sequence[ChatTurn]) -> str:
    """Who wrote the last answer."""
    return next((str(one.about.get("signature", "")) for one in reversed(shown) if one.role == "assistant"), "")
