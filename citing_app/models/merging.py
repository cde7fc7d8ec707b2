"""Adapters merged into their student or blended, in a process of its own: it imports torch and takes memory."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from citing_app.errors import Cancelled, CitingError
from citing_app.processes import end_group, start_detached

_POLL_SECONDS = 0.2
log = logging.getLogger(__name__)


def merge(student: str, adapter: Path, folder: Path, output: Path, cancelled: Callable[[], bool]) -> None:
    """Write `student` (a folder or a hub name) with `adapter` merged into it to `folder`; what it prints to `output`.

    It ends with this process, also where that is killed. Raises Cancelled when `cancelled()` turns true, CitingError
    where both do not fit each other.
    """
    if not _made(["merge", student, str(adapter.resolve()), str(folder)], output, cancelled):
        raise CitingError("The adapter could not be merged into the student; the log of the app says why.")


def blend(adapters: Sequence[tuple[Path, float]], folder: Path, output: Path, cancelled: Callable[[], bool]) -> None:
    """Write to `folder` the adapter whose ΔW is the sum of weight · ΔW of these adapters; what it prints to `output`.

    It ends with this process, also where that is killed. Raises Cancelled when `cancelled()` turns true, CitingError
    where an adapter cannot be read.
    """
    parts = [word for adapter, weight in adapters for word in ("--of", str(adapter.resolve()), repr(weight))]
    if not _made(["blend", str(folder), *parts], output, cancelled):
        raise CitingError("The adapters could not be blended; the log of the app says why.")


def _made(arguments: Sequence[str], output: Path, cancelled: Callable[[], bool]) -> bool:
    """Whether the worker's command with these arguments did its work."""
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
    return process.returncode == 0
