"""What a killed app left half written in its data folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from citing_app.rounds.finished import UNFINISHED_ROUND

UNFINISHED_EXPORT, UNPACKED_ADAPTER = ".export-", ".adapter-"
"""How the files and folders begin in which an export is made, and an adapter is unpacked or blended."""


def delete_leftovers(data_dir: Path) -> None:
    """Delete what is half made: gigabytes, where a merged student was. Only who holds the data folder may call it."""
    for folder, prefix in (
        (data_dir, UNPACKED_ADAPTER),
        (data_dir, UNFINISHED_EXPORT),
        (data_dir / "exports", UNFINISHED_EXPORT),
        (data_dir / "rounds", UNFINISHED_ROUND),
    ):
        for path in folder.glob(f"{prefix}*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
