"""All rows of a file into examples, with what there is to say of them before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from citing_app.errors import CitingError
from citing_app.types import Example, Rejected
from citing_app.workflows.data.columns import unknown
from citing_app.workflows.data.fields import shown
from citing_app.workflows.data.raw import Found, Raw, plain_name
from citing_app.workflows.data.rows import How, Reading, read, tasks

_COLUMNS_NAMED = 10
_LEFT_OUT = {
    "images": ("Images or sounds were left out of 1 row.", "Images or sounds were left out of {1} rows."),
    "tools": ("Tool calls were left out of 1 row.", "Tool calls were left out of {1} rows."),
    "answers": (
        "Of 1 row only the last of several answers is read.",
        "Of {1} rows only the last of several answers is read.",
    ),
    "thoughts": ("A model's thoughts were left out of 1 row.", "A model's thoughts were left out of {1} rows."),
}
_ENOUGH = 1_000
"""Rows that are looked through for the names of columns."""


@dataclass
class Sifted:
    """The examples in a file's rows, and what was seen on the way.

    `shapes` counts the rows by the columns that question and answer come from; `roles` says what each column became,
    with how many rows; `places` are those of the examples, should one be turned down later; `kept` and `unread` are the
    columns kept as metadata and those that are not read.
    """

    examples: list[Example] = field(default_factory=list)
    places: list[tuple[int, str]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    shapes: Counter[str] = field(default_factory=Counter)
    roles: dict[str, Counter[str]] = field(default_factory=dict)
    kept: dict[str, None] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """How many rows there were; one with several instances counts for each."""
        return len(self.examples) + len(self.rejected)

    @property
    def without_answer(self) -> int:
        """How many examples bring no reference answer."""
        return sum(not example.output for example in self.examples)

    def columns_kept(self) -> tuple[str, ...]:
        """The columns kept as metadata, as a person reads their names."""
        return tuple(dict.fromkeys(map(shown, self.kept)))

    def columns_not_read(self) -> tuple[str, ...]:
        """The columns that held something which was not read, nor kept, as a person reads their names."""
        return tuple(dict.fromkeys(map(shown, self.unread)))

    def turned_down(self, example: int, reason: str) -> Rejected:
        """The row of this example (its index), as one that is turned down after all."""
        number, place = self.places[example]
        return Rejected(number, reason, place)

    def took(self, reading: Reading) -> None:
        """Note a row that is an example."""
        self.examples.append(reading.example)
        self.shapes[reading.shape] += 1
        for what in reading.left_out:
            self.left_out[what] += 1
        for name, role in reading.roles.items():
            self.roles.setdefault(name, Counter())[role] += 1
        for name in reading.example.metadata:
            self.kept[name] = None
        for name in reading.example.unread:
            self.unread[name] = None


def sift(rows: Iterable[Raw | Found], how: How) -> Sifted:
    """Read rows one by one; a row that cannot be an example is among the rejected, with its place and the reason.

    Raises CitingError where a column is mapped that no row has.
    """
    found = Sifted()
    mapped, turned_down, names = set(how.columns), dict[str, None](), dict[str, None]()
    for number, (raw, place) in enumerate(map(_placed, rows), start=1):
        if isinstance(raw, dict) and (mapped or len(found.examples) < _ENOUGH):
            names |= dict.fromkeys(raw)
            mapped -= {plain_name(name) for name in raw} if mapped else set()
        for task in tasks(raw):
            try:
                found.took(read(task, how))
                found.places.append((number, place))
            except CitingError as error:
                found.rejected.append(Rejected(number, str(error), place))
                turned_down |= dict.fromkeys(unknown(raw) if isinstance(raw, dict) else ())
    if mapped and found.read:
        has = ", ".join(map(shown, list(names)[:_COLUMNS_NAMED]))
        raise CitingError(f"There is no column {shown(min(mapped))}; the columns are {has}.")
    found.unread |= {name: None for name in turned_down if name.strip() not in found.kept and name not in found.roles}
    return found


def _placed(row: Raw | Found) -> tuple[Raw, str]:
    return (row.raw, row.place) if isinstance(row, Found) else (row, "")


def notes(
    columns_not_read: Sequence[str], columns_kept: Sequence[str], without_answer: int, left_out: Mapping[str, int]
) -> list[str]:
    """What else there is to say of rows: columns kept and not read, missing answers, and what is left out."""
    found = []
    if columns_kept:
        names, more = _named(columns_kept)
        found.append(f"Kept as metadata: {names} and {more:,} more." if more else f"Kept as metadata: {names}.")
    if columns_not_read:
        names, more = _named(columns_not_read)
        found.append(f"Columns not read: {names} and {more:,} more." if more else f"Columns not read: {names}.")
    if without_answer == 1:
        found.append("1 row has no reference answer.")
    elif without_answer:
        found.append(f"{without_answer:,} rows have no reference answer.")
    for what, (one, many) in _LEFT_OUT.items():
        if count := left_out.get(what, 0):
            found.append(one if count == 1 else many.replace("{1}", f"{count:,}"))
    return found


def _named(names: Sequence[str]) -> tuple[str, int]:
    """The first of these names, and how many more there are."""
    return ", ".join(names[:_COLUMNS_NAMED]), max(0, len(names) - _COLUMNS_NAMED)


def rows_counted(count: int) -> str:
    """A number of rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"
