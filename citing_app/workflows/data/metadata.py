"""What else a row holds: what it calls itself, and the columns that are kept as they are."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from citing_app.errors import CitingError
from citing_app.workflows.data.columns import IDS
from citing_app.workflows.data.fields import Fields
from citing_app.workflows.data.raw import plain_name
from citing_app.workflows.data.values import is_scalar, text

MOST_COLUMNS = 40
LONGEST_VALUE = 10_000
"""Characters of a value as JSON."""
_LONGEST_NAME = 200
_PICTURES = frozenset({"image", "images", "audio", "audios", "video", "videos"})


def row_id(fields: Fields) -> str | None:
    """What the row calls itself, from the first column that says so; a whole number is written as one."""
    name = fields.first(IDS, _names)
    if name is None:
        return None
    value = fields.take(name, "id")
    return _digits(value) if isinstance(value, float) else text(value, name)


def _names(value: Any) -> bool:
    if not is_scalar(value) or isinstance(value, bool):
        return False
    try:
        return len(text(value, "id")) <= _LONGEST_NAME
    except CitingError:
        return False


def _digits(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


def metadata(fields: Fields, dropped: Collection[str] = ()) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The columns that were read as nothing else, by their names, and the names of those that are not kept: the
    `dropped` ones, pictures and sounds, and what is no JSON, too long or too many."""
    kept: dict[str, Any] = {}
    unread = []
    for name, value in fields.rest():
        key, plain = name.strip(), plain_name(name)
        is_kept = plain not in dropped and plain not in _PICTURES and key not in kept and len(kept) < MOST_COLUMNS
        found = _as_json(value) if is_kept and _is_key(key) else None
        if found is None:
            unread.append(name)
        else:
            kept[key] = found
    return kept, tuple(unread)


def shows_pictures(fields: Fields) -> bool:
    """Whether the row has a picture or sound in a column of its own."""
    return any(plain_name(name) in _PICTURES for name, _ in fields.rest())


def _is_key(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_NAME and _as_json(name) is not None


def _as_json(value: Any) -> Any:
    """The value as JSON has it; None where it has no such value or a long one."""
    try:
        if isinstance(value, str):
            return text(value, "") if len(value) <= LONGEST_VALUE else None
        written = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
        text(written, "")
    except (CitingError, TypeError, ValueError, RecursionError):
        return None
    if len(written) > LONGEST_VALUE:
        return None
    return value if isinstance(value, bool | int | float) else json.loads(written)


def _plain(value: Any) -> Any:
    """Parquet's values that JSON has not, as text. Raises TypeError for bytes, which are none."""
    if isinstance(value, date | datetime | time | timedelta | Decimal | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
