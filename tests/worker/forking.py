"""Trainers without the seconds that torch takes: one process imports it once and forks for each round.

What forks is a trainer like any other: a process of its own session with the environment and the outputs of whoever
asked, so it can be signalled, suspended and killed. `forking.py SOCKET ROUND` asks for one, in the place of
`python -m citing_app.worker ROUND`, and ends with its status. `forking.py FD` serves on that listening socket until its
input ends, which the death of whoever started it does, too.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from pathlib import Path

KIND = socket.SOCK_SEQPACKET
_KILLED = 137


def ask(path: str, directory: str) -> int:
    """Have the round in `directory` trained and wait for its end; the trainer's exit status."""
    with socket.socket(socket.AF_UNIX, KIND) as server:
        server.connect(path)
        asked = json.dumps({"round": directory, "environment": dict(os.environ)})
        socket.send_fds(server, [asked.encode()], [1, 2])
        status = server.recv(1)  # nothing where the trainer was killed
    return status[0] if status else _KILLED


def serve(listener: socket.socket) -> None:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import citing_app.worker.round  # noqa: F401

    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a trainer: none stays as a zombie
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        with connection:
            if os.fork() == 0:
                listener.close()
                os._exit(_train(connection))


def _train(asking: socket.socket) -> int:
    from citing_app.worker.train import main

    asked, outputs, *_ = socket.recv_fds(asking, 1 << 18, 2)
    request = json.loads(asked)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with Path(os.devnull).open() as nothing:
        for number, file in enumerate((nothing.fileno(), *outputs)):
            os.dup2(file, number)
    os.environ.clear()
    os.environ.update(request["environment"])
    status = main([request["round"]])
    sys.stdout.flush()
    sys.stderr.flush()
    asking.send(bytes([status]))
    return status


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.exit(ask(*sys.argv[1:]))
    serve(socket.socket(fileno=int(sys.argv[1])))
