"""Every figure as a CSV file: what reports are made from outside of this program."""

from __future__ import annotations

import csv
import os
import uuid
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.method.cells import safe_cell
from citing_app.store import figures
from citing_app.store.database import Store


def export_figures(store: Store, path: Path) -> int:
    """Write a row for each model, test set, instruction, kind of answer and metric, with hashes; how many there are.

    The file appears whole or not at all. Raises CitingError for another ending than .csv, and for a place that cannot
    be written.
    """
    if path.suffix.lower() != ".csv":
        raise CitingError("Figures are written to a file ending in .csv.")
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        written = _write(store, temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise CitingError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return written


def _write(store: Store, path: Path) -> int:
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file, store.read() as cursor:
        writer = csv.writer(file)
        writer.writerow(figures.EXPORTED)
        for rows in figures.exported(cursor):
            writer.writerows([safe_cell(value) for value in row] for row in rows)
            written += len(rows)
    return written
