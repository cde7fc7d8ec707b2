"""A chat message as servers send it: its content as a text or in parts, its thoughts in fields of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citing_app.method.thoughts import marked

_FIELDS = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
_WORDS = ("text", "thinking", "reasoning", "content", "summary")


def message_text(message: Mapping[str, Any]) -> str:
    """The text of a chat message, whose content may come in parts and its thoughts in fields of their own.

    Where there is nothing but thoughts, these are the text, in tags: `parted` finds no answer in it. Raises TypeError
    where the content is neither text nor parts.
    """
    content = message.get("content")
    parts = [content] if isinstance(content, str) else content or []
    if not isinstance(parts, list):
        raise TypeError("content is neither text nor parts")
    text = "".join(map(_said, parts))
    thought = "\n".join(filter(None, map(_words, [*map(_thinking, parts), *map(message.get, _FIELDS)])))
    if text.strip() or not thought.strip():
        return text
    return marked(thought)


def _said(part: Any) -> str:
    """What a part of a content says; nothing where it is a thought, a picture or a call."""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        raise TypeError("a part of the content is no part")
    if part.get("type", "text") not in ("text", "output_text"):
        return ""
    if not isinstance(part.get("text"), str):
        raise TypeError("a part of the content has no text")
    return str(part["text"])


def _thinking(part: Any) -> Any:
    return part if isinstance(part, dict) and part.get("type") in ("thinking", "reasoning") else None


def _words(value: Any) -> str:
    """All words in a thought, however deep a server puts them."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _words([value.get(name) for name in _WORDS])
    return "\n".join(filter(None, map(_words, value))) if isinstance(value, list) else ""
