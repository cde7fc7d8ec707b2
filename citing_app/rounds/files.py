"""Files that are there whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

from citing_app.errors import CitingError


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` so that a reader sees the old file or the new one, and a crash leaves one of them."""
    written = _write_beside(path, text)
    os.replace(written, path)
    sync_folder(path.parent)


def write_once(path: Path, text: str) -> bool:
    """As `write_whole`, but only where there is no such file yet; returns whether this call wrote it."""
    written = _write_beside(path, text)
    try:
        os.link(written, path)
        return True
    except FileExistsError:
        return False
    finally:
        written.unlink()
        sync_folder(path.parent)


def _write_beside(path: Path, text: str) -> Path:
    written = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with written.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:  # a full disk is not filled with what did not fit on it
        written.unlink(missing_ok=True)
        raise
    return written


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a rename is not, until its folder is synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: Path) -> None:
    """Make every file directly in `folder` durable, then their names."""
    for path in folder.iterdir():
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


def to_lines(rows: Iterable[dict[str, Any]]) -> str:
    """`rows` as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in `path`, None where there is no such file. Raises CitingError where it is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CitingError(f"{path} is damaged: it does not hold a JSON object.")
    return found
