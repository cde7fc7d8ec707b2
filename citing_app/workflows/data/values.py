"""What a column holds: nothing, a text, or something that is none."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

from citing_app.errors import CitingError

LONGEST_FIELD = 200_000
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def is_missing(value: Any) -> bool:
    """Whether there is nothing at all; a data frame writes a missing text as NaN."""
    return value is None or (isinstance(value, float | Decimal) and math.isnan(value))


def is_blank(value: Any) -> bool:
    """Whether there is nothing to read: it is missing, white space only, or an empty list or object."""
    if isinstance(value, str):
        return not value.strip()
    return is_missing(value) or value in ([], {})


def is_scalar(value: Any) -> bool:
    """Whether this is text, a number or a truth value."""
    return isinstance(value, str | int | float | Decimal)


def text(value: Any, name: str, longest: int | None = LONGEST_FIELD) -> str:
    """A value as text, "" where it is missing. Raises CitingError for anything but text, a number or a truth value,
    and for one of more than `longest` characters (None: there is no bound)."""
    found = value if isinstance(value, str) else _written(value, name)
    if longest is not None and len(found) > longest:
        raise CitingError(f"{name} is longer than {longest:,} characters")
    if _NO_TEXT.search(found):
        raise CitingError(f"{name} holds a character that is no text (NUL or half of a surrogate pair)")
    return found


def _written(value: Any, name: str) -> str:
    if is_missing(value):
        return ""
    if not is_scalar(value) or (isinstance(value, float | Decimal) and math.isinf(value)):
        raise CitingError(f"{name} is not text")
    return str(value)


def parsed(content: str, reason: str) -> Any:
    """A cell that holds JSON. Raises CitingError with the reason where it does not."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CitingError(reason) from error
