"""What a student is, by its small files: size, context, licence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citing_app.method.context import context_of
from citing_app.models.names import config_of, read_object, weights_bytes

_FRONT = re.compile(r"\A---\s*\n(.*?)\n---", re.DOTALL)
_LICENCE = re.compile(r"^license:[ \t]*['\"]?([\w.+ -]{1,60})", re.MULTILINE)
_CARD_BYTES = 100_000


@dataclass(frozen=True)
class About:
    """`bytes` to download or on the disk, `weights` of them; `context` in tokens and `licence` where they are said."""

    bytes: int
    weights: int
    config: Mapping[str, Any]
    context: int | None
    licence: str | None

    @property
    def kind(self) -> str | None:
        """The architecture, as its config.json calls it."""
        found = self.config.get("model_type")
        return found if isinstance(found, str) else None


def about_folder(folder: Path) -> About:
    """What the student in a folder is, of which not all files need be there."""
    config = config_of(folder)
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    context = context_of(config, read_object(folder / "tokenizer_config.json"))
    return About(size, weights_bytes(folder), config, context, _licence(folder / "README.md"))


def about_told(told: Mapping[str, Any]) -> About:
    """What the hub says of a student (`hub.ask_about`)."""
    config = told["config"] if isinstance(told["config"], dict) else {}
    context = context_of(config, told["tokenizer"])
    licence = told["licence"] if isinstance(told["licence"], str) else None
    return About(int(told["bytes"]), int(told["weights"]), config, context, licence)


def _licence(card: Path) -> str | None:
    try:
        with card.open("rb") as file:
            front = _FRONT.match(file.read(_CARD_BYTES).decode("utf-8", "replace"))
    except OSError:
        return None
    named = _LICENCE.search(front[1]) if front else None
    return named[1].strip() if named else None
