"""Exporting from an open studio: the items that a filter holds, or that a round learned, as one file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, get_args

from citing_app.errors import CitingError
from citing_app.store import browse, rounds
from citing_app.store.exports import Shape, Which
from citing_app.types import Filter, ItemState
from citing_app.workflows.data import exporting
from citing_app.workflows.data.exporting import ENDINGS, SHAPES, Exported
from citing_app.workflows.desk.requests import ItemFilter
from citing_app.workflows.request import LARGEST_ROUND, Flag, Whole, Word
from citing_app.workflows.studio import Studio

STATES: tuple[ItemState, ...] = get_args(ItemState)
_LONGEST_PART = 40


class Export(ItemFilter):
    """The accepted items that pass a filter, or those in the states given, as a file of this ending."""

    ending: Annotated[str, Word("An export's ending", ENDINGS, about="the kind of file")] = ".jsonl"
    shape: Annotated[Shape, Word("An export's shape", SHAPES, about="the columns")] = "full"
    learned_by: Annotated[
        int | None, Whole("The round", 1, LARGEST_ROUND, about="only what this round learned, as it learned it")
    ] = None
    for_excel: Annotated[
        bool, Flag("For Excel", about="a CSV with a byte order mark, in which no cell is run as a formula")
    ] = False

    @property
    def which(self) -> Which:
        """The items as the store takes them: accepted ones where no state is given, but all that a round learned."""
        states = self.chosen.states or (("accepted",) if self.learned_by is None else ())
        return Which(replace(self.chosen, states=states), self.learned_by)


def export(studio: Studio, path: Path, asked: Export, card: Path | None = None) -> Exported:
    """As `exporting.export`. Raises CitingError for a round that there is not, or that learned no decisions."""
    _ensure_learned(studio, asked.learned_by)
    return exporting.export(studio.store, path, asked.shape, asked.which, for_excel=asked.for_excel, card=card)


def counted(studio: Studio, asked: Export) -> Exported:
    """What the export would hold. Raises CitingError as `export` does."""
    _ensure_learned(studio, asked.learned_by)
    return exporting.counted(studio.store, asked.shape, asked.which)


def choices(studio: Studio) -> dict[str, list[Any]]:
    """The data sets that items come from, and the rounds that learned decisions, newest first."""
    with studio.store.read() as cursor:
        return {"datasets": browse.choices(cursor)["dataset"], "rounds": rounds.with_decisions(cursor)}


def export_among(studio: Studio, asked: Export) -> tuple[Path, Path, Exported]:
    """An export in the folder of the files that people download, its card, and what it holds; it replaces one of the
    same items and columns."""
    studio.exports_folder.mkdir(exist_ok=True)
    path = studio.exports_folder / f"{name_of(asked)}{asked.ending}"
    card = path.with_name(f"{path.stem}-card.md")
    return path, card, export(studio, path, asked, card)


def name_of(asked: Export) -> str:
    """What a file is called, by what it holds: a filter that a name cannot tell is told apart by a few hex digits."""
    chosen = asked.which.chosen
    all_of_them = set(chosen.states) in (set(), set(STATES))
    parts = ["all" if all_of_them else "-".join(chosen.states)] if asked.learned_by is None or chosen.states else []
    if asked.learned_by is not None:
        parts.insert(0, f"round-{asked.learned_by}")
    dataset = re.sub(r"[^\w.-]+", "_", chosen.dataset or "")[:_LONGEST_PART].strip(".")
    parts += [dataset] if dataset else []
    if replace(chosen, states=(), dataset=None) != Filter() or dataset != (chosen.dataset or ""):
        parts.append(hashlib.sha256(repr(sorted(asdict(chosen).items())).encode()).hexdigest()[:6])
    parts += [] if asked.shape == "full" else [asked.shape]
    return "-".join([*parts, *(["excel"] if asked.for_excel else [])])


def _ensure_learned(studio: Studio, number: int | None) -> None:
    if number is None:
        return
    with studio.store.read() as cursor:
        if rounds.get(cursor, number) is None:
            raise CitingError(f"There is no round {number}.")
        if number not in rounds.with_decisions(cursor):
            raise CitingError(f"Round {number} learned no decisions, so there is nothing of it to export.")
