"""The throttle of logins: who guesses passwords waits longer and longer, by the name tried and by the address used."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from citing_app.errors import CitingError

FREE_FAILURES = 5
_FIRST_WAIT_S = 5.0
_LONGEST_WAIT_S = 15 * 60.0
_MOST_KEYS = 10_000


class TooManyFailures(CitingError):
    """Logging in has failed too often; `seconds` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        wait = f"{round(seconds / 60)} minutes" if seconds > 90 else f"{max(1, round(seconds))} seconds"
        super().__init__(f"Logging in has failed too often; wait {wait} and try again.")
        self.seconds = seconds


class Throttle:
    """Counts failures by key, in memory; a quarter of an hour without one forgives the key.

    `clock` gives seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how many, the newest; by the newest
        self._lock = threading.Lock()

    def attempt(self, keys: Sequence[str]) -> None:
        """Count an attempt as failed, before its password is looked at, so that many at once gain nothing.

        Raises TooManyFailures while one of the keys must wait; that attempt is not counted.
        """
        with self._lock:
            now = self._clock()
            self._forget(now)
            wait = max(self._wait(key, now) for key in keys)
            if wait > 0:
                raise TooManyFailures(wait)
            for key in keys:
                count, _ = self._failures.pop(key, (0, now))
                self._failures[key] = (count + 1, now)

    def succeed(self, keys: Sequence[str]) -> None:
        """The attempt was none of a guesser's: forget what was counted for its keys."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _wait(self, key: str, now: float) -> float:
        """Seconds until the next attempt."""
        count, newest = self._failures.get(key, (0, now))
        if count < FREE_FAILURES:
            return 0.0
        wait: float = _FIRST_WAIT_S * 2.0 ** min(count - FREE_FAILURES, 20)
        return newest + min(_LONGEST_WAIT_S, wait) - now

    def _forget(self, now: float) -> None:
        while self._failures:
            key, (_, newest) = next(iter(self._failures.items()))
            if now - newest <= _LONGEST_WAIT_S and len(self._failures) <= _MOST_KEYS:
                return
            del self._failures[key]
