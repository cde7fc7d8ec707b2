"""The turns of a conversation as the store keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from citing_app.types import Turn


def turns_to_json(turns: Iterable[Turn]) -> str | None:
    """These turns as a column holds them: NULL where there are none."""
    found = [asdict(turn) for turn in turns]
    return json.dumps(found, ensure_ascii=False) if found else None


def turns_from_json(text: str | None) -> tuple[Turn, ...]:
    """The turns that a column holds; none where it is NULL."""
    return tuple(Turn(**turn) for turn in json.loads(text)) if text else ()
