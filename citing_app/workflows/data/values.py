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


def text(value: Any, name: str) -> str:
    """A value as text, "" where it is missing. Raises CitingError for anything but text, a number or a truth value."""
    if is_missing(value):
        return ""
    if not is_scalar(value) or (isinstance(value, float | Decimal) and math.isinf(value)):
        raise CitingError(f"{name} is not text")
    found = str(value)
    if len(found) > LONGEST_FIELD:
        raise CitingError(f"{name} is longer than {LONGEST_FIELD:,} characters")
    if _NO_TEXT.search(found):
        raise CitingError(f"{name} holds a character that is no text (NUL or half of a surrogate pair)")
    return found


def parsed(content: str, reason: str) -> Any:
    """A cell that holds JSON. Raises CitingError with the reason where it does not."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CitingError(reason) from error
