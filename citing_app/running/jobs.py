"""Long work in the background: a thread of its own, progress that any page can read, and a cancel.

A job belongs to the app, not to a browser: closing or reloading a page changes nothing about it. One that waits
its turn in a lane has no thread yet: a lane has one, the dispatcher, however many wait in it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from citing_app.errors import Cancelled, CitingError

JobState = Literal["running", "finished", "failed", "cancelled"]
_POLL_SECONDS = 0.2
_AGAIN_SECONDS = 2.0
log = logging.getLogger(__name__)


_TELLING = 0.02
"""Less says little of the rate: work that was found again begins with what only has to be looked up or loaded."""


@dataclass
class Job:
    """One piece of long work, as its own thread updates it and the pages read it.

    `first` is when something of this total was done first, and how much: loading before that says nothing of the rate.
    `needs` are the rounds whose adapters it uses, which stay meanwhile. `closing` says that the app ends: work that
    lives in a process of its own is then left alone, not cancelled. `is_timed` is False for what people are waited for:
    no rate tells when it ends. `asks` are the models that it asks or will ask, by name, which stay meanwhile.
    """

    name: str
    title: str
    state: JobState = "running"
    message: str = ""
    done: float = 0.0
    total: float | None = None
    first: tuple[float, float] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    needs: frozenset[int] = frozenset()
    asks: set[str] = field(default_factory=set)
    closing: bool = False
    is_timed: bool = True
    dismissed: bool = False

    def progress(self, done: float, total: float | None, message: str = "") -> None:
        """Report `done` of `total` (None: unknown). Raises Cancelled where a person has asked to stop."""
        if self.first is None or total != self.total or done < self.done:
            self.first = (time.monotonic(), done) if done > 0 else None
        self.done, self.total = done, total
        if message:
            self.message = message
        if self.cancelled.is_set():
            raise Cancelled("Cancelled.")

    def inner(self, name: str) -> Job:
        """A job for a part of this one's work, whose progress nobody sees: cancelled with it, and it asks for it."""
        return Job(name, "", cancelled=self.cancelled, asks=self.asks)

    @property
    def fraction(self) -> float | None:
        """Between 0 and 1; None while the total is unknown."""
        return None if not self.total else min(1.0, self.done / self.total)

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the rate since the first report; None before `_TELLING` of what was left then is done, and
        where none is told."""
        if not self.is_timed or self.first is None or not self.total:
            return None
        began, done = self.first
        if self.done - done <= _TELLING * (self.total - done):
            return None
        return (time.monotonic() - began) * max(0.0, self.total - self.done) / (self.done - done)


Work = Callable[[Job], str]
"""Does the work, reports by `job.progress`, returns the sentence to show at the end."""
HeldBack = Callable[[], Container[str]]
"""The names of those jobs of a lane that begin later, as they stand now; it may raise, and is asked again then."""


class Jobs:
    """The app's jobs by name. A name runs once at a time; its newest job stays readable after its end."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._works: dict[str, Work] = {}
        self.ended = 0
        """How many jobs have ended: who compares it misses none that began and ended between two looks."""
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._lanes: dict[str, list[Job]] = {}
        self._lock = threading.Lock()

    def start(self, name: str, title: str, work: Work, needs: Iterable[int] = ()) -> Job:
        """Start the work, which `needs` these rounds' adapters, in a thread.

        Raises CitingError where a job of this name is running or the app closes.
        """
        with self._lock:
            job = self._add(name, title, work, needs)
            self._begin(job)
        return job

    def start_in_turn(self, lane: str, name: str, title: str, work: Work, held_back: HeldBack) -> Job:
        """As `start`, but without a thread while the job is among the `held_back` of its lane.

        All in a lane are asked for by the same `held_back`. One that is cancelled begins at once, to end as it would.
        """
        with self._lock:
            job = self._add(name, title, work)
            waiting = self._lanes.setdefault(lane, [])
            waiting.append(job)
            if len(waiting) == 1:  # the dispatcher ended with the last that waited
                self._thread(f"lane {lane}", self._dispatch, waiting, held_back)
        return job

    def retry(self, name: str) -> None:
        """Do the newest work of this name again. Raises CitingError where there is none or it is running."""
        job = self._jobs.get(name)
        if job is None:
            raise CitingError("There is nothing of this name to do again.")
        self.start(name, job.title, self._works[name], job.needs)

    @contextmanager
    def still(self) -> Iterator[None]:
        """While this is held no job begins: one that is started meanwhile waits for its end."""
        with self._lock:
            yield

    def get(self, name: str) -> Job | None:
        return self._jobs.get(name)

    def all(self) -> list[Job]:
        """Every job whose newest run this app has seen."""
        return list(self._jobs.values())

    def running(self, name: str) -> bool:
        job = self._jobs.get(name)
        return job is not None and job.state == "running"

    def asks(self, model: str) -> bool:
        """Whether a job that is running asks the model of this name."""
        return any(job.state == "running" and model in job.asks for job in self.all())

    def forget(self, name: str) -> None:
        """Forget how the newest job of this name ended; one that is running is left alone."""
        with self._lock:
            if name in self._jobs and not self.running(name):
                del self._jobs[name], self._works[name]

    def cancel(self, name: str) -> None:
        """Ask the running job of this name to stop; it ends at its next step."""
        job = self._jobs.get(name)
        if job is not None:
            job.cancelled.set()

    def close(self, timeout: float = 10.0) -> None:
        """Cancel everything and wait for the threads, `timeout` seconds in all."""
        with self._lock:
            self._closed = True
        for job in self.all():
            job.closing = True
            job.cancelled.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _add(self, name: str, title: str, work: Work, needs: Iterable[int] = ()) -> Job:
        if self._closed:
            raise Cancelled("The app is closing.")
        if self.running(name):
            raise CitingError(f"{title} is already under way.")
        self._works[name] = work
        job = self._jobs[name] = Job(name, title, needs=frozenset(needs))
        return job

    def _begin(self, job: Job) -> None:
        self._thread(job.name, self._run, job, self._works[job.name])

    def _thread(self, name: str, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()

    def _dispatch(self, waiting: list[Job], held_back: HeldBack) -> None:
        """Begin each of the lane's jobs when nothing holds it back, until none waits or the app closes."""
        while self._begin_due(waiting, self._asked(held_back)):
            time.sleep(_POLL_SECONDS)

    def _asked(self, held_back: HeldBack) -> Container[str]:
        """What is held back now. A dispatcher that died of a refusal would leave its whole lane waiting for ever."""
        while True:
            try:
                return held_back()
            except Exception as error:
                if self._closed:
                    return ()
                log.warning("what waits its turn cannot be told: %s; it is tried again", error)
                time.sleep(_AGAIN_SECONDS)

    def _begin_due(self, waiting: list[Job], held: Container[str]) -> bool:
        """Whether any still waits. Under the lock: a job that is added meanwhile finds a dispatcher or starts one."""
        with self._lock:
            for job in [job for job in waiting if self._closed or job.cancelled.is_set() or job.name not in held]:
                waiting.remove(job)
                if self._closed:
                    job.state = "cancelled"
                else:
                    self._begin(job)
            return bool(waiting)

    def _run(self, job: Job, work: Work) -> None:
        try:
            job.message = work(job)
            job.state = "finished"
        except Cancelled as error:
            job.message, job.state = str(error), "cancelled"
        except CitingError as error:
            job.message, job.state = str(error), "failed"
        except Exception:
            log.exception("%s failed", job.name)
            job.message, job.state = f"{job.title} failed unexpectedly; the log has the details.", "failed"
        with self._lock:
            self.ended += 1
