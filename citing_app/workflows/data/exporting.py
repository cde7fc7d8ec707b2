"""Export: items as JSONL, Parquet or CSV, in the shapes that trainers read, or as a data set for the Hub."""

from __future__ import annotations

import csv
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args
from zipfile import ZIP_STORED, ZipFile

from citing_app.errors import CitingError
from citing_app.method.cells import cell, safe_cell
from citing_app.running.leftovers import UNFINISHED_EXPORT
from citing_app.store import exports
from citing_app.store.database import Cursor, Store
from citing_app.store.export_figures import export_figures
from citing_app.store.exports import Held, Shape, Which
from citing_app.workflows.data.dataset_card import Part, dataset_card
from citing_app.workflows.data.own import GUARD

FORMATS = (".jsonl", ".parquet", ".csv")
HUB = ".zip"
"""A folder as the Hub takes it: a Parquet file for each split, and the card."""
ENDINGS = (*FORMATS, HUB)
SHAPES: tuple[Shape, ...] = get_args(Shape)
EVERY_ACCEPTED = Which()
_BOM = "\ufeff"


@dataclass(frozen=True)
class Exported:
    """What an export wrote: `rows`, `accepted` of them with an answer that somebody accepted.

    Of those that were asked for it left out `unchanged` accepted revisions that equal their draft, which prefer
    nothing, `conversations` that the columns have no place for, and `not_accepted` ones, which are no answers.
    """

    rows: int
    accepted: int
    unchanged: int = 0
    conversations: int = 0
    not_accepted: int = 0

    @property
    def left_out(self) -> int:
        """How many accepted revisions it left out."""
        return self.unchanged + self.conversations

    @property
    def told(self) -> dict[str, int]:
        """The counts as programs read them."""
        return {"exported": self.rows, "left_out": self.left_out, "not_accepted": self.not_accepted}

    def __str__(self) -> str:
        parts = [
            f"{self.rows:,} accepted revisions"
            if self.rows == self.accepted
            else f"{self.rows:,} items, {self.accepted:,} of them accepted"
        ]
        if self.unchanged:
            parts.append(f"{self.unchanged:,} left out because the revision equals its draft")
        if self.conversations:
            parts.append(f"{self.conversations:,} left out because these columns hold no conversation")
        if self.not_accepted:
            parts.append(f"{self.not_accepted:,} left out because they are not accepted")
        return " · ".join(parts)


def export(
    store: Store,
    path: Path,
    shape: Shape = "full",
    which: Which = EVERY_ACCEPTED,
    *,
    for_excel: bool = False,
    card: Path | None = None,
) -> Exported:
    """Write these items (every accepted one by default) to `path`, by its ending, and a data set card to `card`.

    In `full`, `output` is the data set's reference answer and `revision` the accepted or proposed text; the other
    shapes hold accepted answers alone: the end of `messages`, `output` in `alpaca`, `completion` in
    `prompt-completion`, and `chosen` in `preference`, where `rejected` is the draft. `for_excel` puts a byte order mark
    before a CSV and an apostrophe before its formulas. Each file appears whole or not at all. Importing an own export
    adds nothing. Raises CitingError for another ending or a place that cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise CitingError(f"An export is a file ending in {', '.join(ENDINGS)}.")
    if for_excel and ending != ".csv":
        raise CitingError("Only a CSV is written for Excel.")
    with store.read() as cursor, _whole(path) as temporary:
        cursor.begin()  # what is counted is what is written
        held = exports.held(cursor, which, shape)
        if ending == HUB:
            _write_folder(cursor, held, temporary, path.stem, store.folder)
        else:
            _write(cursor, held, temporary, ending, store.folder, for_excel)
        if card is not None:
            with _whole(card) as made:
                parts = [Part("train", path.name, len(held), temporary.stat().st_size)]  # one file is one split there
                made.write_text(dataset_card(path.stem, shape, export_figures(cursor, held), parts), encoding="utf-8")
    return _exported(held)


def counted(store: Store, shape: Shape, which: Which) -> Exported:
    """What an export would hold."""
    with store.read() as cursor:
        return _exported(exports.held(cursor, which, shape))


def _exported(held: Held) -> Exported:
    if held.shape == "full":
        return Exported(len(held), held.accepted)
    left_out = held.accepted - len(held)
    return Exported(
        len(held),
        len(held),
        unchanged=left_out if held.shape == "preference" else 0,
        conversations=left_out if held.shape == "alpaca" else 0,
        not_accepted=held.selected - held.accepted,
    )


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A place to write a file that then replaces the one at `path`; it does not where anything goes wrong."""
    temporary = path.with_name(f"{UNFINISHED_EXPORT}{uuid.uuid4().hex}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise CitingError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _write(cursor: Cursor, held: Held, path: Path, ending: str, folder: Path, for_excel: bool) -> None:
    if ending == ".jsonl":
        _write_jsonl(cursor, held, path)
    elif ending == ".csv":
        _write_csv(cursor, held, path, for_excel)
    else:
        path.open("wb").close()  # a place that cannot be written says so before the work
        with _staging(folder) as staging:
            shutil.move(exports.copy_parquet(cursor, held, staging), path)


def _write_jsonl(cursor: Cursor, held: Held, path: Path) -> None:
    names = exports.columns(held.shape)
    with path.open("w", encoding="utf-8") as file:
        for rows in exports.batches(cursor, held):
            objects = (_object(dict(zip(names, row, strict=True))) for row in rows)
            file.writelines(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects)


def _object(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its metadata as an object; other formats have them as JSON, since a column there has one type."""
    return row if row["metadata"] is None else row | {"metadata": json.loads(row["metadata"])}


def _write_csv(cursor: Cursor, held: Held, path: Path, for_excel: bool) -> None:
    shown, more = (safe_cell, [""]) if for_excel else (cell, [])
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_BOM if for_excel else "")
        writer = csv.writer(file)
        writer.writerow([*exports.columns(held.shape), *([GUARD] if for_excel else [])])
        for rows in exports.batches(cursor, held):
            writer.writerows([*map(shown, row), *more] for row in rows)


def _write_folder(cursor: Cursor, held: Held, path: Path, title: str, folder: Path) -> None:
    """A data set for the Hub, as a ZIP file: each split's rows in a file of its own, and the card."""
    figures = export_figures(cursor, held)
    parts = []
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for split, rows in figures.splits.items():
            name = f"data/{split}-00000-of-00001.parquet"
            with _staging(folder) as staging:
                made = exports.copy_parquet(cursor, exports.of_split(cursor, held, split), staging)
                parts.append(Part(split, name, rows, made.stat().st_size))
                archive.write(made, name)
        archive.writestr("README.md", dataset_card(title, held.shape, figures, parts))


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder within the data folder, since the database may write nowhere else."""
    with TemporaryDirectory(dir=folder.resolve(), prefix=UNFINISHED_EXPORT) as staging:
        yield Path(staging)
