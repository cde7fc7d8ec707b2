"""Students from the model hub: where their files are on this machine, and how they come here.

They are fetched by one process, the only one that is given the hub's token; whoever loads one finds it in the cache.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from citing_app.errors import Cancelled, CitingError
from citing_app.models.student import never
from citing_app.processes import end_group, hub_environment, start_detached

OnProgress = Callable[[int, int], None]
"""Hears how many bytes have come, and of how many."""
_INDEX = "model.safetensors.index.json"
_POLL_SECONDS = 0.2
log = logging.getLogger(__name__)


def local_folder(student: str) -> Path | None:
    """The folder with the files of a student, a folder itself or a hub name; None while it was not fetched."""
    folder = Path(student)
    if folder.is_dir() or folder.is_absolute():
        return folder if folder.is_dir() else None
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(student, "config.json")
    except ValueError:  # no name that the hub could have
        return None
    return Path(found).parent if isinstance(found, str) else None


def is_here(student: str) -> bool:
    """Whether the configuration of a student and all parts of its weights are on this machine."""
    folder = local_folder(student)
    if folder is None:
        return False
    try:
        parts = set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError):
        return any(folder.glob("*.safetensors"))
    return all((folder / str(name)).is_file() for name in parts)


def fetch_student(
    student: str, on_progress: OnProgress = lambda done, total: None, cancelled: Callable[[], bool] = never
) -> None:
    """Have a student of the hub downloaded, unless it is here. A download that was broken off goes on where it was.

    Raises Cancelled, and CitingError that says why it is not here.
    """
    if Path(student).is_dir() or Path(student).is_absolute() or is_here(student):
        return
    with tempfile.TemporaryDirectory(prefix="citing-") as folder:
        output = Path(folder) / "fetch.log"
        command = ["python", "-m", "citing_app.worker", "fetch", student, "--parent", str(os.getpid())]
        process = start_detached(command, output, hub_environment())
        try:
            while process.poll() is None:
                if cancelled():
                    raise Cancelled("The download was cancelled; it resumes where it stopped.")
                on_progress(*_progress(output))
                time.sleep(_POLL_SECONDS)
        finally:
            end_group(process)
        if process.returncode != 0:
            raise _failure(student, output)
        on_progress(*_progress(output))


def _progress(output: Path) -> tuple[int, int]:
    told: dict[str, Any] = {}
    for line in _lines(output):
        told |= line
    return int(told.get("done", 0)), int(told.get("total", 0))


def _failure(student: str, output: Path) -> CitingError:
    sentence = next((line["error"] for line in _lines(output) if "error" in line), None)
    if sentence is None:
        log.warning("fetching %s failed:\n%s", student, output.read_text(errors="replace"))
    return CitingError(sentence or f"The student {student} could not be downloaded; the log of the app says why.")


def _lines(output: Path) -> Iterator[dict[str, Any]]:
    """The objects that the process has told so far; what libraries print between them is no concern."""
    for line in output.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found
