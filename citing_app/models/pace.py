"""How fast a server may be asked: how many calls may be under way, and when the next may be sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from citing_app.models.slots import Slots

_BUSY_SHARE = 0.1
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST_PAUSE = 120.0


@dataclass(frozen=True)
class Limits:
    """What a server says of its rate limits; None where it says nothing. `…_reset` is in seconds from now."""

    requests_left: int | None = None
    requests_reset: float | None = None
    tokens_left: int | None = None
    tokens_reset: float | None = None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Limits:
        """The limits in the headers of a reply (`x-ratelimit-remaining-requests`, `x-ratelimit-reset-tokens` …)."""
        return cls(
            requests_left=_count(headers.get("x-ratelimit-remaining-requests")),
            requests_reset=seconds(headers.get("x-ratelimit-reset-requests")),
            tokens_left=_count(headers.get("x-ratelimit-remaining-tokens")),
            tokens_reset=seconds(headers.get("x-ratelimit-reset-tokens")),
        )

    def pause(self, tokens: int) -> float:
        """How long to wait before another call of about `tokens` tokens; 0 where the limits leave room for it."""
        no_requests = self.requests_left is not None and self.requests_left < 1
        no_tokens = self.tokens_left is not None and self.tokens_left < tokens
        return max(self.requests_reset or 0.0 if no_requests else 0.0, self.tokens_reset or 0.0 if no_tokens else 0.0)


class Pace:
    """The window of calls that may be under way, at most `most` of them.

    It shrinks by a quarter only where more than a tenth of a window's replies were 429s: a server that turns a call
    down now and then is being used to the full. It grows by an eighth after each window that was better. A server on
    this machine gets no more than the `slots` that it has shown.
    Times are seconds of any one clock.
    """

    def __init__(self, most: int, slots: Slots | None = None) -> None:
        self.most = self._wide = most
        self._slots = slots
        if slots is not None:
            slots.begin()
        self._replies = 0
        self._busy = 0
        self._resume_at = 0.0

    @property
    def window(self) -> int:
        """How many calls may be under way."""
        return self._wide if self._slots is None else min(self._wide, self._slots.window)

    def room(self, under_way: int, now: float) -> int:
        """How many calls may be sent now beside those under way."""
        return 0 if now < self._resume_at else max(0, self.window - under_way)

    def answered(self, limits: Limits, tokens: int, now: float) -> None:
        """A call was answered; the server's limits may ask for a pause before the next."""
        pause = min(limits.pause(tokens), _LONGEST_PAUSE)
        self._resume_at = max(self._resume_at, now + pause if pause else 0.0)
        self._count(busy=False)

    def worked(self, tokens: int, under_way: int, now: float) -> None:
        """An answer of so many tokens came, beside which so many other calls are still under way."""
        if self._slots is not None:
            self._slots.answered(tokens, under_way + 1 >= self.window, now)

    def was_slow(self) -> None:
        """An answer did not come: fewer calls at once, where the server is on this machine."""
        if self._slots is not None:
            self._slots.gave_up()

    def was_busy(self) -> None:
        """A call was turned down with 429."""
        self._count(busy=True)

    def _count(self, busy: bool) -> None:
        self._replies += 1
        self._busy += busy
        if self._busy > _BUSY_SHARE * self.window:
            self._adapt(max(1, self.window * 3 // 4))
        elif self._replies >= self.window:
            self._adapt(min(self.most, self.window + max(1, self.window // 8)))

    def _adapt(self, window: int) -> None:
        self._wide = window
        self._replies = self._busy = 0


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None


def seconds(text: str | None) -> float | None:
    """Seconds of `1m30s`, `20ms` or `2.5`."""
    if text is None:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else None
