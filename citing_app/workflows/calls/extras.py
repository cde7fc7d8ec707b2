"""What a person may have sent beside each call: headers and fields of the body, but no key and nothing of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from citing_app.errors import CitingError
from citing_app.workflows.request import Value

_LONGEST, _MOST_HEADERS = 4000, 20
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_TEXT = re.compile(r"[\x20-\x7e]{1,1000}")
_KEY_NAME = re.compile(
    r"api.?key|access.?key|auth(?:ori[sz]|ent|[-_]|$)|bearer|cookie|credential|password|passwd|secret|signature"
    r"|(?:^|[-_ ])(?:key|token)$|(?:api|access|id|refresh|security)[-_]?token",
    re.IGNORECASE,
)
_KEY_TEXT = re.compile(
    r"^\s*(?:bearer|basic|token)\s|\b(?:sk-|sk_|gsk_|hf_|xai-|ghp_|AIza|eyJ)[\w-]{8,}", re.IGNORECASE
)
_OUR_HEADERS = frozenset(
    {"host", "connection", "content-length", "content-type", "content-encoding", "transfer-encoding", "accept"}
    | {"accept-encoding", "idempotency-key", "te", "trailer", "upgrade", "expect", "proxy-connection"}
)
_OURS = frozenset(
    {"model", "models", "messages", "prompt", "input", "stream", "stream_options", "response_format"}
    | {"n", "best_of", "max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "n_predict"}
    | {"num_predict", "tools", "tool_choice", "functions", "function_call", "plugins", "web_search_options"}
)
"""Fields of a request that say what is asked, how the reply comes, or what it may cost at most."""
_NO_KEYS = "Keys are never entered here; they come from the environment."


@dataclass(frozen=True)
class Headers(Value):
    """HTTP headers: an object, or a text with `Name: value` in each line."""

    def read(self, value: Any) -> dict[str, str] | None:
        given = dict(self._pairs(value)) if isinstance(value, str) else value
        if not isinstance(given, Mapping) or len(given) > _MOST_HEADERS:
            raise CitingError(f"{self.title} are at most {_MOST_HEADERS} lines of the form Name: value.")
        for name, text in given.items():
            self._check(name, text)
        return {name: text.strip() for name, text in given.items()} or None

    def is_blank(self, value: Any) -> bool:
        return value in (None, "", {})

    def _pairs(self, value: str) -> Iterator[tuple[str, str]]:
        for line in filter(str.strip, value[: _LONGEST * 2].splitlines()):
            name, _, text = line.partition(":")
            yield name.strip(), text.strip()

    def _check(self, name: Any, text: Any) -> None:
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise CitingError(f"{self.title} are at most {_MOST_HEADERS} lines of the form Name: value.")
        if not isinstance(text, str) or not _HEADER_TEXT.fullmatch(text.strip()):
            raise CitingError(f"The header {name} needs a value of at most 1,000 plain characters.")
        if _KEY_NAME.search(name) or _KEY_TEXT.search(text):
            raise CitingError(f"The header {name} looks like a key. {_NO_KEYS}")
        if name.casefold() in _OUR_HEADERS:
            raise CitingError(f"The header {name} is set by the app; leave it out.")


@dataclass(frozen=True)
class Fields(Value):
    """Fields of a request's body: an object, or a text that is one in JSON."""

    def read(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, str):
            value = self._parsed(value)
        if not isinstance(value, Mapping) or not self._is_storable(value):
            raise CitingError(f"{self.title} is a JSON object of at most {_LONGEST:,} characters.")
        for name in value:
            if name in _OURS:
                raise CitingError(f"The field {name} is set by the app or changes what a call may cost; leave it out.")
        for name, text in _leaves(value):
            if _KEY_NAME.search(name) or _KEY_TEXT.search(text):
                raise CitingError(f"The field {name} looks like a key. {_NO_KEYS}")
        return dict(value) or None

    def is_blank(self, value: Any) -> bool:
        return value is None or value == {} or (isinstance(value, str) and not value.strip())

    def _parsed(self, text: str) -> Any:
        try:
            return json.loads(text) if len(text) <= _LONGEST else None
        except (ValueError, RecursionError):
            return None

    def _is_storable(self, value: Mapping[Any, Any]) -> bool:
        """Whether it is JSON that every server and the database can read."""
        try:
            text = json.dumps(value, allow_nan=False, ensure_ascii=False)
            return (
                len(text.encode()) <= _LONGEST and "\\u0000" not in text and all(isinstance(one, str) for one in value)
            )
        except (TypeError, ValueError, RecursionError):
            return False


def looks_like_a_key(name: str) -> bool:
    """Whether a header, a field or a part of a query of this name holds a key."""
    return bool(_KEY_NAME.search(name))


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every name in the object, however deep, with its text."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key), ""
            yield from _leaves(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, name)
    elif isinstance(value, str):
        yield name, value
