"""A file into rows, by what it holds: JSON, JSON lines, CSV or Parquet, each also in gzip or Zstandard."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.store.files import read_parquet
from citing_app.workflows.data.columns import KNOWN, QUESTIONS
from citing_app.workflows.data.csv_rows import csv_rows
from citing_app.workflows.data.json_rows import json_rows
from citing_app.workflows.data.opening import as_text, kind_of, unpacked
from citing_app.workflows.data.raw import Found, Raw

ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
PACKED = (".gz", ".zst")


def read_rows(path: Path) -> list[Raw]:
    """The rows of a file as it holds them. Raises as `read_file` does."""
    return [found.raw for found in read_file(path)]


def read_file(path: Path, named: Collection[str] = ()) -> Iterator[Found]:
    """The rows of a file with their places; `named` are columns that are read beside those that rows commonly have.

    Raises CitingError, also on the way, where the file cannot be read or is none of the formats.
    """
    try:
        kind = kind_of(path)
        if kind == "parquet":
            with _parquet(path) as plain:
                for number, row in enumerate(read_parquet(plain), start=1):
                    yield Found(dict(row), f"row {number}")
            return
        with as_text(path, newline="" if kind == "csv" else "\n") as text:
            if kind == "csv":
                yield from csv_rows(text, path.name, {*KNOWN, *named})
            else:
                yield from json_rows(text, path.name, {*QUESTIONS, *named})
    except OSError as error:
        raise CitingError(f"{path.name} cannot be read: {error.strerror}.") from error


@contextmanager
def _parquet(path: Path) -> Iterator[Path]:
    """The file itself, or what a compressed one holds: Parquet is read from its end, so it must lie on the disk."""
    with unpacked(path) as content, path.open("rb") as raw:
        if content.read(4) == raw.read(4):
            yield path
            return
    with unpacked(path) as content, tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / path.stem
        with plain.open("wb") as file:
            shutil.copyfileobj(content, file)
        yield plain


def name_of(path: Path) -> str:
    """What a data set of this file is called: its name without the ending that says how it is packed."""
    return Path(path.stem).stem if path.suffix.lower() in PACKED else path.stem
