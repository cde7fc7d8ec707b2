"""A revision's edits as the store keeps them, and the criteria that an item is found by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from citing_app.types import Edit


def edits_to_json(edits: Iterable[Edit]) -> str:
    """These edits as a column holds them."""
    return json.dumps([asdict(edit) for edit in edits], ensure_ascii=False)


def edits_from_json(text: str | None) -> tuple[Edit, ...]:
    """The edits that a column holds; none where it is NULL."""
    return tuple(Edit(**edit) for edit in json.loads(text)) if text else ()


def criteria_of(edits: Iterable[Edit]) -> list[str]:
    """The criteria that these edits serve, each once, in alphabetical order."""
    return sorted({edit.criterion for edit in edits if edit.criterion})
