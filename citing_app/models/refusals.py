"""Why a server gave no reply, and what that means for whoever asked: whether it was paid, and whether to ask again."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from socket import gaierror
from typing import TYPE_CHECKING, Any

from citing_app.models.chat_model import Fault
from citing_app.models.pace import seconds

if TYPE_CHECKING:
    import openai

_NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "LocalProtocolError")
_AMBIGUOUS = frozenset({408, 502, 504, 524})
"""Statuses with which a gateway gives up waiting for a model that may have answered it."""
_SPOKEN = {
    402: r"insufficient_quota|billing",
    429: r"rate.?limit|too many requests",
    401: r"invalid_api_key|authentication_error",
    503: r"overloaded",
    500: r"server_error|api_error",
}
"""What errors in words speak of, by status."""
_NO_CREDIT = re.compile(
    r"insufficient[ _](?:quota|balance|credit|fund)|credit balance is too low|out of credit|more credits|余额不足|欠费",
    re.IGNORECASE,
)
_SAYS = ("loc", "error", "message", "detail", "details", "msg", "errors", "metadata", "raw")
_SEARCHED, _SHOWN = 4000, 300
_LONGEST_WAIT = 1e9
_BEGINNING = 8
"""As many characters of a key make it known."""


@dataclass(frozen=True)
class Refusal:
    """What a server said in place of a reply: a status, an error code, its words, and when it wants to be asked again.

    `words` hold all that it said, to be searched; `told` is what people read, without the key.
    """

    status: int
    code: str | None = None
    words: str = ""
    told: str = ""
    retry_after: float | None = None


def refusal(status: int, body: bytes | Mapping[str, Any], headers: Mapping[str, str], secret: str | None) -> Refusal:
    """What a server refused with this status, body and headers."""
    value: Any = body
    if isinstance(body, bytes):
        value = body.decode(errors="replace")
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    inner = [one for one in (value.get("error"), value) if isinstance(one, dict)] if isinstance(value, dict) else []
    code = next((str(one["code"]) for one in inner if one.get("code")), None)
    option = next((str(one["param"]) for one in inner if one.get("param")), "")
    is_page = isinstance(value, str) and "<" in value
    words = "" if is_page else " ".join(" ".join(dict.fromkeys(_said(value))).split())[:_SEARCHED]
    return Refusal(status, code, f"{option} {words}", _without(secret, words)[:_SHOWN], retry_after(headers))


def status_of(error: Any) -> int:
    """The status that an error inside a 200 speaks of, in figures or in words; 400 where it speaks of none."""
    fields = [error.get(name) for name in ("code", "type", "message")] if isinstance(error, dict) else [error]
    said = " ".join(str(one) for one in fields if one)
    if found := re.match(r"[45]\d\d\b", said):
        return int(found[0])
    return next((status for status, words in _SPOKEN.items() if re.search(words, said, re.IGNORECASE)), 400)


def fault_of(one: Refusal) -> Fault:
    """What a refusal means for the caller."""
    status, wait = one.status, one.retry_after
    if status == 402 or one.code == "insufficient_quota" or (status < 500 and _NO_CREDIT.search(one.words)):
        return Fault("final", f"The account at the server has no credit left ({status}); top it up, then retry.")
    if status in (429, 503, 529):
        return Fault("busy", _saying(_busy(status), one), wait)
    if status in _AMBIGUOUS:
        return Fault("unknown", _saying(f"A gateway gave up waiting ({status}).", one))
    if status >= 500 or status == 409:
        return Fault("passing", _saying(f"The server answered with an error ({status}); retry later.", one), wait)
    return Fault("final", _saying(_not_taken(status), one))


def _saying(reason: str, one: Refusal) -> str:
    """The reason with the server's own words; not those of a 401, where half of the key is often repeated."""
    return f"{reason} The server says: {one.told}" if one.told and one.status != 401 else reason


def _busy(status: int) -> str:
    if status == 429:
        return "The server limits the rate of requests (429); retry later."
    return f"The server is overloaded or still loading its model ({status}); retry later."


def _not_taken(status: int) -> str:
    if status in (401, 403):
        return f"The server refused the key ({status}); check the key."
    if status in (404, 405):
        return f"The server does not know this model or address ({status}); check the model's name and the URL."
    return f"The server does not take this request ({status}); check the model's name and its limits."


def fault_in(error: openai.OpenAIError) -> Fault:
    """What it means that a request got no answer at all."""
    import openai

    cause = error.__cause__
    was_sent = type(cause).__name__ not in _NEVER_SENT
    match error:
        case openai.APITimeoutError() if was_sent:
            return Fault("unknown", "The server did not answer in time.")
        case openai.APITimeoutError():
            return Fault("passing", "The server could not be reached in time; check the URL and that it runs.")
        case openai.APIConnectionError() if was_sent:
            return Fault("unknown", "The connection broke before the answer came.")
        case openai.APIConnectionError():
            return _unreached(cause)
        case _:
            return Fault("final", "The server's reply could not be understood; check the URL.")


def _unreached(cause: BaseException | None) -> Fault:
    """Why a request never left this machine."""
    causes = list(_causes(cause))
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return Fault("final", "The server's certificate is not trusted; if it is your own, set SSL_CERT_FILE to it.")
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return Fault("final", "The server does not speak https; begin its URL with http:// if that is meant.")
    if any(isinstance(one, gaierror) for one in causes):
        return Fault("passing", "No server of this name was found; check the URL and the network.")
    if type(cause).__name__ == "ProxyError":
        return Fault("passing", "The proxy let no call through; check HTTPS_PROXY and NO_PROXY.")
    return Fault("passing", "The server could not be reached; check the URL and that it runs.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def retry_after(headers: Mapping[str, str]) -> float | None:
    """After how many seconds a server wants to be asked again: it says so in milliseconds, seconds or as a date."""
    thousandths = headers.get("retry-after-ms", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", thousandths):
        return min(float(thousandths) / 1000, _LONGEST_WAIT)
    text = headers.get("retry-after", "")
    wait = seconds(text) if re.fullmatch(r"[\d.\s]+|(?:[\d.]+\s*(?:ms|s|m|h)\s*)+", text) else None
    if wait is None and (date := _time(text)) is not None:
        wait = max(0.0, date - (_time(headers.get("date", "")) or time.time()))
    return None if wait is None else min(wait, _LONGEST_WAIT)


def _time(date: str) -> float | None:
    """Seconds since 1970 of a date as HTTP writes it, which is always in UTC."""
    try:
        return parsedate_to_datetime(date).replace(tzinfo=UTC).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _said(value: Any) -> Iterator[str]:
    """All texts of an error, however deep; where in the request the fault lies comes first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if all(isinstance(one, str | int) for one in value):  # where in the request
            yield ".".join(map(str, value))
        else:
            for one in value:
                yield from _said(one)
    elif isinstance(value, dict):
        for name in _SAYS:
            yield from _said(value.get(name))


def _without(secret: str | None, text: str) -> str:
    """The text without the key, and without what begins like it."""
    if not secret:
        return text
    rest = r"\S*" if len(secret) > _BEGINNING else r"(?!\w)"
    return re.sub(rf"(?<!\w){re.escape(secret[:_BEGINNING])}{rest}", "[key]", text)
