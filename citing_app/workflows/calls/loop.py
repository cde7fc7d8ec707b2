"""The loop behind asking.py: a reader, one writer, the calls and a keeper, each a step that is done again and again.

    questions → _read → ready → _write → booked → _exchange (the calls) → _write → recorded → _hand_over → `keep`

Only what is to be mended, asked again or held up by the spending limit goes back. What a reply is worth is in
replies.py; how many calls a server bears, in models/pace.py. Why it is made so:

- Only `_write` writes to the ledger: how calls ended and which are sent next, in one transaction. A batch that is
  killed anywhere has nothing in doubt but what was written as sent; and since what a call really cost is written
  together with what the next may cost at most, the limit is never passed and never left unused for long.
- A call waits in `booked`, written down but not yet sent, so that a free connection never waits for a commit: each
  takes some 4 ms, and with hundreds of calls at once that is where the time would go.
- Calls are tasks of one event loop, not threads: 512 of them need no stacks, and since everything that is not handed to
  a thread happens between two awaits, the queues need no locks.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice

from citing_app.errors import Cancelled
from citing_app.method.prices import FREE, Price, dollars
from citing_app.models.chat_model import ChatModel, Fault, Reply, Send, timed
from citing_app.models.pace import Pace
from citing_app.running.jobs import Job
from citing_app.store import ledger, spending
from citing_app.store.database import Store
from citing_app.workflows.calls.patience import closed_for, pause
from citing_app.workflows.calls.questions import Answer, Question
from citing_app.workflows.calls.replies import Open, Replies
from citing_app.workflows.calls.steps import Steps

_AHEAD = 2
"""How many windows of questions are looked up in the ledger ahead of their turn."""
_LOOK_SECONDS = 0.5
"""How long to wait before looking again whether another job's call has ended."""
_LEAD = 8
"""Of how many connections one call is written down ahead; a batch that is killed leaves so many more in doubt."""
Exchange = asyncio.Task[tuple[Reply | Fault, float]]


class Asking:
    """One batch: what waits, what is written down to be sent, what is under way and what pauses."""

    def __init__(
        self,
        store: Store,
        model: ChatModel,
        questions: Iterator[Question | None],
        job: Job,
        verb: str,
        keep: Callable[[list[Answer]], None],
        total: int | None,
        price: Price | None,
    ) -> None:
        self.store, self.model, self.job, self.verb, self.keep = store, model, job, verb, keep
        self.questions, self.total, self.is_priced = questions, total, price not in (None, FREE)
        self.replies = Replies(store, model, price)
        self.pace = Pace(model.connections, model.slots if price == FREE else None)
        self.ready: deque[Open] = deque()
        self.pausing: list[tuple[float, str, Open]] = []
        self.booked: deque[Open] = deque()
        self.under_way: dict[Exchange, Open] = {}
        self.landed: list[Exchange] = []
        self.recorded: list[Answer] = []
        self.outcomes: Counter[str] = Counter()
        self.exhausted = self.stopped = self.held_up = False
        self.limit: int | None = None
        self.closed_for: float | None = None
        self.steps = Steps(self._is_done)
        self.started = time.monotonic()

    async def run(self) -> None:
        try:
            async with self.model.session() as send:
                sending = partial(self._exchange, send)
                await self.steps.run([self._read, self._look, self._write, sending, self._hand_over])
        finally:  # whatever happened, the ledger is told
            pausing = (one for _, _, one in self.pausing)
            self.replies.gave_up(list(self.under_way.values()), [*self.booked, *self.ready, *pausing])
            self._commit(self.replies.ended, [])

    def _is_done(self) -> bool:
        waiting = (self.ready or self.pausing or self.replies.elsewhere or not self.exhausted) and not self._stops()
        told = not (self.replies.ended or self.replies.answers or self.recorded)
        return told and not (waiting or self.booked or self.under_way)

    def _stops(self) -> bool:
        return self.stopped or self.job.cancelled.is_set()

    async def _read(self) -> bool:
        """Look up more questions where fewer than a window wait, and answer those that the ledger knows."""
        wanted = _AHEAD * self.pace.window - len(self.ready)
        if self.exhausted or self._stops() or wanted < self.pace.window:
            return False
        opened = [self.replies.opened(question) for question in await asyncio.to_thread(self._take, wanted)]
        if opened:
            known = await asyncio.to_thread(self.replies.known, [one.key for one in opened])
            for one in opened:
                self._queue(self.replies.place(one, known))
        return True

    def _take(self, wanted: int) -> list[Question]:
        taken: list[Question] = []
        for question in islice(self.questions, wanted):
            if question is None:
                return taken
            taken.append(question)
        self.exhausted = len(taken) < wanted
        return taken

    def _queue(self, one: Open | None) -> None:
        if one is not None:
            self.ready.append(one)

    async def _look(self) -> bool:
        """Look what has become of the calls that another job has under way."""
        if not self.replies.elsewhere or self._stops():
            return False
        await asyncio.sleep(_LOOK_SECONDS)
        waiting, self.replies.elsewhere = self.replies.elsewhere, []
        known = await asyncio.to_thread(self.replies.known, [one.key for one in waiting])
        for one in waiting:
            self._queue(self.replies.place_again(one, known))
        return True

    async def _write(self) -> bool:
        """Write what ended, and what a connection is free for or soon will be."""
        # What the limit held up is tried again once a call has ended, which may have cost less than it held.
        is_held_up = self.held_up and (self.under_way or self.booked)
        chosen = [] if is_held_up or self._stops() else self._next(self._wanted())
        ended, self.replies.ended = self.replies.ended, []
        answers, self.replies.answers = self.replies.answers, []
        if not (chosen or ended or answers):
            return False
        try:
            allowed, known = await asyncio.to_thread(self._commit, ended, chosen)
        except BaseException:  # nothing was written: the last write of the batch may still manage to
            self.replies.ended[:0] = ended
            self.ready.extendleft(reversed(chosen))
            raise
        self.recorded += answers
        self._book(chosen, allowed, known)
        return bool(allowed or known or ended or answers)

    def _book(self, chosen: list[Open], allowed: set[str], known: dict[str, ledger.Known]) -> None:
        """Sort what was to be sent: let through, asked by another job since it was looked up, or beyond the limit."""
        self.booked += [one for one in chosen if one.id in allowed]
        for one in chosen:
            if one.key in known:
                self._queue(self.replies.place_again(one, known))
        held_up = [one for one in chosen if one.id not in allowed and one.key not in known]
        self.ready.extendleft(reversed(held_up))
        self.held_up = bool(held_up)
        # What has ended meanwhile is in no transaction yet, and may make room for one more.
        to_come = self.under_way or self.booked or self.pausing or self.replies.ended
        self.stopped = self.stopped or (self.held_up and not to_come)

    def _wanted(self) -> int:
        """How many more calls to write: what may be sent now and a few more; none while the server wants a pause."""
        now = time.monotonic()
        if not self.pace.room(0, now):
            return 0
        return max(0, self.pace.room(len(self.under_way), now) + self.pace.window // _LEAD - len(self.booked))

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

    def _commit(self, ended: list[ledger.End], chosen: list[Open]) -> tuple[set[str], dict[str, ledger.Known]]:
        """Write both in one transaction: from here the ledger says `sent`, though nothing has left this machine yet."""
        with self.store.write() as cursor:
            if ended:
                ledger.end(cursor, ended)
            if not chosen:
                return set(), {}
            self.limit = spending.limit(cursor)
            return ledger.send(cursor, [one.row(self.model.name) for one in chosen], self.limit)

    async def _exchange(self, send: Send) -> bool:
        """Sort what has come back, and send what is written, as connections are free; a cancel takes the rest back."""
        landed, self.landed = self.landed, []
        for task in landed:
            one = self.under_way.pop(task)
            if task.cancelled():
                self.replies.gave_up([one], [])
            else:
                self._came(one, *task.result())
        if self.job.cancelled.is_set() or self.closed_for is not None:
            self._take_back()
        free = min(len(self.booked), self.pace.room(len(self.under_way), time.monotonic()))
        for _ in range(free):
            one = self.booked.popleft()
            one.attempts += 1
            task = asyncio.create_task(timed(send, one.call, one.key))
            self.under_way[task] = one
            task.add_done_callback(self._lands)
        return bool(landed or free)

    def _take_back(self) -> None:
        """Send nothing more; an answer that costs nothing is not awaited by whoever has cancelled."""
        self.replies.gave_up([], self.booked)
        self.booked.clear()
        for task in [task for task, one in self.under_way.items() if one.is_free and self.job.cancelled.is_set()]:
            task.cancel()

    def _lands(self, task: Exchange) -> None:
        self.landed.append(task)
        self.steps.announce()

    def _came(self, one: Open, came: Reply | Fault, seconds: float) -> None:
        """A call is answered, to be sent again after a pause, or over."""
        self.held_up = False
        if isinstance(came, Reply):
            now = time.monotonic()
            self.pace.answered(came.limits, (came.tokens_in or 0) + one.call.max_tokens, now)
            self.pace.worked(came.tokens_out or 1, len(self.under_way), now)
            self._queue(self.replies.came(one, came, seconds))
        else:
            self._failed(one, came, seconds)

    def _failed(self, one: Open, fault: Fault, seconds: float) -> None:
        if fault.kind == "busy":
            self.pace.was_busy()
        elif fault.kind == "unknown":
            self.pace.was_slow()
        self.closed_for = closed_for(fault) or self.closed_for
        self.stopped = self.stopped or self.closed_for is not None
        wait = pause(fault, one.attempts, one.is_free)
        if wait is None or self._stops():
            self.replies.lost(one, fault, seconds)
        else:
            heapq.heappush(self.pausing, (time.monotonic() + wait, one.id, one))
            self.replies.pauses(one)

    async def _hand_over(self) -> bool:
        """Hand over what was answered, once the ledger has it."""
        if not self.recorded:
            return False
        answers, self.recorded = self.recorded, []
        self.outcomes.update(answer.outcome for answer in answers)
        self._tell()
        await asyncio.to_thread(self.keep, answers)
        return True

    def _tell(self) -> None:
        done = self.outcomes.total()
        rate = done / max(1e-9, time.monotonic() - self.started)
        counted = f"{self.verb} {done:,}" if self.total is None else f"{self.verb} {done:,} of {self.total:,}"
        paid = f" · {dollars(self.replies.spent)} so far" if self.is_priced else ""
        with suppress(Cancelled):  # what is under way is paid for: it is kept before the job ends
            self.job.progress(done, self.total, f"{counted} · {rate:.1f} a second{paid}")
