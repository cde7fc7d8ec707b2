"""Which adapter is meant where a zip or a folder holds several: the nearest to the root, or the one that is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from citing_app.errors import CitingError
from citing_app.rounds.adapter import WEIGHTS
from citing_app.rounds.foreign_adapter import CONFIG

File = TypeVar("File")
_NAMED = 5
"""How many of the folders that could be meant are named."""


def chosen(files: Mapping[PurePosixPath, File], inside: str) -> list[File]:
    """The configuration and the weights of one adapter, always out of one folder; fewer where no folder has both.

    It is the one in the folder `inside`, or where that is empty the one nearest the root. Raises CitingError where
    several are as near, and where `inside` holds none.
    """
    wanted = PurePosixPath(inside.strip().replace("\\", "/").strip("/"))
    if inside.strip():
        files = {path: file for path, file in files.items() if path.is_relative_to(wanted)}
    folders: dict[PurePosixPath, dict[str, File]] = {}
    for path, file in files.items():
        if path.name in (CONFIG, WEIGHTS) and "__MACOSX" not in path.parts:
            folders.setdefault(path.parent, {}).setdefault(path.name, file)
    if inside.strip() and not folders:
        raise CitingError(f"There is no adapter in the folder {wanted}.")
    most = max(map(len, folders.values()), default=0)
    whole = sorted((folder for folder, held in folders.items() if len(held) == most), key=lambda one: len(one.parts))
    nearest = [folder for folder in whole if len(folder.parts) == len(whole[0].parts)]
    if len(nearest) > 1:
        raise CitingError(f"There are several adapters; say which folder is meant: {_listed(nearest)}.")
    return list(folders[nearest[0]].values()) if nearest else []


def _listed(folders: list[PurePosixPath]) -> str:
    names = sorted(str(folder) for folder in folders)
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
