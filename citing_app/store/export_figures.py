"""What an export is made of, counted for its card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citing_app.store.database import Cursor
from citing_app.store.exports import KEYS, Held
from citing_app.types import Split

Counted = list[tuple[Any, ...]]
"""What was counted by, and last how many rows of it there are."""


@dataclass(frozen=True)
class ExportFigures:
    """Rows of an export by split, state, data set, category with its rubric's version, who decided, and teacher."""

    splits: dict[Split, int]
    states: Counted
    datasets: Counted
    rubrics: Counted
    annotators: Counted
    teachers: Counted


def export_figures(cursor: Cursor, export: Held) -> ExportFigures:
    """Count the rows of an export."""

    def by(*names: str) -> Counted:
        return cursor.execute(
            f"SELECT {', '.join(names)}, count(*) AS n FROM {KEYS} GROUP BY ALL ORDER BY ALL", export.keys
        ).fetchall()

    found: dict[Split, int] = dict(by("i.split"))
    splits: tuple[Split, ...] = ("train", "validation", "test")
    shape = export.expressions
    return ExportFigures(
        splits={split: found[split] for split in splits if split in found},
        states=by("items.state"),
        datasets=by("i.dataset"),
        rubrics=by(shape["category"], shape["rubric_version"]),
        annotators=by("c.annotator"),
        teachers=by("v.author"),
    )
