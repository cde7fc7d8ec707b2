"""Chat messages into an instruction, what went before it, and the answer."""

from __future__ import annotations

from typing import Any, TypeGuard

from citing_app.errors import CitingError
from citing_app.workflows.data.values import parsed, text

Chat = list[dict[str, Any]]


def is_chat(value: Any) -> TypeGuard[Chat]:
    """Whether this is a list of chat messages."""
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) and "role" in m for m in value)


def messages(given: Any) -> Chat:
    """Chat messages, in a CSV as JSON. Raises CitingError where they are none."""
    if isinstance(given, str):
        given = parsed(given, "messages is not a list")
    if not isinstance(given, list) or not all(isinstance(message, dict) for message in given):
        raise CitingError("messages is not a list of objects with role and content")
    return given


def conversation(chat: Chat) -> tuple[str, str, str]:
    """The last question is the instruction, what went before it the input, the reply to it the output."""
    turns = _turns(chat)
    asked = [index for index, (role, _) in enumerate(turns) if role == "user"]
    if not asked:
        raise CitingError("messages holds no user message")
    before = "\n".join(f"{role.capitalize()}: {content}" for role, content in turns[: asked[-1]])
    return turns[asked[-1]][1], before, _last_answer(turns[asked[-1] + 1 :])


def reply(chat: Chat) -> str:
    """The last answer in these messages, "" where there is none."""
    return _last_answer(_turns(chat))


def questions(chat: Chat) -> int:
    """How many of these messages ask."""
    return sum(role == "user" for role, _ in _turns(chat))


def _turns(chat: Chat) -> list[tuple[str, str]]:
    return [(text(message.get("role"), "role"), text(message.get("content"), "content")) for message in chat]


def _last_answer(turns: list[tuple[str, str]]) -> str:
    """The last answer with a text: one without calls a tool, and the answer comes after that."""
    return next((content for role, content in reversed(turns) if role == "assistant" and content.strip()), "")
