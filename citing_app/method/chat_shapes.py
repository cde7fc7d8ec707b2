"""The shape in which a student's chat template takes a conversation.

Templates differ: Gemma's knows no system, many demand that user and assistant alternate, some leave out in silence what
they do not know. So the shapes are tried on the template itself, and the first is taken that it shows whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from citing_app.method.prompts import as_one_message, joined
from citing_app.types import Message

Render = Callable[[list[Message]], str]
"""A chat template: messages → the text that the student reads, up to where its answer begins."""
_STANDS_FOR = re.compile("\ue000([0-9]+)\ue001")
"""Stands for a message's content: characters of Unicode's private use, which no template looks at."""


def taken(messages: Sequence[Message], render: Render) -> list[Message]:
    """The messages as the template takes them; one message alone is never changed."""
    if len(messages) == 1:
        return list(messages)
    return next((shape for shape in shapes(messages) if frame(roles_of(shape), render)), as_one_message(messages))


def shapes(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The messages as they are; then with the user saying what the system says; last as one message."""
    yield list(messages)
    if "system" in roles_of(messages):
        yield joined(one | {"role": "user"} if one["role"] == "system" else one for one in messages)
    if len(messages) > 1:
        yield as_one_message(messages)


def frame(roles: Sequence[str], render: Render) -> list[str] | None:
    """The texts before, between and after the contents of messages of these roles, up to where the answer begins.

    None where the template refuses such messages, leaves one out, or changes its place.
    """
    messages = [{"role": role, "content": f"\ue000{place}\ue001"} for place, role in enumerate(roles)]
    try:
        parts = _STANDS_FOR.split(render(messages))
    except Exception:  # a template is a program: there is nothing that it cannot raise
        return None
    return parts[::2] if parts[1::2] == [str(place) for place in range(len(roles))] else None


def roles_of(messages: Sequence[Message]) -> tuple[str, ...]:
    """Who says each message."""
    return tuple(message["role"] for message in messages)
