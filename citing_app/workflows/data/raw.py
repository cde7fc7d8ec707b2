"""What a reader gives: rows as the file holds them, and where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Raw = dict[str, Any] | str
"""A row as the file holds it, or the sentence that says why it is none."""
NO_OBJECT = "the row is not an object with named fields"


@dataclass(frozen=True, slots=True)
class Found:
    """A row, and its place in the file: "line 5", or "row 2" where the format has no lines."""

    raw: Raw
    place: str


def rows_of(values: list[Any]) -> list[Found]:
    """Each of these as a row with its number; in place of a bare text, which would pass for a reason, that reason."""
    return [Found(checked(value), f"row {number}") for number, value in enumerate(values, start=1)]


def checked(value: Any) -> Any:
    """The value; in place of a bare text, which would pass for the reason that there is no row, that reason."""
    return NO_OBJECT if isinstance(value, str) else value


@lru_cache(maxsize=1_000)  # a file's rows name the same few columns again and again
def plain_name(name: str) -> str:
    """A column's name as it is looked up."""
    return name.strip().casefold()
