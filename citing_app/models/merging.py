"""Adapters merged into their student, blended or written as GGUF, in a process of its own: it takes memory."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from citing_app.errors import Cancelled, CitingError
from citing_app.processes import end_group, start_detached

_POLL_SECONDS = 0.2
_UNKNOWN = 3
"""The worker's exit status for a student that llama.cpp's converter does not know."""
_WRITTEN = re.compile(rb"Writing:\s+(\d+)%")
_LAST = 2000
"""Bytes at the end of the output in which the converter's last report stands."""
log = logging.getLogger(__name__)


def merge(student: str, adapter: Path, folder: Path, output: Path, cancelled: Callable[[], bool]) -> None:
    """Write `student` (a folder or a hub name) with `adapter` merged into it to `folder`; what it prints to `output`.

    It ends with this process, also where that is killed. Raises Cancelled when `cancelled()` turns true, CitingError
    where both do not fit each other.
    """
    if _status(["merge", student, str(adapter.resolve()), str(folder)], output, cancelled) != 0:
        raise CitingError("The adapter could not be merged into the student; the log of the app says why.")


def blend(adapters: Sequence[tuple[Path, float]], folder: Path, output: Path, cancelled: Callable[[], bool]) -> None:
    """Write to `folder` the adapter whose ΔW is the sum of weight · ΔW of these adapters; what it prints to `output`.

    It ends with this process, also where that is killed. Raises Cancelled when `cancelled()` turns true, CitingError
    where an adapter cannot be read.
    """
    parts = [word for adapter, weight in adapters for word in ("--of", str(adapter.resolve()), repr(weight))]
    if _status(["blend", str(folder), *parts], output, cancelled) != 0:
        raise CitingError("The adapters could not be blended; the log of the app says why.")


def write_gguf(
    student: str,
    adapter: Path | None,
    folder: Path,
    output: Path,
    report: Callable[[int], None],
    *,
    alone: bool = False,
) -> None:
    """Write `student` with `adapter` merged into it as GGUF to `folder`, with a Modelfile; what is printed to `output`.

    Or the adapter `alone`, or without one the student itself. `report` is told what percentage of the file is written,
    and may raise Cancelled. The process ends with this one, also where that is killed. Raises CitingError for a student
    that llama.cpp does not know, and where both do not fit each other.
    """
    chosen = [] if adapter is None else ["--adapter", str(adapter.resolve())]
    arguments = ["gguf", student, str(folder), *chosen, *(["--alone"] if alone else [])]

    def look() -> bool:
        found = _WRITTEN.findall(output.read_bytes()[-_LAST:])
        report(int(found[-1]) if found else 0)
        return False

    status = _status(arguments, output, look)
    if status == _UNKNOWN:
        raise CitingError("llama.cpp's converter does not know this student's architecture or tokenizer.")
    if status != 0:
        raise CitingError("The GGUF could not be written; the log of the app says why.")


def _status(arguments: Sequence[str], output: Path, cancelled: Callable[[], bool]) -> int:
    """The exit status of the worker's command with these arguments."""
    command = ["python", "-m", "citing_app.worker", *arguments, "--parent", str(os.getpid())]
    process = start_detached(command, output)
    try:
        while process.poll() is None:
            if cancelled():
                raise Cancelled("Cancelled.")
            time.sleep(_POLL_SECONDS)
    finally:
        end_group(process)
    if process.returncode != 0:
        log.warning("%s failed:\n%s", " ".join(command), output.read_text(errors="replace"))
    return process.returncode
