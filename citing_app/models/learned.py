"""What a server takes: learned from what it turns down, and remembered as long as its model is there.

Servers differ in the names of their options, in the length of their context, in whether they know structured output
and whether they answer other than as a stream. Each says no before it computes, so asking again in another way costs
nothing. What helps is remembered; what does not help is not, since then the reason was another.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citing_app.models.chat_model import Call

FORMAT = "response_format"
LIMITS = ("max_completion_tokens", "max_tokens")
"""The limit of an answer: the newer name, and the older one, which some servers know alone. One is always sent."""
TURNS_DOWN = frozenset({400, 404, 413, 415, 422, 500, 501})
"""Statuses with which servers refuse what they do not know."""
_LEAST = 64
"""Fewer tokens are no room for an answer."""
_SPARE = 16
_FORMAT_WORDS = re.compile(r"response.?format|json.?schema|json.?object|structured|guided|grammar", re.IGNORECASE)
_STREAM_WORDS = re.compile(r"\bstream(?:ing|ed)?\b", re.IGNORECASE)
_SIZE = re.compile(r"token|context|length", re.IGNORECASE)
_TOO_MUCH = re.compile(
    r"too (?:large|long|big|many|high)|exceed|at most|less than or equal|<=|>|valid range|out of range|greater|larger"
    r"|reduce|up to|maximum|context (?:length|size|window)",
    re.IGNORECASE,
)
_NUMBER = r"[^\d]{0,30}?(\d[\d,]*)"
_CONTEXT = re.compile(
    rf"context (?:length|size|window){_NUMBER}|(\d[\d,]*) maximum context|max_new_tokens`? must be <= (\d[\d,]*)",
    re.IGNORECASE,
)
_USED = re.compile(
    r"(\d[\d,]*) (?:in the (?:messages|prompt|input)|of text input|(?:text )?input tokens|`?inputs`? tokens"
    r"|tokens from the input|prompt tokens|tokens in the (?:messages|prompt|input))"
    r"|prompt (?:contains|has|is) (\d[\d,]*)|request \((\d[\d,]*) tokens",
    re.IGNORECASE,
)
_CAP = re.compile(
    rf"(?:at most|up to|<=|less than or equal to|maximum(?: allowed)?(?: number| value)?(?: of| is)?){_NUMBER}"
    r"|\[\d+, ?(\d+)\]|> ?(\d[\d,]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Way:
    """One way to ask: the options left out, whether the reply is streamed, and how many tokens there is room for.

    `most` bounds an answer, `context` question and answer together, in tokens.
    """

    left_out: frozenset[str] = frozenset()
    streams: bool = False
    most: int | None = None
    context: int | None = None
    bytes_per_token: float = math.inf

    def limit(self, call: Call) -> int:
        """The most tokens that the answer to this call may have."""
        room = call.max_tokens if self.most is None else min(call.max_tokens, self.most)
        if self.context is not None:
            room = min(room, self.context - math.ceil(call.prompt_bytes / self.bytes_per_token) - _SPARE)
        return min(call.max_tokens, max(room, _LEAST))

    def options(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent beside the model and the messages; `body` is what a person wants to have sent."""
        options: dict[str, Any] = dict.fromkeys(LIMITS, self.limit(call))
        if call.schema is not None:
            named = {"name": "reply", "schema": dict(call.schema), "strict": True}
            options[FORMAT] = {"type": "json_schema", "json_schema": named}
        if self.streams:
            options |= {"stream": True, "stream_options": {"include_usage": True}}
        return {name: value for name, value in {**options, **body}.items() if name not in self.left_out}


class Learned:
    """What is known of one server: the way that it was last asked in, and the options that it has answered to."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._answered: frozenset[str] = frozenset()

    def answered(self, way: Way, options: Mapping[str, Any], began_with: Way) -> None:
        """The server answered when it was asked so. Other calls may have learned something else meanwhile."""
        self._answered |= options.keys()
        if way != began_with:
            self.way = way

    def others(
        self, way: Way, options: Mapping[str, Any], words: str, status: int, call: Call
    ) -> tuple[list[Way], bool]:
        """Other ways to ask, the likeliest first, after the server turned these `options` down in these words.

        And whether its words led to them, or they are guesses.
        """
        if _is_about_length(words):
            smaller = _smaller(way, words, call)
            return [] if smaller is None else [smaller], True
        if _STREAM_WORDS.search(words) and not way.streams:
            return [replace(way, streams=True)], True
        if names := _named(options, words):
            return [other for name in names for other in _without(way, name)], True
        return list(self._guesses(way, options, status)), False

    def _guesses(self, way: Way, options: Mapping[str, Any], status: int) -> Iterator[Way]:
        """Ways to ask a server that does not say what it refuses: nothing that it has answered to."""
        new = options.keys() - self._answered
        if FORMAT in new:
            yield from _without(way, FORMAT)
        elif status in (400, 422) and new.issuperset(LIMITS):
            yield from _without(way, LIMITS[0])
            yield from _without(way, LIMITS[1])


def _is_about_length(words: str) -> bool:
    """Whether a refusal says that question and answer are too long."""
    return bool(_SIZE.search(words) and _TOO_MUCH.search(words))


def _named(options: Mapping[str, Any], words: str) -> list[str]:
    """The options that a refusal speaks of, in its order."""
    patterns = {name: re.compile(rf"\b{re.escape(name)}\b") for name in options} | (
        {FORMAT: _FORMAT_WORDS} if FORMAT in options else {}
    )
    found = {name: match.start() for name, pattern in patterns.items() if (match := pattern.search(words))}
    found.pop("stream", None)
    return sorted(found, key=lambda name: found[name])


def _without(way: Way, name: str) -> Iterator[Way]:
    """This way without an option; of the two limits one is always sent, the other one first."""
    if name not in LIMITS:
        yield replace(way, left_out=way.left_out | {name})
        return
    for one in sorted(LIMITS, key=lambda limit: limit != name):
        yield replace(way, left_out=way.left_out.difference(LIMITS) | {one})


def _smaller(way: Way, words: str, call: Call) -> Way | None:
    """This way with room for less: as much as the server says, or else half; None where no answer would fit."""
    limit, context, used = way.limit(call), _number(_CONTEXT, words), _number(_USED, words)
    if context and used:
        if context - used - _SPARE < _LEAST:
            return None
        told = replace(way, context=context, bytes_per_token=min(way.bytes_per_token, call.prompt_bytes / used))
        if told.limit(call) < limit:
            return told
    cap = _number(_CAP, words) or 0
    most = cap if _LEAST <= cap < limit else limit // 2
    return replace(way, most=most) if most >= _LEAST else None


def _number(pattern: re.Pattern[str], words: str) -> int | None:
    found = pattern.search(words)
    return int(next(filter(None, found.groups())).replace(",", "")[:9]) if found else None
