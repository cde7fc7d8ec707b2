"""A PEFT adapter that was trained elsewhere becomes a round: it can be chatted with, measured and carried on."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from citing_app.errors import CitingError
from citing_app.rounds import foreign_adapter
from citing_app.rounds.adapter import WEIGHTS
from citing_app.rounds.spec import IMPORTED
from citing_app.running.leftovers import UNPACKED_ADAPTER
from citing_app.workflows.adapters.adding import add_adapter
from citing_app.workflows.adapters.tree import checked_name
from citing_app.workflows.studio import Studio

_LARGEST = 8 * 1024**3


def import_adapter(studio: Studio, source: Path, name: str | None, imported_by: str) -> int:
    """Take over a PEFT adapter, a folder or a zip of one, as a round; its number. Raises as `add_adapter` does."""
    name = checked_name(name)
    with _unpacked(source, studio.settings.data_dir) as unpacked:
        return add_adapter(studio, unpacked, name, imported_by, kind=IMPORTED)


@contextmanager
def _unpacked(source: Path, data_dir: Path) -> Iterator[Path]:
    """A folder with the two files of an adapter, copied from `source` or unpacked from that zip."""
    with TemporaryDirectory(dir=data_dir, prefix=UNPACKED_ADAPTER) as made:
        folder = Path(made)
        try:
            if source.is_dir():
                for name in (foreign_adapter.CONFIG, WEIGHTS):
                    if (source / name).is_file():
                        shutil.copyfile(source / name, folder / name)
            else:
                _unpack(source, folder)
        except OSError as error:
            raise CitingError(f"{source.name} cannot be read: {error.strerror}.") from error
        yield folder


def _unpack(source: Path, folder: Path) -> None:
    """Only the two files an adapter is made of leave the zip, wherever in it they lie."""
    try:
        with zipfile.ZipFile(source) as packed:
            for name in (foreign_adapter.CONFIG, WEIGHTS):
                entry = next((one for one in packed.infolist() if one.filename.split("/")[-1] == name), None)
                if entry is None or stat.S_ISLNK(entry.external_attr >> 16):
                    continue
                if entry.file_size > _LARGEST:
                    raise CitingError("An adapter of more than 8 GB is not taken.")
                with packed.open(entry) as packed_file, (folder / name).open("wb") as file:
                    _copy(packed_file, file, entry.file_size)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise CitingError(
            f"{source.name} is not a zip that can be read; give a PEFT adapter's folder in one."
        ) from error


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Not more than the `size` that the zip's table says: what unpacks to more is a trap."""
    left = size
    while piece := source.read(min(2**20, left + 1)):
        left -= len(piece)
        if left < 0:
            raise CitingError("The zip holds more than it says; it is not taken.")
        target.write(piece)
