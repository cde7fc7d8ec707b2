"""The students there are: the base model, and one for each finished round."""

from __future__ import annotations

from pathlib import Path

from citing_app.errors import CitingError
from citing_app.store import rounds
from citing_app.store.database import Store
from citing_app.store.rounds import RoundRow
from citing_app.workflows.studio import Studio

BASE = "base"


def adapter_of(store: Store, rounds_folder: Path, number: int | None) -> Path | None:
    """The folder of a finished round's adapter; None for the base model. Raises CitingError for any other round."""
    if number is None:
        return None
    with store.read() as cursor:
        finished = {row.number for row in rounds.all_rounds(cursor) if row.state == "finished"}
    if number not in finished:
        raise CitingError(f"Round {number} has no adapter: it does not exist, has not finished or was deleted.")
    return rounds_folder / f"{number:04d}" / "adapter"


def model_name(number: int | None) -> str:
    """How drafts, metrics and pages name a student: `base` or `round 3`."""
    return BASE if number is None else f"round {number}"


def finished_rounds(studio: Studio) -> list[RoundRow]:
    """The rounds that have an adapter, newest first."""
    with studio.store.read() as cursor:
        return [row for row in rounds.all_rounds(cursor) if row.state == "finished"]
