"""What the generation worker does next: one computing thread, and the more urgent job first.

A job asks its `checkpoint` between tokens and between batches. There every more urgent job that waits is run to its
end, so a chat answer overtakes hours of drafting within a token, and no job needs a thread or a lock of its own.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from citing_app.errors import CitingError

Event = dict[str, Any]
URGENCY = {"chat": 0, "bulk": 1}


class OutOfMemory(CitingError):
    """Not even the smallest piece of the work fits into memory."""


@dataclass
class Job:
    """One request: its fields, where its events go, and whether somebody has cancelled it."""

    fields: Mapping[str, Any]
    send: Callable[[Event], None]
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def urgency(self) -> int:
        """0 is the most urgent."""
        return URGENCY[self.fields.get("priority", "bulk")]


Checkpoint = Callable[[], bool]
"""Runs what is more urgent, then says whether to go on."""
Handler = Callable[[Job, Checkpoint], None]


class Jobs:
    """The waiting jobs, and the loop that runs them in the thread that calls `run`."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._waiting: list[tuple[int, int, Job]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    def submit(self, job: Job) -> None:
        """Add a job, from any thread."""
        with self._changed:
            heapq.heappush(self._waiting, (job.urgency, next(self._numbers), job))
            self._changed.notify()

    def run(self) -> None:
        """Run jobs for ever."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                job = heapq.heappop(self._waiting)[2]
            self._run(job)

    def _run(self, job: Job) -> None:
        def checkpoint() -> bool:
            while (urgent := self._more_urgent_than(job)) is not None:
                self._run(urgent)
            return not job.cancelled.is_set()

        if job.cancelled.is_set():
            return
        try:
            self._handler(job, checkpoint)
        except CitingError as error:
            kind = "out_of_memory" if isinstance(error, OutOfMemory) else "user"
            job.send({"event": "error", "kind": kind, "message": str(error)})
        except Exception:  # one failed request must not end the worker for the others
            traceback.print_exc()
            message = "The generation worker met an unexpected fault; its log says more."
            job.send({"event": "error", "kind": "internal", "message": message})

    def _more_urgent_than(self, job: Job) -> Job | None:
        with self._changed:
            if self._waiting and self._waiting[0][0] < job.urgency:
                return heapq.heappop(self._waiting)[2]
        return None
