"""Texts that are written in the background, each in a thread of its own: a browser that leaves changes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

_SECONDS_TO_LEAVE = 5.0


@dataclass
class Writing:
    """One text: what is written by now (`latest`), whether it is to be written no further, and whether it has ended."""

    latest: Any
    stopped: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)


class Writers:
    """The texts that are being written, by key."""

    def __init__(self) -> None:
        self._writing: dict[str, Writing] = {}

    def start(self, key: str, first: Any, work: Callable[[Writing], None]) -> None:
        """Have `work` write the text of this key, which is `first` now; it sets `latest` and minds `stopped`."""
        writing = self._writing[key] = Writing(first)

        def run() -> None:
            try:
                work(writing)
            finally:
                self._writing.pop(key, None)
                writing.left.set()

        threading.Thread(target=run, name=f"writing {key}", daemon=True).start()

    def now(self) -> dict[str, Writing]:
        """Those that are being written now."""
        return dict(self._writing)

    def stop(self, keys: Iterable[str]) -> None:
        """Have these texts written no further, and wait a little until each has ended."""
        now = self.now()
        found = [now[key] for key in keys if key in now]
        for one in found:
            one.stopped.set()
        deadline = time.monotonic() + _SECONDS_TO_LEAVE
        for one in found:
            one.left.wait(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Stop them all."""
        self.stop(self.now())
