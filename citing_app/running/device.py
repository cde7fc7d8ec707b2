"""One device, many wishes: who uses the device now, and what waits for what.

Chat, drafting, evaluating and embedding share the generation worker; a round trains in a process of its own.
- One round trains at a time.
- Bulk work (drafting, evaluating) waits for a round, and a round waits for the bulk batch in flight.
- Where the device has no room for both, a round sends the generation worker away, and chat waits too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from citing_app.errors import Cancelled

Kind = Literal["round", "bulk", "chat"]
_CHAT_SECONDS = 30.0
"""How long a round that needs the whole device lets a chat go on."""


@dataclass(frozen=True)
class Wish:
    """Something that uses or wants the device: `label` is how pages name it, `cancelled` its job's, if it has one."""

    kind: Kind
    label: str
    cancelled: threading.Event | None = field(default=None, compare=False, repr=False)


class Device:
    """The scheduler of one device.

    `has_room` says whether a round fits beside the generation worker; `send_away` ends that worker. Both are
    asked when a round starts.
    """

    def __init__(self, has_room: Callable[[], bool], send_away: Callable[[], None]) -> None:
        self._has_room = has_room
        self._send_away = send_away
        self._changed = threading.Condition()
        self._using: list[Wish] = []
        self._waiting: list[Wish] = []
        self._alone = False

    @contextmanager
    def turn(
        self,
        kind: Kind,
        label: str,
        cancelled: threading.Event | None = None,
        is_next: Callable[[], bool] = lambda: True,
    ) -> Iterator[None]:
        """Hold the device for one piece of work, waiting for it first, and until `is_next`.

        Raises Cancelled while waiting.
        """
        wish = Wish(kind, label, cancelled)
        self._wait_for(wish, cancelled, is_next)
        try:
            if kind == "round":
                self._make_room(cancelled)
            yield
        finally:
            with self._changed:
                self._using.remove(wish)
                if kind == "round":
                    self._alone = False
                self._changed.notify_all()

    @contextmanager
    def still(self) -> Iterator[None]:
        """While this is held nothing gets the device: what wants it meanwhile waits for its end."""
        with self._changed:
            yield

    def using(self) -> list[Wish]:
        """What runs on the device now."""
        with self._changed:
            return list(self._using)

    def waiting(self) -> list[str]:
        """One sentence for each wish that waits, naming what it waits for; rounds have a queue that tells."""
        with self._changed:
            return [self._sentence(wish) for wish in self._waiting if wish.kind != "round"]

    def waiting_of(self, job: threading.Event) -> str | None:
        """The same sentence of the job with this `cancelled`; None where it does not wait."""
        with self._changed:
            return next((self._sentence(wish) for wish in self._waiting if wish.cancelled is job), None)

    def waits_for(self, label: str) -> str | None:
        """What the wish of this name waits for; None where it does not wait."""
        with self._changed:
            return next((self._blocker(wish) for wish in self._waiting if wish.label == label), None)

    def blocker(self, kind: Kind) -> str | None:
        """What a new wish of this kind would wait for, or None."""
        with self._changed:
            wish = Wish(kind, "")
            return None if self._free_for(wish) else self._blocker(wish)

    def _wait_for(self, wish: Wish, cancelled: threading.Event | None, is_next: Callable[[], bool]) -> None:
        with self._changed:
            self._waiting.append(wish)
            try:
                while not (self._free_for(wish) and is_next()):
                    if cancelled is not None and cancelled.is_set():
                        raise Cancelled("Cancelled while waiting for the device.")
                    self._changed.wait(timeout=0.2)
                self._using.append(wish)
            finally:
                self._waiting.remove(wish)

    def _make_room(self, cancelled: threading.Event | None) -> None:
        if self._has_room():
            return
        deadline = time.monotonic() + _CHAT_SECONDS
        with self._changed:
            self._alone = True
            while any(wish.kind != "round" for wish in self._using) and time.monotonic() < deadline:
                if cancelled is not None and cancelled.is_set():
                    raise Cancelled("Cancelled while waiting for the device.")
                self._changed.wait(timeout=0.2)
        self._send_away()

    def _free_for(self, wish: Wish) -> bool:
        kinds = [other.kind for other in self._using]
        if wish.kind == "round":
            return "round" not in kinds and "bulk" not in kinds
        if wish.kind == "bulk":
            return "round" not in kinds and not any(other.kind == "round" for other in self._waiting)
        return not self._alone

    def _sentence(self, wish: Wish) -> str:
        return f"{wish.label} waits for {self._blocker(wish)}"

    def _blocker(self, wish: Wish) -> str:
        waiting = [other for other in self._waiting if other != wish]
        others = [other for other in self._using if other.kind != "chat"] or self._using or waiting
        return ", ".join(other.label for other in others) or "the device"
