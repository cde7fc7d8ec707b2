"""The generation worker: `python -m citing_app.worker serve SOCKET --parent PID` answers JSON lines on a Unix socket.

A request is one line, {"id", "op", …}; its events come back on the same connection as lines with the same id.

    generate  model, prompts [[messages] …], adapter | null, strength, max_new_tokens, temperature, seeds (one for each
              prompt) | null, batch_size | null, stream, room (tokens for an answer), priority "chat" | "bulk"
                                         → started {adapter_hash}, finished {index, text, is_cut} … or piece {text} …,
                                           skipped {index, reason, share} …, writing {answers} …, done {tokens, seconds}
    score     model, rows [{prompt, answer} …], adapter | null, strength
                                         → scored {losses: {row: loss}, likelihoods: {row: sum of logs}} …, done
    divergence  model, rows [{prompt, answer} …], adapter | null, strength
                                         → compared {divergences: {row: KL}} …, done
    reward    model, rows [{prompt, answer} …], adapter (of a reward model)  → rewarded {rewards: {row: score}} …, done
    embed     model, texts               → vectors {start, shape, data: base64 of little-endian float32} …, done
    device                               → device {device, name, dtype, free_bytes, total_bytes, held_bytes}, done
    cancel    target                     → (the target's events end)

`strength` is what the adapter's ΔW is multiplied by; 1 where it is left out. Every request may end in error
{kind "user" | "out_of_memory" | "internal", message}. A connection that closes cancels its requests. torch
is imported with the first request, so the socket is there at once.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import socket
import struct
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from citing_app.worker.jobs import Event, Handler, Job, Jobs
from citing_app.worker.parent import end_with

_SEND_SECONDS = 60


def main(arguments: Sequence[str]) -> int:
    """Serve until the parent process ends."""
    parser = argparse.ArgumentParser(prog="python -m citing_app.worker serve")
    parser.add_argument("socket", help="where to listen: a path in a private folder")
    parser.add_argument("--parent", type=int, required=True, help="the process to end with")
    parser.add_argument("--device", default="auto", help="auto, cuda or cpu")
    parser.add_argument("--dtype", default="auto", help="auto, bfloat16 or float32")
    options = parser.parse_args(arguments)
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = os.environ["TQDM_DISABLE"] = "1"  # the log is read by people
    end_with(options.parent)  # it holds gigabytes
    listener = _listen(options.socket)
    jobs = Jobs(_handler(options.device, options.dtype))
    _in_background(_accept, listener, jobs)
    jobs.run()
    return 0


def _handler(device: str, dtype: str) -> Handler:
    """Answers every op out of the one module that imports torch, when the first job needs it."""

    @functools.cache
    def runtime() -> Any:
        from citing_app.worker.runtime import Runtime

        return Runtime(device, dtype)

    return lambda job, checkpoint: runtime().handle(job, checkpoint)


def _in_background(target: Any, *arguments: Any) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()


def _listen(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    # Listening under another name first: whoever sees the final name can connect.
    listener.bind(f"{path}.new")
    os.umask(before)
    listener.listen()
    Path(f"{path}.new").rename(path)
    return listener


def _accept(listener: socket.socket, jobs: Jobs) -> None:
    while True:
        connection, _ = listener.accept()
        _in_background(_Connection(connection, jobs).read)


class _Connection:
    """One client: reads its requests, writes its events, and forgets its jobs when it goes."""

    def __init__(self, connection: socket.socket, jobs: Jobs) -> None:
        # A client that stops reading is given up, so that it cannot hold the one computing thread.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_SECONDS, 0))
        self._connection = connection
        self._jobs = jobs
        self._started: dict[str, Job] = {}

    def read(self) -> None:
        with self._connection, self._connection.makefile("rb") as lines:
            try:
                for line in lines:
                    self._take(json.loads(line))
            except ConnectionError:
                pass
        for job in self._started.values():
            job.cancelled.set()

    def _take(self, request: dict[str, Any]) -> None:
        if request["op"] == "cancel":
            if request["target"] in self._started:
                self._started[request["target"]].cancelled.set()
            return
        job = Job(request, lambda event: self._send(request["id"], event))
        self._started[request["id"]] = job
        self._jobs.submit(job)

    def _send(self, request_id: str, event: Event) -> None:
        try:
            self._connection.sendall(json.dumps({"id": request_id, **event}).encode() + b"\n")
        except OSError:
            self._started[request_id].cancelled.set()
