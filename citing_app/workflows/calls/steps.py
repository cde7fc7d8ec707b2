"""Small steps done again and again beside each other in one event loop, until nothing is left to do.

A step says whether it did something; where it did not, it waits for a change, but never longer than `_TURN_SECONDS`: a
person's cancel comes from another thread, and a pause ends by the clock. Where a step fails, the others end what they
are at, since a transaction that a thread is in can't be taken back half way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

_TURN_SECONDS = 0.05
Step = Callable[[], Awaitable[bool]]
"""One step; whether there was something to do."""


class Steps:
    """What goes on beside each other while `is_done` does not hold, which is asked when no step is being done."""

    def __init__(self, is_done: Callable[[], bool]) -> None:
        self._is_done = is_done
        self._changed = asyncio.Event()
        self._at_work = 0
        self._has_failed = False

    async def run(self, steps: Sequence[Step]) -> None:
        """Do them to the end. Raises what one of them raised, when all have ended."""
        tasks = [asyncio.create_task(self._again(step)) for step in steps]
        await asyncio.wait(tasks, return_when="FIRST_EXCEPTION")
        self._has_failed = True  # or all have ended, and nobody asks any more
        await asyncio.wait(tasks)
        for task in tasks:
            task.result()

    def announce(self) -> None:
        """Something has changed: every step looks again whether there is something to do."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _again(self, step: Step) -> None:
        while not self._has_failed and (self._at_work or not self._is_done()):
            self._at_work += 1  # what a step has taken from one queue and not yet put into the next is in none
            try:
                did_something = await step()
            finally:
                self._at_work -= 1
            if did_something:
                self.announce()
            else:
                await self._change()

    async def _change(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), _TURN_SECONDS)
