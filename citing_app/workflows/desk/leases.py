"""Leases: who is looking at which open items, so that two people do not read the same one by accident.

They live in memory and are short: a closed browser frees its items within minutes, a restart at once.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

LEASE_SECONDS = 120.0


class Leases:
    """The open items that each person's desk holds. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[str, int], float] = {}
        self.choosing = threading.Lock()
        """Held while items are chosen and taken, so that two desks do not choose the same ones."""

    def take(self, person: str, item_ids: Iterable[int]) -> None:
        """The person looks at these items, from now on for `LEASE_SECONDS`."""
        until = self._clock() + LEASE_SECONDS
        self._until.update({(person, item_id): until for item_id in item_ids})

    def release(self, person: str, item_id: int) -> None:
        """The person has done with the item."""
        self._until.pop((person, item_id), None)

    def of_others(self, person: str) -> Counter[int]:
        """By item, how many other people look at it."""
        now = self._clock()
        self._until = {lease: until for lease, until in self._until.items() if until > now}
        return Counter(item_id for other, item_id in self._until if other != person)
