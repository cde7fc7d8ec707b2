"""Resumable trainer states: `checkpoints/step-000120`, there only when they are complete.

A checkpoint is written under another name, synced and then renamed. Its `complete.json`, written last, says how many
bytes each file has, so that one which a damaged disk cut short is passed over for the one before it.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.rounds.files import read_json, sync_files, sync_folder, write_whole

UNFINISHED = "unfinished"
_PREFIX, _CONTENTS, _KEPT = "step-", "complete.json", 2


def checkpoint_step(checkpoint: Path) -> int:
    """The number of optimiser steps that `checkpoint` holds."""
    return int(checkpoint.name.removeprefix(_PREFIX))


def newest_complete(folder: Path) -> Path | None:
    """The checkpoint in `folder` with the most steps of those that are whole, None where there is none."""
    return next((path for path in reversed(_all(folder)) if _is_whole(path)), None)


def keep_newest(folder: Path) -> None:
    """Delete everything in `folder` but the newest checkpoint that is whole, and `folder` where there is none."""
    newest = newest_complete(folder)
    if newest is None:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for other in folder.iterdir():
        if other != newest:
            shutil.rmtree(other, ignore_errors=True)


def finish(written: Path, folder: Path, step: int) -> Path:
    """Make the files in `written` the checkpoint of `step` in `folder`, durably; older ones than the newest two go."""
    sizes = _sizes(written)
    for part in [path for path in written.rglob("*") if path.is_dir()] + [written]:  # FSDP writes folders
        sync_files(part)
    write_whole(written / _CONTENTS, json.dumps({"step": step, "files": sizes}) + "\n")
    target = folder / f"{_PREFIX}{step:06d}"
    shutil.rmtree(target, ignore_errors=True)  # a damaged one, which was passed over
    written.rename(target)
    sync_folder(folder)
    for old in _all(folder)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def _all(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    named = [path for path in folder.iterdir() if path.name.removeprefix(_PREFIX).isdecimal()]
    return sorted(named, key=checkpoint_step)


def _is_whole(checkpoint: Path) -> bool:
    try:
        contents = read_json(checkpoint / _CONTENTS)
    except CitingError:
        return False
    files = (contents or {}).get("files", {})
    sizes = _sizes(checkpoint)
    return bool(files) and all(sizes.get(name) == size for name, size in files.items())


def _sizes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
