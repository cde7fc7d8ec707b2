"""The OpenAI protocol behind the seam of chat_model.py: one model at one server, and what was learned of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from citing_app.errors import CitingError
from citing_app.models import completion, refusals
from citing_app.models.addresses import checked_key, checked_url, is_loopback, no_url
from citing_app.models.chat_model import Call, ChatModel, Fault, Reply, Send
from citing_app.models.learned import LIMITS, TURNS_DOWN, Learned, Way
from citing_app.models.refusals import Refusal
from citing_app.models.slots import Slots
from citing_app.models.way import way_to

if TYPE_CHECKING:
    import httpx2
    import openai

OPENAI_URL = "https://api.openai.com/v1"
_MOST_WAYS = 12
"""How many ways to ask are tried for one call; a long refusal is halved six times from 4,096 tokens."""


@dataclass(frozen=True)
class OpenAIModel(ChatModel):
    """The model `name` behind the OpenAI-compatible server at `url`, and how it is asked.

    `timeout` is in seconds; `headers` and `body` are sent with each call beside ours, and the body's fields count
    before ours. The key goes in `key_header`. The certificates in `ca_file` are trusted beside the usual ones. Raises
    CitingError for a URL or a key that no call can be sent with.
    """

    name: str
    url: str = OPENAI_URL
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    connections: int = 8
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] = field(default_factory=dict)
    served_as: str | None = None
    longest_answer: int | None = None
    ca_file: str | None = None
    key_header: str = "Authorization"
    learned: Learned = field(init=False, repr=False, compare=False)
    slots: Slots | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        set_once = object.__setattr__  # the dataclass is frozen for everybody else
        set_once(self, "url", checked_url(self.url, self.name))
        set_once(self, "api_key", checked_key(self.api_key, self.name))
        is_openai = urlsplit(self.url).hostname == urlsplit(OPENAI_URL).hostname
        set_once(self, "learned", Learned(Way(frozenset(LIMITS[1:]) if is_openai else frozenset())))
        set_once(self, "slots", Slots(self.connections) if is_loopback(self.url) else None)

    @property
    def has_key(self) -> bool:
        """See ChatModel.has_key."""
        return self.api_key is not None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Send]:
        """See ChatModel.session."""
        async with self._client() as client:
            yield _Session(self, client).send

    def _client(self) -> openai.AsyncOpenAI:
        import httpx2
        import openai

        http = self._http()
        # Without a key the client would look for one in the environment, and refuse to start without.
        key = self.api_key or "none"
        # The client would put the path of a call behind a query.
        url, _, query = self.url.partition("?")
        try:
            return openai.AsyncOpenAI(
                api_key=key,
                base_url=url,
                default_query=dict(parse_qsl(query)),
                timeout=self.timeout,
                max_retries=0,
                http_client=http,
            )
        except httpx2.InvalidURL as error:  # a name that no network knows how to write
            raise no_url(self.name) from error

    def _http(self) -> httpx2.AsyncClient:
        """What carries the calls: through no proxy where the server is on this machine."""
        import httpx2
        import openai

        try:
            return openai.DefaultAsyncHttpxClient(**way_to(self.url, self.ca_file), timeout=self.timeout)
        except ImportError as error:
            raise CitingError(
                "Calls go through a SOCKS proxy, which needs the package socksio: install it, or unset ALL_PROXY."
            ) from error
        except OSError as error:
            raise CitingError("The certificates in SSL_CERT_FILE can't be read; correct or unset it.") from error
        except (ValueError, httpx2.InvalidURL) as error:
            raise CitingError(
                "The proxy in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is not a valid address; correct or unset it."
            ) from error


class _Session:
    """One open client: sends each call in the way that its server takes."""

    def __init__(self, model: OpenAIModel, client: openai.AsyncOpenAI) -> None:
        self._model = model
        self._client = client

    async def send(self, call: Call, key: str) -> Reply | Fault:
        """The reply to a call; where the server refuses how it is asked, it is asked in another way."""
        learned = self._model.learned
        first = way = learned.way
        tried: set[Way] = set()
        told: Refusal | None = None
        while True:
            tried.add(way)
            options = way.options(call, self._model.body)
            came = await self._once(call, key, options)
            if isinstance(came, Reply):
                learned.answered(way, options, first)
            if not isinstance(came, Refusal):
                return came
            told = told or came  # what led to a guess is the reason, and not what the guess led to
            others, is_led = learned.others(way, options, came.words, came.status, call)
            other = next((one for one in [learned.way, *others] if one not in tried), None)
            if came.status not in TURNS_DOWN or other is None or len(tried) == _MOST_WAYS:
                return refusals.fault_of(told)
            way, told = other, None if is_led else told

    async def _once(self, call: Call, key: str, options: Mapping[str, Any]) -> Reply | Fault | Refusal:
        import openai

        model = self._model
        try:
            raw = await self._client.chat.completions.with_raw_response.create(
                model=model.served_as or model.name,
                messages=list(call.messages),  # type: ignore[arg-type]
                extra_headers={"Idempotency-Key": key, **model.headers, **self._key_headers()},
                extra_body=dict(options),
            )
        except openai.APIStatusError as error:
            answer = error.response
            if answer.request.method != "POST":
                return _moved(answer)
            return refusals.refusal(answer.status_code, answer.content, answer.headers, model.api_key)
        except openai.OpenAIError as error:
            return refusals.fault_in(error)
        if raw.http_response.request.method != "POST":
            return _moved(raw.http_response)
        return completion.read(raw.http_response.content, raw.headers, model.api_key)

    def _key_headers(self) -> dict[str, Any]:
        """The key where it does not go in the client's own header, which is left out then."""
        import openai

        model = self._model
        if model.api_key is None or model.key_header == "Authorization":
            return {}
        return {model.key_header: model.api_key, "Authorization": openai.Omit()}


def _moved(answer: Any) -> Fault:
    """A server that sends calls elsewhere makes mere visits of them; nothing was asked."""
    status = answer.history[0].status_code if answer.history else answer.status_code
    return Fault(
        "final", f"The server has moved ({status}); give its new URL, often with https:// in place of http://."
    )
