"""Who runs a round: `run.json`, claimed once by the worker and rewritten as its heartbeat."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.processes import Start, process_alive, process_started
from citing_app.rounds.files import read_json, write_once, write_whole

HEARTBEAT_SECONDS = 5.0
SILENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Owner:
    """The process that runs a round. `heartbeat` is when it last said it lives, in seconds since the epoch.

    A `process_started` that another version or system wrote is that of no living process.
    """

    host: str
    pid: int
    process_started: Start
    run_id: str
    heartbeat: float

    @classmethod
    def this_process(cls, run_id: str) -> Owner:
        """The calling process as the owner of run `run_id`."""
        owner = cls.of(os.getpid(), run_id)
        assert owner is not None
        return owner

    @classmethod
    def of(cls, pid: int, run_id: str) -> Owner | None:
        """The process `pid` of this host as an owner of run `run_id`, None where there is no such process."""
        started = process_started(pid)
        return None if started is None else cls(socket.gethostname(), pid, started, run_id, time.time())

    def write(self, path: Path) -> None:
        """Say in `path` that this is the process."""
        write_whole(path, self._text())

    @classmethod
    def read(cls, path: Path) -> Owner | None:
        """The owner in `path`, None where nobody has claimed the round."""
        values = read_json(path)
        return None if values is None else cls(**values)

    def claim(self, path: Path) -> None:
        """Become the one owner of the round. Raises CitingError where it has one already."""
        if not write_once(path, self._text()):
            raise CitingError(f"{path.parent} was started before; a round is run once, so make a new one.")

    def beat(self, path: Path) -> bool:
        """Say that this process still lives; False where the round is another's by now, or about to be.

        A machine that slept may wake after its silence was taken for its end.
        """
        found = Owner.read(path)
        if found is None or replace(found, heartbeat=self.heartbeat) != self:
            return False
        write_whole(path, replace(self, heartbeat=time.time())._text())
        return True

    @property
    def is_here(self) -> bool:
        """Whether the owner is a process of this host."""
        return self.host == socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether the owner still runs: by its pid and start time on this host, by its heartbeat on another."""
        if self.is_here:
            return process_alive(self.pid, self.process_started)
        return time.time() - self.heartbeat < SILENCE_SECONDS

    def _text(self) -> str:
        return json.dumps(asdict(self)) + "\n"
