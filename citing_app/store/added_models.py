"""Models behind endpoints that were added while the app ran, and how each model is asked. No key is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citing_app.store.database import Cursor


@dataclass(frozen=True)
class AddedModel:
    """A teacher by its `name` here, and what its server calls it; `judges`: it is a judge as well."""

    name: str
    model: str
    provider: str
    url: str
    judges: bool


def add(cursor: Cursor, one: AddedModel, author: str) -> None:
    """Keep it."""
    cursor.execute(
        "INSERT INTO added_models (name, model, provider, url, judges, author, added_at) "
        "VALUES (?, ?, ?, ?, ?, ?, now())",
        [one.name, one.model, one.provider, one.url, one.judges, author],
    )


def remove(cursor: Cursor, name: str) -> None:
    """Forget the model of this name, its price and how it is asked; what it wrote and cost stays."""
    cursor.execute("DELETE FROM added_models WHERE name = ?", [name])
    cursor.execute("DELETE FROM model_settings WHERE name = ?", [name])
    cursor.execute("DELETE FROM prices WHERE teacher = ?", [name])  # another model may get its name


def move(cursor: Cursor, name: str, url: str) -> None:
    """Let the model of this name be asked at another URL."""
    cursor.execute("UPDATE added_models SET url = ? WHERE name = ?", [url, name])


def added(cursor: Cursor) -> list[AddedModel]:
    """All of them, in the order in which they were added."""
    rows = cursor.execute("SELECT name, model, provider, url, judges FROM added_models ORDER BY added_at, name")
    return [AddedModel(*row) for row in rows.fetchall()]


def set_settings(cursor: Cursor, name: str, settings: Mapping[str, Any], author: str) -> None:
    """Append how the model is asked from now on."""
    cursor.execute(
        "INSERT INTO model_settings (name, settings, author, set_at) VALUES (?, ?, ?, now())",
        [name, json.dumps(settings), author],
    )


def settings(cursor: Cursor) -> dict[str, dict[str, Any]]:
    """How each model is asked that somebody has set something of."""
    rows = cursor.execute("SELECT name, arg_max(settings, set_at) FROM model_settings GROUP BY name").fetchall()
    return {name: json.loads(found) for name, found in rows}
