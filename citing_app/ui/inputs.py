"""What comes from outside, checked: every event can be called by anyone, with anything."""

from __future__ import annotations

import math
from typing import Any

from citing_app.errors import CitingError


def integer(value: Any, name: str, low: int, high: int) -> int:
    """A whole number between `low` and `high`, given as a number or as digits. Raises CitingError otherwise."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, str) and len(value) < 20 and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CitingError(f"{name} is a whole number between {low:,} and {high:,}.")
    return value


def optional_integer(value: Any, name: str, low: int, high: int) -> int | None:
    """As `integer`; nothing, null and an empty text are None."""
    return None if value is None or value == "" else integer(value, name, low, high)


def item(value: Any) -> int:
    """An item's number. Raises CitingError where there can be none of it."""
    try:
        return integer(value, "The item", 1, 2**62)
    except CitingError as error:
        shown = value if isinstance(value, str | int) and len(str(value)) < 40 else "of that name"
        raise CitingError(f"There is no item {shown}.") from error


def mapping(value: Any, name: str) -> dict[str, Any]:
    """An object. Raises CitingError otherwise."""
    if not isinstance(value, dict):
        raise CitingError(f"{name} is an object.")
    return value


def text(value: Any, name: str, longest: int) -> str:
    """A text of at most `longest` characters that can be stored and sent. Raises CitingError otherwise."""
    if not isinstance(value, str):
        raise CitingError(f"{name} is a text.")
    if len(value) > longest:
        raise CitingError(f"{name} is longer than {longest:,} characters.")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise CitingError(f"{name} holds a character that is no text.")
    return value


def integers(value: Any, name: str, longest: int) -> list[int]:
    """A list of at most `longest` whole numbers. Raises CitingError otherwise."""
    if not isinstance(value, list) or len(value) > longest:
        raise CitingError(f"{name} is a list of at most {longest} numbers.")
    return [integer(one, name, 0, 2**62) for one in value]


def optional_number(value: Any, name: str, low: float, high: float) -> float | None:
    """A finite number between `low` and `high`; nothing, null and an empty text are None. Raises CitingError."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise CitingError(f"{name} is a number between {low:g} and {high:g}.")
    return float(value)


def numbered_texts(value: Any, name: str, longest: int) -> dict[int, str]:
    """An object with whole numbers for names and short texts, at most `longest` of them. Raises CitingError."""
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > longest:
        raise CitingError(f"{name} are an object of at most {longest:,} numbered texts.")
    return {integer(number, name, 1, longest): text(given, name, 200) for number, given in value.items()}
