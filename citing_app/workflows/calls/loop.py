"""The loop behind asking.py: what waits, what is under way and what pauses; what came back is in asking_replies.py.

Some things go on beside the calls, each in a thread: more questions are looked up, what another job is asking is
looked at again, the calls that ended and those about to be sent are written in one transaction, and what was answered
is handed to `keep`. A few calls are written before a connection is free for them, so that none stands idle meanwhile.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Any

from citing_app.errors import Cancelled
from citing_app.method.prices import Price, dollars
from citing_app.models.chat_model import ChatModel, Fault, Reply, Send, timed
from citing_app.models.pace import Pace
from citing_app.running.jobs import Job
from citing_app.store import ledger, spending
from citing_app.store.database import Store
from citing_app.workflows.calls.questions import Answer, Question
from citing_app.workflows.calls.replies import Open, Replies

_ATTEMPTS = {"passing": 5, "busy": 30}
_LONGEST_BACKOFF = 30.0
_AHEAD = 2
"""How many windows of questions are looked up in the ledger ahead of their turn."""
_TURN_SECONDS = 0.05
_LOOK_SECONDS = 0.5
"""How long to wait before looking again whether another job's call has ended."""
_LEAD = 8
"""Of how many connections one call is written down ahead; a batch that is killed leaves so many more in doubt."""
Work = Callable[[], asyncio.Task[None] | None]
"""Begins one piece of work beside the calls; None where there is nothing to do."""


class Asking:
    """One batch: what waits, what is written down to be sent, what is under way and what pauses."""

    def __init__(
        self,
        store: Store,
        model: ChatModel,
        questions: Any,
        job: Job,
        verb: str,
        keep: Callable[[list[Answer]], None],
        total: int | None,
        price: Price | None,
    ) -> None:
        self.store, self.model, self.job, self.verb, self.keep = store, model, job, verb, keep
        self.questions, self.total, self.is_priced = questions, total, price is not None
        self.replies = Replies(store, model, price)
        self.pace = Pace(model.connections)
        self.ready: deque[Open] = deque()
        self.pausing: list[tuple[float, str, Open]] = []
        self.booked: deque[Open] = deque()
        self.under_way: dict[asyncio.Task[tuple[Reply | Fault, float]], Open] = {}
        self.recorded: list[Answer] = []
        self.outcomes: Counter[str] = Counter()
        self.exhausted = self.stopped = self.held_up = False
        self.limit: int | None = None
        self.started = time.monotonic()

    async def run(self) -> None:
        try:
            async with self.model.session() as send:
                await self._run(send)
        finally:  # whatever happened, the ledger is told
            pausing = (one for _, _, one in self.pausing)
            self.replies.gave_up(list(self.under_way.values()), [*self.booked, *self.ready, *pausing])
            self._write(self.replies.ended, [])

    async def _run(self, send: Send) -> None:
        """Look questions up, write and keep beside the calls: a free connection never waits for any of it."""
        beside: dict[Work, asyncio.Task[None]] = {}
        works: tuple[Work, ...] = (self._refilling, self._looking, self._booking, self._keeping)
        try:
            while not self._is_done() or beside:
                for work in works:
                    _go_on(beside, work)
                waited = [*self.under_way, *beside.values()]
                if waited:
                    await asyncio.wait(waited, timeout=_TURN_SECONDS, return_when="FIRST_COMPLETED")
                elif not self._is_done():
                    await asyncio.sleep(_TURN_SECONDS)
                self._collect()
                self._launch(send)
        finally:
            if beside:  # what is being written is part of what is known
                await asyncio.wait(beside.values())

    def _is_done(self) -> bool:
        waiting = (self.ready or self.pausing or self.replies.elsewhere or not self.exhausted) and not self._stops()
        told = not (self.replies.ended or self.replies.answers or self.recorded)
        return told and not (waiting or self.booked or self.under_way)

    def _stops(self) -> bool:
        return self.stopped or self.job.cancelled.is_set()

    def _refilling(self) -> asyncio.Task[None] | None:
        """Look up more questions, where fewer than a window wait."""
        wanted = _AHEAD * self.pace.window - len(self.ready)
        if self.exhausted or self._stops() or wanted < self.pace.window:
            return None
        return asyncio.create_task(self._refill(wanted))

    async def _refill(self, wanted: int) -> None:
        """Take more questions, and answer those that the ledger knows."""
        taken = await asyncio.to_thread(self._take, wanted)
        if taken:
            opened = [self.replies.opened(question) for question in taken]
            known = await asyncio.to_thread(self.replies.known, [one.key for one in opened])
            for one in opened:
                self._queue(self.replies.place(one, known))

    def _looking(self) -> asyncio.Task[None] | None:
        """Look what has become of the calls that another job has under way."""
        return asyncio.create_task(self._look()) if self.replies.elsewhere and not self._stops() else None

    async def _look(self) -> None:
        await asyncio.sleep(_LOOK_SECONDS)
        waiting, self.replies.elsewhere = self.replies.elsewhere, []
        known = await asyncio.to_thread(self.replies.known, [one.key for one in waiting])
        for one in waiting:
            self._queue(self.replies.place_again(one, known))

    def _queue(self, one: Open | None) -> None:
        if one is not None:
            self.ready.append(one)

    def _take(self, wanted: int) -> list[Question]:
        taken: list[Question] = []
        for question in islice(self.questions, wanted):
            if question is None:
                return taken
            taken.append(question)
        self.exhausted = len(taken) < wanted
        return taken

    def _booking(self) -> asyncio.Task[None] | None:
        """Write what ended, and what a connection is free for or soon will be."""
        # What the limit held up is tried again once a call has ended, which may have cost less than it held.
        is_held_up = self.held_up and (self.under_way or self.booked)
        chosen = [] if is_held_up or self._stops() else self._next(self._wanted())
        ended, self.replies.ended = self.replies.ended, []
        answers, self.replies.answers = self.replies.answers, []
        if not (chosen or ended or answers):
            return None
        return asyncio.create_task(self._book(chosen, ended, answers))

    async def _book(self, chosen: list[Open], ended: list[ledger.End], answers: list[Answer]) -> None:
        try:
            allowed, known = await asyncio.to_thread(self._write, ended, chosen)
        except BaseException:  # nothing was written: the last write of the batch may still manage to
            self.replies.ended[:0] = ended
            self.ready.extendleft(reversed(chosen))
            raise
        self.recorded += answers
        self.booked += [one for one in chosen if one.id in allowed]
        for one in chosen:
            if one.key in known:  # another job has asked it since it was looked up
                self._queue(self.replies.place_again(one, known))
        held_up = [one for one in chosen if one.id not in allowed and one.key not in known]
        self.ready.extendleft(reversed(held_up))
        self.held_up = bool(held_up)
        self.stopped = self.stopped or (self.held_up and not (self.under_way or self.booked or self.pausing))

    def _wanted(self) -> int:
        """How many more calls to write: what may be sent now and a few more; none while the server wants a pause."""
        now = time.monotonic()
        if not self.pace.room(0, now):
            return 0
        return max(0, self.pace.room(len(self.under_way), now) + self.pace.window // _LEAD - len(self.booked))

    def _launch(self, send: Send) -> None:
        """Send what is written, as connections are free; a person's cancel takes it back."""
        if self.job.cancelled.is_set():
            self.replies.gave_up([], self.booked)
            self.booked.clear()
        for _ in range(min(len(self.booked), self.pace.room(len(self.under_way), time.monotonic()))):
            one = self.booked.popleft()
            one.attempts += 1
            self.under_way[asyncio.create_task(timed(send, one.call, one.key))] = one

    def _next(self, room: int) -> list[Open]:
        chosen: list[Open] = []
        while len(chosen) < room:
            if self.pausing and self.pausing[0][0] <= time.monotonic():
                chosen.append(heapq.heappop(self.pausing)[2])
            elif self.ready:
                chosen.append(self.ready.popleft())
            else:
                break
        return chosen

    def _write(self, ended: list[ledger.End], chosen: list[Open]) -> tuple[set[str], dict[str, ledger.Known]]:
        with self.store.write() as cursor:
            if ended:
                ledger.end(cursor, ended)
            if not chosen:
                return set(), {}
            self.limit = spending.limit(cursor)
            return ledger.send(cursor, [one.row(self.model.name) for one in chosen], self.limit)

    def _collect(self) -> None:
        """Sort what has come back: answered, to be sent again after a pause, or over."""
        for task in [task for task in self.under_way if task.done()]:
            one = self.under_way.pop(task)
            self.held_up = False
            came, seconds = task.result()
            if isinstance(came, Reply):
                self.pace.answered(came.limits, (came.tokens_in or 0) + one.call.max_tokens, time.monotonic())
                self._queue(self.replies.came(one, came, seconds))
            else:
                self._failed(one, came, seconds)

    def _failed(self, one: Open, fault: Fault, seconds: float) -> None:
        if fault.kind == "busy":
            self.pace.was_busy()
        if one.attempts < _ATTEMPTS.get(fault.kind, 0) and not self._stops():
            backoff = min(_LONGEST_BACKOFF, 0.5 * 2**one.attempts) * random.uniform(0.75, 1.25)
            pause = fault.retry_after if fault.retry_after is not None else backoff
            heapq.heappush(self.pausing, (time.monotonic() + pause, one.id, one))
            self.replies.pauses(one)
        else:
            self.replies.lost(one, fault, seconds)

    def _keeping(self) -> asyncio.Task[None] | None:
        """Hand over what was answered, in a thread, once the ledger has it."""
        if not self.recorded:
            return None
        answers, self.recorded = self.recorded, []
        self.outcomes.update(answer.outcome for answer in answers)
        self._tell()
        return asyncio.create_task(asyncio.to_thread(self.keep, answers))

    def _tell(self) -> None:
        done = self.outcomes.total()
        rate = done / max(1e-9, time.monotonic() - self.started)
        counted = f"{self.verb} {done:,}" if self.total is None else f"{self.verb} {done:,} of {self.total:,}"
        paid = f" · {dollars(self.replies.spent)} so far" if self.is_priced else ""
        with suppress(Cancelled):  # what is under way is paid for: it is kept before the job ends
            self.job.progress(done, self.total, f"{counted} · {rate:.1f} a second{paid}")


def _go_on(beside: dict[Work, asyncio.Task[None]], work: Work) -> None:
    """Let this work begin again where it has ended and there is something to do. Raises what it raised."""
    if work in beside and not beside[work].done():
        return
    if work in beside:
        beside.pop(work).result()
    begun = work()
    if begun is not None:
        beside[work] = begun
