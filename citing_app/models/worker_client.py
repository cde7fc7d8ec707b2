"""The generation worker as the app sees it: a process behind a socket, started when needed, and again after a crash."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citing_app.errors import Cancelled, CitingError
from citing_app.models.hub import fetch_student
from citing_app.models.names import resolve_student
from citing_app.models.student import (
    Done,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Piece,
    Skipped,
    Started,
    Student,
    Writing,
    never,
)
from citing_app.processes import end_group, start_detached
from citing_app.types import Message

Event = dict[str, Any]
_START_SECONDS = 60.0
_POLL_SECONDS = 0.2
_ENDING_SECONDS = 5.0


class WorkerStopped(CitingError):
    """The worker ended before it had answered; what it had finished was kept."""


class WorkerProcess:
    """One generation worker for one device. Safe to use from several threads; each request has its own connection."""

    def __init__(self, log: Path, device: str = "auto", dtype: str = "auto") -> None:
        self._log = log
        self._device = device
        self._dtype = dtype
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    @property
    def pid(self) -> int | None:
        """The running worker's process id, None where none runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def stop(self) -> None:
        """End the worker and give its memory back. Requests in flight raise WorkerStopped; the next one starts anew."""
        with self._lock:
            process, folder = self._process, self._folder
            self._process = self._folder = None
        if process is not None:
            end_group(process)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def request(self, op: str, cancelled: Callable[[], bool] = never, **fields: Any) -> Iterator[Event]:
        """Send one request and yield its events, the last one ("done" or "device") included.

        Closing the iterator cancels the request. Raises Cancelled, WorkerStopped, and CitingError with the worker's
        own sentence.
        """
        with self._connect() as connection:
            message = {"id": uuid.uuid4().hex, "op": op, **fields}
            connection.sendall(json.dumps(message).encode() + b"\n")
            for event in _events(connection, cancelled):
                if event["event"] == "error":
                    raise CitingError(event["message"])
                yield event
                if event["event"] == "done":
                    return
        raise WorkerStopped(f"The generation worker {self._ending()}; what it had finished is kept, so try again.")

    def device(self) -> Event:
        """{"device", "name", "dtype", "free_bytes", "total_bytes", "held_bytes"} of the device the worker is on."""
        return next(self.request("device", priority="chat"))

    def _ending(self) -> str:
        """How the worker that closed its connection has ended."""
        process = self._process
        if process is None:
            return "was stopped to make room"
        try:
            status = process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            return "closed the connection"
        if status == -signal.SIGKILL:
            return "was killed, most often because memory ran out"
        return f"stopped (exit status {status}; {self._log} says more)"

    def _connect(self) -> socket.socket:
        with self._lock:
            if self.pid is None:
                self._start()
            assert self._folder is not None
            path = self._folder / "socket"
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except OSError as error:
            connection.close()
            raise WorkerStopped("The generation worker stopped; try again, a new one will be started.") from error
        return connection

    def _start(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        # A Unix socket's path may not exceed about 100 characters, so it cannot live in a person's data folder.
        self._folder = Path(tempfile.mkdtemp(prefix="citing-"))
        path = self._folder / "socket"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = ["python", "-m", "citing_app.worker", "serve", str(path)]
        command += ["--parent", str(os.getpid()), "--device", self._device, "--dtype", self._dtype]
        self._process = start_detached(command, self._log)
        deadline = time.monotonic() + _START_SECONDS
        while not path.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                end_group(self._process)
                raise WorkerStopped(f"The generation worker could not be started; {self._log} says why.")
            time.sleep(0.02)


def _events(connection: socket.socket, cancelled: Callable[[], bool]) -> Iterator[Event]:
    """The JSON lines of `connection` until it closes, asking `cancelled` all the while."""
    connection.settimeout(_POLL_SECONDS)
    buffer = b""
    while True:
        if cancelled():
            raise Cancelled("The work was cancelled; what was finished is kept.")
        try:
            received = connection.recv(1 << 16)
        except TimeoutError:
            continue
        except ConnectionError:
            return
        if not received:
            return
        *lines, buffer = (buffer + received).split(b"\n")
        yield from map(json.loads, lines)


@dataclass(frozen=True)
class WorkerStudent(Student):
    """The student `name` (`bundled`, a folder or a hub name) in a worker."""

    worker: WorkerProcess
    name: str
    cache: Path

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        """See Student.generate."""
        events = self.worker.request(
            "generate",
            cancelled,
            model=self._fetched(cancelled),
            prompts=request.prompts,
            adapter=None if request.adapter is None else str(request.adapter.resolve()),
            strength=request.strength,
            max_new_tokens=request.max_new_tokens,
            temperature=request.temperature,
            seeds=request.seeds,
            batch_size=request.batch_size,
            stream=request.stream,
            room=request.room,
            priority=request.priority,
        )
        yield from map(_generation_event, events)

    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """See Student.losses."""
        return self._values("score", "losses", pairs, adapter, strength, cancelled)

    def divergences(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """See Student.divergences."""
        return self._values("divergence", "divergences", pairs, adapter, strength, cancelled)

    def likelihoods(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        """See Student.likelihoods."""
        return self._values("score", "likelihoods", pairs, adapter, 1.0, cancelled)

    def rewards(
        self, pairs: Sequence[tuple[Sequence[Message], str]], *, adapter: Path, cancelled: Callable[[], bool] = never
    ) -> list[float | None]:
        """See Student.rewards."""
        return self._values("reward", "rewards", pairs, adapter, 1.0, cancelled)

    def _fetched(self, cancelled: Callable[[], bool]) -> str:
        """The folder or hub name of the student, whose files are on this machine then."""
        student = resolve_student(self.name, self.cache)
        fetch_student(student, cancelled=cancelled)
        return student

    def _values(
        self,
        op: str,
        name: str,
        pairs: Sequence[tuple[Sequence[Message], str]],
        adapter: Path | None,
        strength: float,
        cancelled: Callable[[], bool],
    ) -> list[float | None]:
        """What the worker's events of request `op` call `name`, one value for each pair; None where there is none."""
        found: list[float | None] = [None] * len(pairs)
        events = self.worker.request(
            op,
            cancelled,
            model=self._fetched(cancelled),
            rows=[{"prompt": list(prompt), "answer": answer} for prompt, answer in pairs],
            adapter=None if adapter is None else str(adapter.resolve()),
            strength=strength,
        )
        for event in events:
            for index, value in event.get(name, {}).items():
                found[int(index)] = value
        return found


def _generation_event(event: Event) -> GenerationEvent:
    match event["event"]:
        case "started":
            return Started(event["adapter_hash"])
        case "piece":
            return Piece(event["text"])
        case "finished":
            return Finished(event["index"], event["text"], event["is_cut"])
        case "skipped":
            return Skipped(event["index"], event["reason"], event["share"])
        case "writing":
            return Writing(event["answers"])
        case _:
            return Done(event["tokens"], event["seconds"])
