"""What a server sent with a 200: a completion whole or in pieces, or an error all the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from citing_app.models.chat_model import Fault, Reply
from citing_app.models.messages import message_text
from citing_app.models.pace import Limits
from citing_app.models.refusals import Refusal, refusal, status_of

BROKEN_OFF = "error"
"""How a reply finishes that the server broke off in the middle."""
_MOST_TOKENS = 2**31
"""More than any model reads or writes: what a server tells beyond this, it does not know."""
_FINISHES = {
    **dict.fromkeys(("max_tokens", "model_length", "max_length", "max_output_tokens"), "length"),
    **dict.fromkeys(("safety", "recitation", "prohibited_content", "blocklist", "sensitive"), "content_filter"),
    **dict.fromkeys(("insufficient_system_resource", "network_error", "cancelled", "abort"), BROKEN_OFF),
}
"""What servers call the reasons why a reply ends, in the words of OpenAI's."""
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "refusal")
"""Fields of a message that come in pieces of text."""


def read(body: bytes, headers: Mapping[str, str], secret: str | None) -> Reply | Fault | Refusal:
    """The reply in a body, which may be anything a server can send; a Refusal for an error that stands in its place."""
    limits = Limits.from_headers(headers)
    is_stream = body.lstrip()[:6] in (b"data: ", b"data:{", b"event:") or body.startswith(b":")
    value = _joined(_events(body)) if is_stream else _parsed(body)
    if value is None and is_stream:
        return Fault("unknown", "The connection broke before the answer came.")
    if isinstance(value, dict) and value.get("error") and not value.get("choices"):
        return refusal(status_of(value["error"]), value, headers, secret)
    return _reply(value if isinstance(value, dict) else {}, limits, secret)


def _reply(completion: dict[str, Any], limits: Limits, secret: str | None) -> Reply:
    usage = completion.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    tokens = _whole(counts.get("prompt_tokens")), _whole(counts.get("completion_tokens"))
    try:
        choice = completion["choices"][0]
        message = choice["message"]
        text, refused = storable(message_text(message)), bool(message.get("refusal"))
        finish = _finish(choice.get("finish_reason"))
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return Reply(None, None, False, *tokens, limits)
    if completion.get("error") or choice.get("error"):
        finish = BROKEN_OFF
    return Reply(text.replace(secret, "[key]") if secret else text, finish, refused, *tokens, limits)


def _finish(reason: Any) -> str | None:
    if reason is None:
        return None
    if not isinstance(reason, str):
        raise TypeError("the reason is no text")
    return _FINISHES.get(reason.lower(), storable(reason))


def storable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can hold and no database stores."""
    return text.encode(errors="replace").decode()


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < _MOST_TOKENS else None


def _parsed(text: bytes | str) -> Any:
    """The JSON value in a text; None where there is none, or it is cut off."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _events(body: bytes) -> Iterator[Any]:
    """The values in a stream of events; the last one is "[DONE]" where it came to its end."""
    for line in body.decode(errors="replace").splitlines():
        if line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            yield data if data == "[DONE]" else _parsed(data)


def _joined(events: Iterable[Any]) -> dict[str, Any] | None:
    """The pieces of a streamed completion as one; None where its end is missing."""
    parts: list[Any] = []
    message: dict[str, Any] = {"content": parts}
    whole: dict[str, Any] = {}
    finish, has_ended = None, False
    for event in events:
        has_ended = has_ended or event == "[DONE]"
        if not isinstance(event, dict):
            continue
        whole |= {name: event[name] for name in ("usage", "error") if event.get(name)}
        for choice in _first(event.get("choices")):
            finish = choice.get("finish_reason") or finish
            _add(message, parts, choice.get("delta") or choice.get("message"))
    if parts or len(message) > 1 or finish is not None:
        whole["choices"] = [{"message": message, "finish_reason": finish}]
    return whole if has_ended or finish is not None or "error" in whole else None


def _first(choices: Any) -> list[dict[str, Any]]:
    return [one for one in choices[:1] if isinstance(one, dict)] if isinstance(choices, list) else []


def _add(message: dict[str, Any], parts: list[Any], delta: Any) -> None:
    """Add a piece to the message: texts of a field are joined, parts of the content are kept as they come."""
    if not isinstance(delta, dict):
        return
    content = delta.get("content")
    if content:
        parts += content if isinstance(content, list) else [content]
    for name in _THOUGHTS:
        if isinstance(delta.get(name), str) and delta[name]:
            message[name] = message.get(name, "") + delta[name]
