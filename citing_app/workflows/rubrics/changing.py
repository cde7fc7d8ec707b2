"""Changes of categories as people ask for them: new members move the means, so all instructions are assigned anew."""

from __future__ import annotations

from citing_app.workflows.rubrics import editing
from citing_app.workflows.rubrics.assigning import assign_anew
from citing_app.workflows.rubrics.requests import Merge, Move, Rename, Split
from citing_app.workflows.studio import Studio


def rename(studio: Studio, asked: Rename, author: str) -> str:
    """As `editing.rename`."""
    stored = editing.rename(studio.store, asked.category, asked.version, asked.name, author)
    assign_anew(studio)
    return stored


def merge(studio: Studio, asked: Merge, author: str) -> int:
    """As `editing.merge`."""
    merged = editing.merge(studio.store, asked.category, asked.version, asked.into, asked.into_version, author)
    assign_anew(studio)
    return merged


def split(studio: Studio, asked: Split, author: str) -> str:
    """As `editing.split`."""
    made = editing.split(
        studio.store, asked.category, asked.version, asked.name, asked.description, asked.members, author
    )
    assign_anew(studio)
    return made


def move(studio: Studio, asked: Move, author: str) -> int:
    """As `editing.move`."""
    moved = editing.move(
        studio.store, asked.category, asked.version, asked.members, asked.into, asked.into_version, author
    )
    assign_anew(studio)
    return moved
