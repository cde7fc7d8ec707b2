"""Students from the model hub: where their files are on this machine, and how they come here.

They are fetched by one process, the only one that is given the hub's token; whoever loads one finds it in the cache.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from citing_app.errors import Cancelled, CitingError
from citing_app.models.names import config_of
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


def hub_students() -> list[str]:
    """The names of the language models of which something lies in the hub's cache, in alphabetical order."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    try:
        repos = scan_cache_dir().repos
    except CacheNotFound:
        return []
    names = sorted(one.repo_id for one in repos if one.repo_type == "model")
    return [name for name in names if (folder := local_folder(name)) and _writes_text(config_of(folder))]


def _writes_text(config: Mapping[str, Any]) -> bool:
    return any(str(name).endswith(("ForCausalLM", "LMHeadModel")) for name in config.get("architectures") or ())


def fetch_student(
    student: str, on_progress: OnProgress = lambda done, total: None, cancelled: Callable[[], bool] = never
) -> None:
    """Have a student of the hub downloaded, unless it is here. A download that was broken off goes on where it was.

    Raises Cancelled, and CitingError that says why it is not here.
    """
    if Path(student).is_dir() or Path(student).is_absolute() or is_here(student):
        return

    def tell(told: Mapping[str, Any]) -> None:
        on_progress(int(told.get("done", 0)), int(told.get("total", 0)))

    failed = CitingError(f"The student {student} could not be downloaded; the log of the app says why.")
    _asked(["fetch", student], failed, tell, cancelled)


def ask_about(student: str) -> dict[str, Any]:
    """What `worker/look.py` tells of a student: of one that is here `parameters`, else what the hub says of it.

    It takes seconds. Raises CitingError that says why it cannot be used.
    """
    here = ["--here"] if is_here(student) else []
    failed = CitingError(f"The student {student} could not be looked at; the log of the app says why.")
    return _asked(["look", student, *here], failed)


def _asked(
    words: Sequence[str],
    failed: CitingError,
    tell: Callable[[Mapping[str, Any]], None] = lambda told: None,
    cancelled: Callable[[], bool] = never,
) -> dict[str, Any]:
    """What a process that is given the hub's token has told at its end; `tell` hears it meanwhile.

    Raises Cancelled, and CitingError with its sentence, or as it has `failed`.
    """
    with tempfile.TemporaryDirectory(prefix="citing-") as folder:
        output = Path(folder) / "hub.log"
        command = ["python", "-m", "citing_app.worker", *words, "--parent", str(os.getpid())]
        process = start_detached(command, output, hub_environment())
        try:
            while process.poll() is None:
                if cancelled():
                    raise Cancelled("The download was cancelled; it resumes where it stopped.")
                tell(_told(output))
                time.sleep(_POLL_SECONDS)
        finally:
            end_group(process)
        told = _told(output)
        if process.returncode != 0:
            if "error" not in told:
                log.warning("%s\n%s", failed, output.read_text(errors="replace"))
            raise CitingError(told["error"]) if "error" in told else failed
        tell(told)
        return told


def _told(output: Path) -> dict[str, Any]:
    """All that the process has told so far, the newest of each; what libraries print between it is no concern."""
    told: dict[str, Any] = {}
    for line in output.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        told |= found if isinstance(found, dict) else {}
    return told
