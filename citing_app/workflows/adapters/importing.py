"""A PEFT adapter that was trained elsewhere becomes a round: it can be chatted with, measured and carried on."""

from __future__ import annotations

import shutil
import stat
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from citing_app.errors import CitingError
from citing_app.models.names import resolve_student
from citing_app.rounds import foreign_adapter
from citing_app.rounds.adapter import WEIGHTS, adapter_hash, adapter_weights
from citing_app.rounds.imported import create_imported
from citing_app.rounds.layout import next_number
from citing_app.rounds.spec import IMPORTED, RoundSpec
from citing_app.running.leftovers import UNPACKED_ADAPTER
from citing_app.store import rounds
from citing_app.workflows.adapters.tree import checked_name, name_round
from citing_app.workflows.rounds.supervising import import_round, record
from citing_app.workflows.studio import Studio

_LARGEST = 8 * 1024**3


def import_adapter(studio: Studio, source: Path, name: str | None, imported_by: str) -> int:
    """Take over a PEFT adapter, a folder or a zip of one, as a round; its number.

    Its weights are taken as they are, its configuration written anew. Raises CitingError for anything but a LoRA
    adapter in safetensors that fits the student as it is.
    """
    name = checked_name(name)
    student = resolve_student(studio.settings.student, studio.settings.cache_dir)
    folder = Path(student)
    with _unpacked(source, studio.settings.data_dir) as unpacked:
        found = foreign_adapter.check(unpacked, folder if folder.is_dir() else None)
        weights, digest = adapter_weights(unpacked), adapter_hash(unpacked)
        with studio.starting_round:
            with studio.store.read() as cursor:
                number = next_number(studio.rounds_folder, rounds.highest_number(cursor))
            spec = RoundSpec(number, uuid.uuid4().hex, student, kind=IMPORTED, lora=found.lora)
            result = {"adapter_hash": digest, "adapter_bytes": weights.stat().st_size, "base": found.base}
            directory = create_imported(studio.rounds_folder, spec, weights, found.config, result)
            record(studio, directory, imported_by)
            import_round(studio, number)
    if name:
        name_round(studio, number, name)
    return number


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
