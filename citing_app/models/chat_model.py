"""Asking a chat model: the seam. A call that a server may have taken is not repeated here (openai_model.py).

Whether a call may be repeated depends on whether it can have been paid for, so each fault says which it is:

    busy      turned down by a rate limit (429), or overloaded: not paid, try again later
    passing   the server failed or was never reached: not paid, try again
    final     the server will not take this call: not paid, trying again does not help
    unknown   the server may have answered and billed what never arrived (a timeout, a connection cut)
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from citing_app.models.addresses import is_loopback
from citing_app.models.pace import Limits
from citing_app.models.slots import Slots
from citing_app.types import Message


@dataclass(frozen=True)
class Call:
    """One request: messages, the most tokens to answer, and the JSON schema of the answer (None: plain text)."""

    messages: tuple[Message, ...]
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    is_brief: bool = False
    """Whether its answer is short whatever a person lets the model's answers take."""

    @property
    def prompt_bytes(self) -> int:
        """How long the messages are, in bytes: no tokenizer makes more tokens of them."""
        return sum(len(message["content"].encode(errors="replace")) for message in self.messages)


@dataclass(frozen=True)
class Reply:
    """What a server answered. `text` is None where that was no chat completion; token counts None where not told.

    Thoughts that a server keeps apart are only its text where there is no other (`message_text`).
    """

    text: str | None
    finish: str | None
    refused: bool
    tokens_in: int | None
    tokens_out: int | None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Fault:
    """Why there is no reply, as a sentence, and after how many seconds the server asks to be asked again."""

    kind: Literal["busy", "passing", "final", "unknown"]
    reason: str
    retry_after: float | None = None


Send = Callable[[Call, str], Awaitable[Reply | Fault]]
"""Sends one call; the text is its key, which a server that knows idempotency keys may use."""


class ChatModel(ABC):
    """A model that answers messages. A subclass writes `session`."""

    name: str
    url: str
    connections: int = 8
    """How many calls may be under way at once."""
    slots: Slots | None = None
    """How many a server on this machine has shown to work on at once; None elsewhere."""

    served_as: str | None = None
    """What its server calls it, where that is another name."""
    longest_answer: int | None = None
    """The most tokens that a person lets an answer take; None: as many as each question usually has."""

    @property
    def has_key(self) -> bool:
        """Whether a key goes with its calls."""
        return False

    def most_tokens(self, usual: int) -> int:
        """The most tokens that an answer to a question may take which usually has this many."""
        return usual if self.longest_answer is None else self.longest_answer

    def bounded(self, call: Call) -> Call:
        """The call with the most tokens that this model's answer to it may take."""
        return call if call.is_brief else replace(call, max_tokens=self.most_tokens(call.max_tokens))

    @property
    def is_loopback(self) -> bool:
        """Whether its server runs on this machine, and so bills nobody unless a person has set a price."""
        return is_loopback(self.url)

    @abstractmethod
    def session(self) -> AbstractAsyncContextManager[Send]:
        """Open the connections for a while. Raises CitingError where this machine's settings don't let them open.

        Sending never raises for what a server or a network does.
        """


async def timed(send: Send, call: Call, key: str) -> tuple[Reply | Fault, float]:
    """What came of a call, and how many seconds it took."""
    started = time.monotonic()
    return await send(call, key), time.monotonic() - started
