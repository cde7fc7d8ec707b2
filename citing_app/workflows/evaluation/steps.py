"""How far an evaluation is: equal steps, and a part of the one under way."""

from __future__ import annotations

from dataclasses import dataclass, field

from citing_app.running.jobs import Job


@dataclass
class Steps:
    """The steps of an evaluation, told to its job. `written` counts the answers that were not there before."""

    job: Job
    total: int
    done: int = 0
    written: int = 0
    _start: int = field(default=0, repr=False)
    _of: int = field(default=1, repr=False)

    def part(self, start: int, of: int) -> Steps:
        """The same, where the step under way has done `start` of `of`."""
        self._start, self._of = start, max(1, of)
        self.tell(0.0)
        return self

    def tell(self, more: float) -> None:
        """Report that the part has done `more`. Raises Cancelled where a person has asked to stop."""
        self.job.progress(self.done + min(1.0, (self._start + more) / self._of), self.total)

    def end(self) -> None:
        """One step more is done."""
        self.done, self._start, self._of = self.done + 1, 0, 1
        self.job.progress(self.done, self.total)
