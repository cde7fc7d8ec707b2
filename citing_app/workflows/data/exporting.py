"""Export: accepted revisions as JSONL, Parquet or CSV, in the shapes that trainers read."""

from __future__ import annotations

import csv
import json
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from citing_app.errors import CitingError
from citing_app.method.cells import safe_cell
from citing_app.running.leftovers import UNFINISHED_EXPORT
from citing_app.store import exports
from citing_app.store.database import Cursor, Store
from citing_app.store.exports import Shape

FORMATS = (".jsonl", ".parquet", ".csv")
SHAPES: tuple[Shape, ...] = get_args(Shape)


@dataclass(frozen=True)
class Exported:
    """What an export wrote. `left_out` are accepted revisions that equal their draft, which prefer nothing."""

    rows: int
    left_out: int

    def __str__(self) -> str:
        left_out = f"; {self.left_out:,} left out because the revision equals its draft" if self.left_out else ""
        return f"{self.rows:,} accepted revisions{left_out}"


def export(store: Store, path: Path, shape: Shape = "full") -> Exported:
    """Write every accepted revision to `path`, by its ending. The file appears whole or not at all.

    In `full`, `output` is the data set's reference answer and `revision` the accepted text; in `alpaca`, `output` is
    the accepted text, as is `completion` in `prompt-completion` and `chosen` in `preference`, where `rejected` is the
    draft. Importing an own export adds nothing. Raises CitingError for another ending or a place that cannot be
    written.
    """
    if path.suffix.lower() not in FORMATS:
        raise CitingError(f"An export is a file ending in {', '.join(FORMATS)}.")
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with store.read() as cursor:
            cursor.begin()  # what is counted is what is written
            rows = _write(cursor, shape, temporary, path.suffix.lower(), store.folder)
            left_out = exports.accepted(cursor) - rows
        os.replace(temporary, path)
    except OSError as error:
        raise CitingError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return Exported(rows, left_out)


def export_among(store: Store, folder: Path, ending: str, shape: Shape) -> tuple[Path, Exported]:
    """An export in the folder of the exports that people download, and what it holds; it replaces one like it."""
    folder.mkdir(exist_ok=True)
    path = folder / (f"accepted{ending}" if shape == "full" else f"accepted-{shape}{ending}")
    return path, export(store, path, shape)


def _write(cursor: Cursor, shape: Shape, path: Path, ending: str, folder: Path) -> int:
    if ending == ".jsonl":
        return _write_jsonl(cursor, shape, path)
    if ending == ".csv":
        return _write_csv(cursor, shape, path)
    return _write_parquet(cursor, shape, path, folder)


def _write_jsonl(cursor: Cursor, shape: Shape, path: Path) -> int:
    names, written = exports.columns(shape), 0
    with path.open("w", encoding="utf-8") as file:
        for rows in exports.batches(cursor, shape):
            lines = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows)
            file.writelines(f"{line}\n" for line in lines)
            written += len(rows)
    return written


def _write_csv(cursor: Cursor, shape: Shape, path: Path) -> int:
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(exports.columns(shape))
        for rows in exports.batches(cursor, shape):
            writer.writerows([safe_cell(value) for value in row] for row in rows)
            written += len(rows)
    return written


def _write_parquet(cursor: Cursor, shape: Shape, path: Path, folder: Path) -> int:
    """By way of the data folder, since the database may write nowhere else."""
    path.open("wb").close()  # a place that cannot be written says so before the work
    with TemporaryDirectory(dir=folder.resolve(), prefix=UNFINISHED_EXPORT) as staging:
        made, written = exports.copy_parquet(cursor, shape, Path(staging))
        shutil.move(made, path)
    return written
