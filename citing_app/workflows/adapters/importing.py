"""A PEFT adapter that was trained elsewhere becomes a round: it can be chatted with, measured and carried on."""

from __future__ import annotations

import lzma
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from citing_app.errors import CitingError
from citing_app.rounds.adapter import WEIGHTS
from citing_app.rounds.foreign_adapter import CONFIG
from citing_app.rounds.spec import IMPORTED
from citing_app.running.leftovers import UNPACKED_ADAPTER
from citing_app.workflows.adapters.adding import add_adapter
from citing_app.workflows.adapters.choosing import chosen
from citing_app.workflows.adapters.tree import checked_name
from citing_app.workflows.studio import Studio

_LARGEST = 8 * 1024**3
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, lzma.LZMAError)
"""What reading a damaged or locked zip raises; bzip2 raises an OSError without a number."""


def import_adapter(studio: Studio, source: Path, name: str | None, imported_by: str, inside: str = "") -> int:
    """Take over a PEFT adapter, a folder or a zip of one, as a round; its number.

    Of several in it the one in the folder `inside` is taken, else the one nearest the root. Raises CitingError as
    `add_adapter` does, and where two are as near.
    """
    name = checked_name(name)
    with _unpacked(source, inside, studio.settings.data_dir) as unpacked:
        return add_adapter(studio, unpacked, name, imported_by, kind=IMPORTED)


@contextmanager
def _unpacked(source: Path, inside: str, data_dir: Path) -> Iterator[Path]:
    """A folder with the two files of an adapter, copied from `source` or unpacked from that zip."""
    with TemporaryDirectory(dir=data_dir, prefix=UNPACKED_ADAPTER) as made:
        folder = Path(made)
        try:
            if source.is_dir():
                _copy_files(source, inside, folder)
            else:
                _unpack(source, inside, folder)
        except OSError as error:
            raise CitingError(f"{source.name} cannot be read: {error.strerror or error}.") from error
        yield folder


def _copy_files(source: Path, inside: str, folder: Path) -> None:
    files = [path for name in (CONFIG, WEIGHTS) for path in source.rglob(name) if path.is_file()]
    for path in chosen({_place(path.relative_to(source).as_posix()): path for path in files}, inside):
        shutil.copyfile(path, folder / path.name)


def _unpack(source: Path, inside: str, folder: Path) -> None:
    """Only the two files an adapter is made of leave the zip."""
    try:
        with zipfile.ZipFile(source) as packed:
            files = (one for one in packed.infolist() if not stat.S_ISLNK(one.external_attr >> 16))
            for entry in chosen({_place(one.filename): one for one in files}, inside):
                if entry.file_size > _LARGEST:
                    raise CitingError("An adapter of more than 8 GB is not taken.")
                with packed.open(entry) as packed_file, (folder / _place(entry.filename).name).open("wb") as file:
                    _copy(packed_file, file, entry.file_size)
    except _BROKEN as error:
        raise CitingError(
            f"{source.name} is not a zip that can be read; give a PEFT adapter's folder in one."
        ) from error


def _place(name: str) -> PurePosixPath:
    """A file's path in a zip or folder; some programs on Windows write backslashes into zips."""
    return PurePosixPath(name.replace("\\", "/"))


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Not more than the `size` that the zip's table says: what unpacks to more is a trap."""
    left = size
    while piece := source.read(min(2**20, left + 1)):
        left -= len(piece)
        if left < 0:
            raise CitingError("The zip holds more than it says; it is not taken.")
        target.write(piece)
