"""An import is a batch: it can be taken back as long as nothing of it was decided, learned or measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from citing_app.errors import CitingError
from citing_app.store import data_changes, imports, instructions, removing, replacing
from citing_app.store.database import Cursor, Store
from citing_app.store.imports import ImportRow
from citing_app.store.journal import Journal
from citing_app.store.removing import Share, Why
from citing_app.workflows.data.importing import BUNDLED

_LISTED = 50
_EXAMPLES, _LONGEST_EXAMPLE = 2, 60


@dataclass(frozen=True)
class Going:
    """What goes: instructions, drafts with their revisions, and what other instructions were given. `replaced` rows get
    their old text back."""

    rows: int
    drafts: int
    answers: int
    replaced: int


class ImportView(TypedDict):
    """An import with the counts of its report. `is_left`: something of it is there, so that it can be taken back."""

    number: int
    file: str
    dataset: str
    counts: Mapping[str, int]
    by: str
    at: str
    taken_back_at: str | None
    is_left: bool


def imports_view(store: Store) -> list[ImportView]:
    """The newest imports, the newest one first."""
    with store.read() as cursor:
        found = imports.newest(cursor, _LISTED)
    return [
        {
            "number": one.number,
            "file": one.file,
            "dataset": one.dataset,
            "counts": one.counts,
            "by": one.by,
            "at": one.at.isoformat(),
            "taken_back_at": one.taken_back_at.isoformat() if one.taken_back_at else None,
            "is_left": one.is_left and one.dataset != BUNDLED,
        }
        for one in found
    ]


def going(store: Store, number: int) -> Going:
    """What would go if this import were taken back. Raises CitingError, naming what, where something keeps it."""
    with store.read() as cursor:
        return _going(cursor, _allowed(cursor, number))


def take_back(store: Store, journal: Journal, number: int, by: str) -> Going:
    """Undo an import, all of it or nothing; what went.

    Rows that other files hold too came with the first of them, and come back with the next import of another.
    Raises CitingError as `going` does.
    """
    with store.write() as cursor:
        row = _allowed(cursor, number)
        found = _going(cursor, row)
        data_changes.take_back(cursor, number)
        detail = {"import": number, "file": row.file, "dataset": row.dataset, "counts": row.counts}
        change = data_changes.add(cursor, "take back", detail, by)
    data_changes.tell(store, journal, change)
    return found


def counted(share: Share, given: int = 0, replaced: int = 0) -> Going:
    """How much a share is, with the answers `given` to others and the rows that were `replaced`."""
    return Going(len(share.rows), len(share.items), given, replaced)


def ensure_free(cursor: Cursor, share: Share, head: str) -> None:
    """Raise CitingError, which begins with `head`, where something keeps this share, and name what."""
    if kept := removing.kept_by(cursor, share):
        raise CitingError(" · ".join([head, *(_told(cursor, why, those) for why, those in kept.items())]))


def _told(cursor: Cursor, why: Why, those: Sequence[int]) -> str:
    examples = _examples(cursor, those)
    sentences: dict[Why, str] = {
        "decided": f"decided: {len(those):,} ({examples})",
        "learned": f"learned by a round: {len(those):,} ({examples})",
        "answered": f"answered by a model: {len(those):,} ({examples})",
        "measured": f"in a test set with figures: {len(those):,} ({examples})",
        "compared": f"compared by a judge or a person: {len(those):,} ({examples})",
    }
    return sentences[why]


def _examples(cursor: Cursor, those: Sequence[int]) -> str:
    rows = instructions.get(cursor, those[:_EXAMPLES])
    return ", ".join(f"“{_short(row.text)}”" for row in rows) + (", …" if len(those) > len(rows) else "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_EXAMPLE else f"{line[: _LONGEST_EXAMPLE - 1]}…"


def _allowed(cursor: Cursor, number: int) -> ImportRow:
    """The import. Raises CitingError where it cannot be taken back."""
    row = imports.get(cursor, number)
    if row is None:
        raise CitingError(f"There is no import {number}.")
    if row.dataset == BUNDLED:
        raise CitingError("The bundled curriculum stays: the app would import it again at its next start.")
    if row.taken_back_at is not None:
        raise CitingError(f"Import {number} is taken back already.")
    if not row.is_left:
        raise CitingError(f"Nothing of import {number} is there any more.")
    share = removing.of_import(cursor, number)
    ensure_free(cursor, share, f"Import {number} stays, since it is in use")
    if later := removing.later_imports(cursor, number, share):
        raise CitingError(f"Import {later[0]} added to what import {number} brought; take that one back first.")
    if _ask_again(cursor, number):
        raise CitingError(
            f"Import {number} replaced rows whose old text came back with a later import; take that one back first."
        )
    return row


def _ask_again(cursor: Cursor, number: int) -> bool:
    """Whether another instruction now asks what a replaced row asked before."""
    pairs = replacing.replaced(cursor, number)
    known = instructions.known_hashes(cursor, [was.hash for was in pairs.values()])
    return any(known.get(was.hash, now.id) != now.id for now, was in pairs.items())


def _going(cursor: Cursor, row: ImportRow) -> Going:
    share = removing.of_import(cursor, row.number)
    replaced = replacing.replaced(cursor, row.number)
    given: set[Any] = {*share.changed.tolist(), *share.accepting.tolist()} - {now.id for now in replaced}
    return counted(share, len(given - set(share.rows.tolist())), len(replaced))
