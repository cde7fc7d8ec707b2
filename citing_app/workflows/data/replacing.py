"""Rows that take the place of those with the same `id`, in an import that updates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from citing_app.method.identity import split_of
from citing_app.store import instructions, removing, replacing
from citing_app.store.database import Cursor
from citing_app.store.replacing import Row
from citing_app.store.turns import turns_to_json
from citing_app.types import Example, Split


@dataclass(frozen=True)
class New:
    """A row of the file with its content hash."""

    hash: str
    example: Example


@dataclass(frozen=True)
class Replaced:
    """The `hashes` of the rows that took another's place, and why others were `left`, by their place."""

    hashes: Set[str] = frozenset()
    left: Mapping[int, str] = field(default_factory=dict)


NOTHING = Replaced()


def replace_by_id(cursor: Cursor, given: Sequence[New], dataset: str, held_out: bool, number: int) -> Replaced:
    """Replace the rows of the data set that have the ids of these, as import `number`; the others are left to it.

    Instruction, input, turns, answer and metadata are replaced; what the new row does not bring stays. A row of which
    anything was decided, learned or measured stays as it is, and so does one that cannot be told from another.
    """
    stored = replacing.by_row_id(cursor, dataset, [new.example.row_id for new in given if new.example.row_id])
    places = {place: new for place, new in enumerate(given) if new.example.row_id in stored}
    holding = set(instructions.held_out_datasets(cursor))
    wanted = {place: _rows(stored, new, held_out or dataset in holding) for place, new in places.items()}
    changing = {place: pair for place, pair in wanted.items() if pair[0] != pair[1]}
    left = _left(cursor, changing, given, stored)
    pairs = dict(pair for place, pair in changing.items() if place not in left)
    if pairs:
        replacing.replace(cursor, number, pairs)
    return Replaced({new.hash for new in pairs.values()}, left)


def _rows(stored: Mapping[str, list[Row]], new: New, held_out: bool) -> tuple[Row, Row]:
    """The stored row with this id, and what it becomes."""
    example = new.example
    old = stored[example.row_id or ""][0]
    metadata = json.dumps(example.metadata, ensure_ascii=False) if example.metadata else old.metadata
    brings_answer = bool(example.output) and not example.is_accepted_answer and example.output != old.output
    return old, replace(
        old,
        hash=new.hash,
        instruction=example.instruction,
        input=example.input,
        turns=turns_to_json(example.turns),
        output=example.output if brings_answer else old.output,
        answer_import_id=None if brings_answer else old.answer_import_id,
        metadata=metadata,
        split=_split(old, new.hash, held_out),
    )


def _split(old: Row, hash: str, held_out: bool) -> Split:
    """The split follows the new content; a row that is only there to measure on stays so."""
    if held_out or old.split != split_of(old.hash):
        return "test"
    return split_of(hash)


def _left(
    cursor: Cursor, changing: Mapping[int, tuple[Row, Row]], given: Sequence[New], stored: Mapping[str, list[Row]]
) -> dict[int, str]:
    """Why rows are not replaced, by their place."""
    kept = _kept(cursor, [old for old, _ in changing.values()])
    known = instructions.known_hashes(cursor, [new.hash for _, new in changing.values()])
    texts = Counter(new.hash for _, new in changing.values())
    seen: set[int] = set()
    left = {}
    for place, (old, new) in changing.items():
        name = given[place].example.row_id
        if len(stored[name or ""]) > 1:
            left[place] = f"several rows of the data set have the id {name}; none was replaced"
        elif old.id in seen:
            left[place] = f"an earlier row has the id {name}, too"
        elif old.id in kept:
            left[place] = f"the row with the id {name} was decided on, learned or measured; it stays as it is"
        elif known.get(new.hash, old.id) != old.id or texts[new.hash] > 1:
            left[place] = f"the row with the id {name} would ask what another row asks; it stays as it is"
        seen.add(old.id)
    return left


def _kept(cursor: Cursor, rows: Sequence[Row]) -> set[int]:
    """Those of the rows that have to stay."""
    ids = np.array([row.id for row in rows], dtype=np.int64)
    share = removing.Share(removing.NONE, removing.NONE, changed=ids, accepting=removing.NONE)
    return {id for those in removing.kept_by(cursor, share).values() for id in those}
