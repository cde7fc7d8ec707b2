"""Test sets: which instructions models are measured on, frozen when they are first measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.method.parts import DataPart, part_name, rows_of
from citing_app.store import instructions, rounds, test_sets
from citing_app.store.database import Cursor, Store
from citing_app.types import Instruction
from citing_app.workflows.evaluation.views import SetView

TEST_SPLIT = "test split"
_ALL = 10_000_000


@dataclass(frozen=True)
class Chosen:
    """The first rows of the test set with this hash, to be measured on."""

    test_set: str
    name: str
    rows: tuple[Instruction, ...]


def sets_view(store: Store) -> list[SetView]:
    """Every list that was measured on, newest first: of one name there may be several."""
    with store.read() as cursor:
        return [set_view(one) for one in test_sets.everything(cursor)]


def set_view(one: test_sets.TestSet) -> SetView:
    """A frozen list as pages show it."""
    return {
        "hash": one.hash,
        "name": one.name,
        "dataset": one.dataset,
        "learned_by": one.learned_by,
        "n": one.n,
        "frozen_at": one.frozen_at.isoformat(),
    }


def set_name(dataset: str | None, part: DataPart = "all") -> str:
    """What the test set of a part of the data set, or of the test split, is called."""
    return part_name(dataset or TEST_SPLIT, part)


def measurable(store: Store, dataset: str | None, limit: int, part: DataPart = "all") -> list[Instruction]:
    """The rows of a part of the data set, or of the test split, that can be measured on: answered, and learned by no
    round."""
    with store.read() as cursor:
        return _measurable(cursor, dataset, limit, part)


def ensure_measurable(store: Store, dataset: str | None, part: DataPart = "all") -> None:
    """Raises CitingError where there is nothing to measure on."""
    if not measurable(store, dataset, 1, part):
        half = "" if part == "all" else f"the {part} part of "
        raise CitingError(f"There are no reference answers to measure on in {half}{dataset or 'the test split'}.")


def frozen(store: Store, dataset: str | None, items: int, part: DataPart = "all") -> Chosen:
    """A part of the test split, or of a data set's rows that no round learned, frozen as it is now; of these the first
    `items`.

    A list that has changed since it was last measured on is another test set of the same name. Raises CitingError
    where there are no rows.
    """
    ensure_measurable(store, dataset, part)
    with store.write() as cursor:
        rows = _measurable(cursor, dataset, _ALL, part)
        test_sets.freeze(cursor, set_name(dataset, part), [row.hash for row in rows], dataset)
    return _chosen(dataset, part, rows, items)


def unfrozen(store: Store, dataset: str | None, items: int, part: DataPart = "all") -> Chosen:
    """What `frozen` would choose, with nothing written: for an estimate, which measures nothing."""
    ensure_measurable(store, dataset, part)
    return _chosen(dataset, part, measurable(store, dataset, _ALL, part), items)


def _chosen(dataset: str | None, part: DataPart, rows: Sequence[Instruction], items: int) -> Chosen:
    return Chosen(test_sets.key_of([row.hash for row in rows]), set_name(dataset, part), tuple(rows[:items]))


def learned_by(store: Store, number: int, items: int) -> Chosen | None:
    """The first `items` of the rows that an SFT round learned, frozen; None where they are no longer known."""
    name = f"answers that round {number} learned"
    with store.write() as cursor:
        hashes = rounds.own_answers(cursor, number) or _once_frozen(cursor, number)
        if not hashes:
            return None
        key = test_sets.freeze(cursor, name, hashes, learned_by=number)
        ids = instructions.known_hashes(cursor, hashes[:items])
        rows = instructions.get(cursor, [ids[one] for one in hashes[:items] if one in ids])
    return Chosen(key, name, tuple(rows))


def _once_frozen(cursor: Cursor, number: int) -> list[str]:
    """What an SFT round learned, where its adapter was deleted since it was measured on."""
    found = next((one for one in test_sets.everything(cursor) if one.learned_by == number), None)
    return test_sets.hashes(cursor, found.hash) if found else []


def _measurable(cursor: Cursor, dataset: str | None, limit: int, part: DataPart) -> list[Instruction]:
    most = limit if part == "all" else _ALL
    if dataset:
        return rows_of(instructions.never_trained(cursor, dataset, most), part, limit)
    return rows_of(instructions.in_split(cursor, "test", most), part, limit)
