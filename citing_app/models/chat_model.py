"""Asking a chat model: the seam, and the OpenAI protocol behind it. One call is one request; nothing is repeated here.

Whether a call may be repeated depends on whether it can have been paid for, so each fault says which it is:

    busy      turned down by a rate limit (429): not paid, try again later
    passing   the server failed or was never reached: not paid, try again
    final     the server will not take this call: not paid, trying again does not help
    unknown   the server may have answered and billed what never arrived (a timeout, a connection cut)
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from citing_app.models.messages import message_text
from citing_app.models.pace import Limits
from citing_app.types import Message

if TYPE_CHECKING:
    import openai

OPENAI_URL = "https://api.openai.com/v1"
_NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")
_MOST_TOKENS = 2**31
"""More than any model reads or writes: what a server tells beyond this, it does not know."""
_AMBIGUOUS = frozenset({408, 502, 504, 524})
"""Statuses with which a gateway gives up waiting for a model that may have answered it."""


@dataclass(frozen=True)
class Call:
    """One request: messages, the most tokens to answer, and the JSON schema of the answer (None: plain text)."""

    messages: tuple[Message, ...]
    max_tokens: int
    schema: Mapping[str, Any] | None = None

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

    @abstractmethod
    def session(self) -> AbstractAsyncContextManager[Send]:
        """Open the connections for a while. Sending never raises for what a server or a network does."""


@dataclass(frozen=True)
class OpenAIModel(ChatModel):
    """The model `name` behind the OpenAI-compatible server at `url`. `timeout` is in seconds."""

    name: str
    url: str = OPENAI_URL
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    connections: int = 8

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Send]:
        """See ChatModel.session."""
        import openai

        # Without a key the client would look for one in the environment, and refuse to start without.
        key = self.api_key or "none"
        async with openai.AsyncOpenAI(api_key=key, base_url=self.url, timeout=self.timeout, max_retries=0) as client:
            yield _Session(self, client).send


class _Session:
    """One open client, and whether its server takes a schema."""

    def __init__(self, model: OpenAIModel, client: openai.AsyncOpenAI) -> None:
        self._model = model
        self._client = client
        self._takes_schema = True

    async def send(self, call: Call, key: str) -> Reply | Fault:
        import openai

        schema = call.schema if self._takes_schema else None  # a call beside this one may find out that it takes none
        try:
            return await self._send(call, key, schema)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if schema is None:
                return _fault(error)
            self._takes_schema = False  # a server without structured output; the prompt asks for JSON as well
            return await self.send(call, key)
        except openai.OpenAIError as error:
            return _fault(error)

    async def _send(self, call: Call, key: str, schema: Mapping[str, Any] | None) -> Reply:
        options: dict[str, Any] = {"max_completion_tokens": call.max_tokens}
        if urlsplit(self._model.url).hostname != urlsplit(OPENAI_URL).hostname:
            options["max_tokens"] = call.max_tokens  # the older name, which some servers know alone
        if schema is not None:
            named = {"name": "reply", "schema": dict(schema), "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": named}
        raw = await self._client.chat.completions.with_raw_response.create(
            model=self._model.name,
            messages=list(call.messages),  # type: ignore[arg-type]
            extra_headers={"Idempotency-Key": key},
            **options,
        )
        try:
            completion = raw.parse()
        except (ValueError, RecursionError):  # JSON that is cut off or none: billed all the same
            completion = None
        return _reply(completion, Limits.from_headers(raw.headers), self._model.api_key)


async def timed(send: Send, call: Call, key: str) -> tuple[Reply | Fault, float]:
    """What came of a call, and how many seconds it took."""
    started = time.monotonic()
    return await send(call, key), time.monotonic() - started


def _reply(completion: Any, limits: Limits, secret: str | None) -> Reply:
    """The reply in a server's completion, which may be anything a server can send."""
    usage = getattr(completion, "usage", None)
    tokens = _whole(getattr(usage, "prompt_tokens", None)), _whole(getattr(usage, "completion_tokens", None))
    try:
        choice = completion.choices[0]
        text, refused = message_text(dict(choice.message)), bool(choice.message.refusal)
        finish = None if choice.finish_reason is None else _storable(choice.finish_reason)
        text = _storable(text)  # and a server may echo what it was sent
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return Reply(None, None, False, *tokens, limits)
    return Reply(text.replace(secret, "[key]") if secret else text, finish, refused, *tokens, limits)


def _storable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can hold and no database stores."""
    return text.encode(errors="replace").decode()


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < _MOST_TOKENS else None


def _fault(error: openai.OpenAIError) -> Fault:
    """What an error means, without the server's own words, which may repeat the key or the prompt."""
    import openai

    was_sent = type(error.__cause__).__name__ not in _NEVER_SENT
    match error:
        case openai.APITimeoutError() if was_sent:
            return Fault("unknown", "The server did not answer in time; it may have billed the call.")
        case openai.APITimeoutError():
            return Fault("passing", "The server could not be reached in time; check the URL and that it runs.")
        case openai.APIConnectionError() if was_sent:
            return Fault("unknown", "The connection broke before the answer came; the server may have billed the call.")
        case openai.APIConnectionError():
            return Fault("passing", "The server could not be reached; check the URL and that it runs.")
        case openai.APIStatusError():
            return _refused(error.status_code, error.code, error.response.headers.get("retry-after"))
        case _:
            return Fault("final", "The server's reply could not be understood; check the URL.")


def _refused(status: int, code: str | None, retry_after: str | None) -> Fault:
    """What a status means for the caller."""
    wait = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdecimal() else None
    if status == 429 and code == "insufficient_quota":
        return Fault("final", "The account at the server has no credit left (429); top it up, then retry.")
    if status == 429:
        return Fault("busy", "The server limits the rate of requests (429); retry later.", wait)
    if status in _AMBIGUOUS:
        return Fault("unknown", f"A gateway gave up waiting ({status}); the server may have billed the call.")
    if status >= 500 or status == 409:
        return Fault("passing", f"The server answered with an error ({status}); retry later.", wait)
    reasons = {
        401: "The server refused the key (401); check the key.",
        403: "The server refused the key (403); check the key.",
        404: "The server does not know this model or address (404); check the model's name and the URL.",
    }
    other = f"The server does not take this request ({status}); check the model's name and its limits."
    return Fault("final", reasons.get(status, other))
