"""An adapter merged into its student, in a process of its own: it imports torch and takes the student's memory."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
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
    command = ["python", "-m", "citing_app.worker", "merge", student, str(adapter.resolve()), str(folder)]
    process = start_detached([*command, "--parent", str(os.getpid())], output)
    try:
        while process.poll() is None:
            if cancelled():
                raise Cancelled("The export was cancelled.")
            time.sleep(_POLL_SECONDS)
    finally:
        end_group(process)
    if process.returncode != 0:
        log.warning("merging %s failed:\n%s", adapter, output.read_text(errors="replace"))
        raise CitingError("The adapter could not be merged into the student; the log of the app says why.")
