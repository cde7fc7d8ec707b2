"""How many calls a server on this machine works on at once."""

from __future__ import annotations

_GAIN = 1.2
"""How much more must get done in the same time with twice as many calls, for the server to have shown more slots."""


class Slots:
    """One slot until the server shows more: with each doubling of the calls under way more must get done.

    A server with one slot lets the others wait, and what waits too long is given up and asked again. `most` bounds the
    window. Times are seconds of any one clock.
    """

    def __init__(self, most: int) -> None:
        self.window = 1
        self._most = most
        self._best = 0.0
        self._is_settled = most == 1
        self.begin()

    def begin(self) -> None:
        """Measure anew: a batch begins, or the server was not used to the full."""
        self._since: float | None = None
        self._answers = self._work = 0

    def answered(self, tokens: int, is_full: bool, now: float) -> None:
        """An answer of so many tokens came; `is_full`: as many calls were under way as may be."""
        if self._is_settled:
            return
        if self._since is None or not is_full:
            self.begin()
            self._since = now  # the first answer only starts the clock: a model may have been loaded for it
            return
        self._answers += 1
        self._work += tokens
        if self._answers < max(2, self.window):
            return
        rate = self._work / max(1e-9, now - self._since)
        if rate < _GAIN * self._best:
            self._settle()
        else:
            self._best = rate
            self._is_settled = self.window == self._most
            self.window = min(self._most, 2 * self.window)
            self._since, self._answers, self._work = now, 0, 0

    def gave_up(self) -> None:
        """An answer did not come in time: fewer calls from now on."""
        self._settle()

    def _settle(self) -> None:
        self.window = max(1, self.window // 2)
        self._is_settled = True
