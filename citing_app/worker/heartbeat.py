"""What keeps a trainer in touch with its round: the wish that it stop, and the sign that it lives."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.owner import HEARTBEAT_SECONDS, Owner

log = logging.getLogger(__name__)


class StopRequest:
    """Whether this process was asked to stop: by the round's `cancel` file or by SIGTERM."""

    def __init__(self, directory: RoundDirectory) -> None:
        self._file = directory.cancel
        self._signalled = False
        signal.signal(signal.SIGTERM, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signalled = True

    def asked(self) -> bool:
        """Whether to stop now."""
        return self._signalled or self._file.exists()


@contextmanager
def heartbeat(owner: Owner, directory: RoundDirectory) -> Iterator[None]:
    """Rewrite `run.json` every few seconds while the block runs, from a thread, so that a long step is no silence.

    A process whose round was taken over ends at once: it must write nothing into what is another's. A beat that the
    disk refuses is passed over: one that stays silent is taken over while it still trains.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            try:
                is_ours = owner.beat(directory.run)
            except OSError as error:
                log.warning("the heartbeat could not be written: %s", error)
                continue
            if not is_ours:
                log.critical("this round was taken over by another trainer")
                os._exit(3)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
