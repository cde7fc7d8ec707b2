"""Chat messages into an instruction, what went before it, and the answer: as `role` and `content`, as ShareGPT's `from`
and `value`, and with content in parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeGuard

from citing_app.errors import CitingError
from citing_app.types import Speaker, Task, Turn
from citing_app.workflows.data.raw import plain_name
from citing_app.workflows.data.values import is_blank, is_scalar, parsed, text

Chat = list[dict[str, Any]]
_ROLE, _CONTENT = ("role", "from", "speaker"), ("content", "value", "text")
_SPEAKERS: dict[str, Speaker] = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter", "customer"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "chatbot", "model", "ai", "bing", "bard"), "assistant"),
    **dict.fromkeys(("tool", "function", "observation", "ipython", "environment", "tool_response"), "tool"),
    **dict.fromkeys(("function_response", "function_call", "tool_call", "tool_result"), "tool"),
}
"""Who speaks, by the names that chats give them. What calls a tool is no answer, so it counts to the tools."""
_PICTURES = ("image", "audio", "video", "file", "document")
_LAYERS = 4


class Said(NamedTuple):
    """One message; `left_out` is what it held besides text: "images" or "tools"."""

    role: Speaker
    content: str
    left_out: frozenset[str] = frozenset()


class Conversation(NamedTuple):
    """The last question with the turns before it, the answer to it, "" where there is none, and what is left out."""

    task: Task
    answer: str
    left_out: frozenset[str]


def is_chat(value: Any) -> TypeGuard[Chat]:
    """Whether this is a list of chat messages."""
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) and _has(m, _ROLE) for m in value)


def messages(given: Any, name: str = "messages") -> Chat:
    """Chat messages, in a CSV as JSON. Raises CitingError where they are none."""
    if isinstance(given, str):
        given = parsed(given, f"{name} is not a list")
    if not isinstance(given, list) or not all(isinstance(message, dict) for message in given):
        raise CitingError(f"{name} is not a list of objects with role and content")
    return given


def conversation(chat: Chat) -> Conversation:
    """The last question with the turns before it, and the last answer with text after it. Raises CitingError where
    there is no question, or a message of none that speaks."""
    said = [_said(message) for message in chat]
    if not any(one.role == "user" for one in said):
        raise CitingError("messages holds no user message")
    while said[-1].role == "user" and not said[-1].content.strip() and any(one.role == "user" for one in said[:-1]):
        said.pop()
    asked = [index for index, one in enumerate(said) if one.role == "user"]
    before, question, after = said[: asked[-1]], said[asked[-1]], said[asked[-1] + 1 :]
    left_out = frozenset[str]().union(*(one.left_out for one in said))
    if any(one.role == "tool" for one in after):
        left_out |= {"tools"}
    if sum(one.role == "assistant" and bool(one.content.strip()) for one in after) > 1:
        left_out |= {"answers"}
    turns = tuple(Turn(one.role, one.content) for one in before)  # blank ones too: they are in the hashes of old rows
    return Conversation(Task(question.content, turns=turns), _last_answer(after), left_out)


def reply(chat: Chat) -> str:
    """The last answer in these messages, "" where there is none."""
    return _last_answer([_said(message) for message in chat])


def questions(chat: Chat) -> int:
    """How many of these messages ask."""
    return sum(_said(message).role == "user" for message in chat)


def asks(value: Any) -> bool:
    """Whether these are chat messages with a question among them."""
    return is_chat(value) and questions(value) > 0


def history(given: list[Any]) -> tuple[Turn, ...]:
    """The turns before a question: messages, pairs of question and answer, or texts in turn. Raises CitingError where
    it is none of these."""
    if is_chat(given):
        return tuple(Turn(one.role, one.content) for one in map(_said, given) if one.content.strip())
    texts = [one for pair in given for one in (pair if isinstance(pair, list | tuple) else [pair])]
    if not all(is_scalar(one) or is_blank(one) for one in texts) or len(texts) % 2:
        raise CitingError("history is neither messages nor pairs of question and answer")
    roles: tuple[Speaker, Speaker] = ("user", "assistant")
    turns = [Turn(roles[index % 2], text(one, "history")) for index, one in enumerate(texts)]
    return tuple(turn for turn in turns if turn.content.strip())


def _said(message: dict[str, Any]) -> Said:
    content, left_out = _content(_value(message, _CONTENT))
    if not is_blank(_value(message, ("tool_calls", "function_call"))):
        left_out |= {"tools"}
    return Said(_speaker(_value(message, _ROLE)), content, left_out)


def _content(given: Any, layers: int = _LAYERS) -> tuple[str, frozenset[str]]:
    """The text of a message, its parts below one another, and what else they hold."""
    if isinstance(given, dict):
        given = [given]
    if not isinstance(given, list) or not layers:
        return text(given, "content"), frozenset()
    parts = [_part(part, layers) for part in given]
    joined = "\n".join(found for found, _ in parts if found)
    return joined, frozenset[str]().union(*(left_out for _, left_out in parts))


def _part(part: Any, layers: int) -> tuple[str, frozenset[str]]:
    if not isinstance(part, dict):
        return _content(part, layers - 1)
    kind = str(_value(part, ("type", "content_type")) or next(iter(part), "")).casefold()
    if any(kind.startswith(word) or kind.endswith(word) for word in _PICTURES):
        return "", frozenset({"images"})
    if "tool" in kind or "function" in kind:
        return "", frozenset({"tools"})
    if "think" in kind or "reason" in kind:
        return "", frozenset({"thoughts"})
    return _content(_value(part, ("text", "value", "content", "parts")), layers - 1)


def _speaker(role: Any) -> Speaker:
    """Who speaks. Raises CitingError for a role that no conversation has."""
    found = _SPEAKERS.get(plain_name(text(role, "role")))
    if found is None:
        raise CitingError("a message's role is none of system, user, assistant, tool")
    return found


def _last_answer(after: Sequence[Said]) -> str:
    """The last answer with a text: one without calls a tool, and the answer comes after that."""
    return next((one.content for one in reversed(after) if one.role == "assistant" and one.content.strip()), "")


def _has(message: dict[str, Any], names: Sequence[str]) -> bool:
    return any(name in message for name in names) or any(plain_name(key) in names for key in message)


def _value(message: dict[str, Any], names: Sequence[str]) -> Any:
    """What the message has under the first of these names that is filled, in any case of letters."""
    for name in names:
        if not is_blank(value := message.get(name)):
            return value
    filled = ((plain_name(key), value) for key, value in message.items() if not is_blank(value))
    return next((value for key, value in filled if key in names), None)
