"""CSV into rows: cells with commas, semicolons or tabs between them, below a line with the columns' names."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import TextIO

from citing_app.errors import CitingError
from citing_app.method.cells import without_guard
from citing_app.workflows.data import own
from citing_app.workflows.data.raw import Found, plain_name

_DELIMITERS = (",", ";", "\t")


def csv_rows(file: TextIO, name: str, known: Collection[str]) -> Iterator[Found]:
    """The rows of the CSV in `file`, which is called `name`; `known` are the columns that rows are read from.

    Raises CitingError, also on the way, where it is no CSV.
    """
    csv.field_size_limit(2**31 - 1)  # one long cell is that row's fault, not the file's
    empty, first = next(((n, line) for n, line in enumerate(file) if line.strip()), (0, ""))
    reader = csv.reader(chain([first], file), delimiter=_delimiter(first, known), strict=True)
    try:
        names = _apart(next(reader))
        plain = {plain_name(one) for one in names}
        if len(names) < 2 and plain.isdisjoint(known):
            raise CitingError(
                f"{name} is not JSON, CSV or Parquet: its first line names no instruction, prompt or messages column."
            )
        is_guarded = own.is_guarded(names)
        line = reader.line_num
        for cells in reader:
            place, line = f"line {empty + line + 1}", reader.line_num
            if len(cells) > len(names):
                yield Found("the row has more cells than the first line names", place)
            elif cells:
                row = dict(zip(names, [*cells, *[None] * (len(names) - len(cells))], strict=True))
                yield Found(_unguarded(row) if is_guarded else row, place)
    except csv.Error as error:
        at = int(empty + reader.line_num)
        raise CitingError(f"{name} is not CSV: line {at}: {error}.") from error


def _delimiter(line: str, known: Collection[str]) -> str:
    """What stands between the names in the first line: with it they are most of the known ones, or else the most."""

    def names(delimiter: str) -> tuple[int, int]:
        try:
            found = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            return 0, 0
        return sum(plain_name(one) in known for one in found), len(found)

    return max(_DELIMITERS, key=names)


def _apart(names: Sequence[str]) -> list[str]:
    """The names with one space more at each that was there before, since a row holds each once; columns are looked up
    without the white space around their names."""
    found: list[str] = []
    for name in names:
        while name in found:
            name += " "  # noqa: PLW2901
        found.append(name)
    return found


def _unguarded(row: dict[str, str | None]) -> dict[str, str | None]:
    """Take back the apostrophe that our own export for Excel puts before a formula."""
    return {name: value and without_guard(value) for name, value in row.items()}
