"""Pairs added many at once: the rows that adding them one by one would have written."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from citing_app.method.diff import changed_share
from citing_app.store import instructions, items, pairs, revisions, rubrics
from citing_app.store.database import Cursor, Store
from citing_app.store.pairs import NewPair
from citing_app.store.revisions import NewRevision
from citing_app.types import Assignment, Edit, Example, Instruction
from tests.seeding import NASTY, RUBRIC, count, instructions_in

EVERYTHING = {
    "drafts": "SELECT * EXCLUDE (drafted_at) FROM drafts ORDER BY item_id",
    "revisions": "SELECT * EXCLUDE (revised_at) FROM revisions ORDER BY id",
    "items": "SELECT * FROM items ORDER BY id",
}


def stored_instructions(cursor: Cursor) -> list[Instruction]:
    """Twelve instructions of the train split and three of validation; some are members, some assigned, some neither."""
    texts = [*itertools.islice(instructions_in("train"), 12), *itertools.islice(instructions_in("validation"), 3)]
    instructions.add(cursor, [Example(text) for text in texts], "set")
    ids = [row[0] for row in cursor.execute("SELECT id FROM instructions ORDER BY id").fetchall()]
    rubrics.add(cursor, RUBRIC, "")
    rubrics.add_members(cursor, dict.fromkeys(ids[:2], RUBRIC.category), "a teacher")
    instructions.replace_assignments(cursor, [(ids[3], Assignment(RUBRIC.category, 0.5, None, 0.0))])
    cursor.execute("INSERT INTO overlap_shares VALUES ('set', 0.5, 3)")
    return instructions.get(cursor, ids)


def pair(instruction: Instruction, **other: Any) -> NewPair:
    draft, revision = f"{NASTY} bad {instruction.id}", f"{NASTY} good {instruction.id}"
    edits = (Edit("bad", "good", "Short"), Edit("x", "x", "Accurate"), Edit("y", "y")) if instruction.id % 2 else ()
    given = {"draft": draft, "draft_author": "base", "revision": revision, "revision_author": "a teacher"} | other
    size = changed_share(given["draft"], given["revision"])
    return NewPair(instruction, **given, edits=edits, edit_size=size)


def one_by_one(cursor: Cursor, given: list[NewPair]) -> None:
    for new in given:
        item_id = items.add_draft(cursor, new.instruction, new.draft, new.draft_author, None)
        assert item_id is not None
        revisions.add(cursor, [NewRevision(item_id, new.revision, new.revision_author, new.edits)])


def test_many_at_once_are_the_rows_that_one_by_one_would_be(store: Store, tmp_path: Path) -> None:
    with Store(tmp_path / "other") as other, store.write() as at_once, other.write() as singly:
        given = [pair(instruction) for instruction in stored_instructions(at_once)]
        given.append(pair(given[0].instruction, draft=""))
        assert stored_instructions(singly) == [new.instruction for new in given[:-1]]
        assert pairs.add(at_once, given) == [True] * len(given)
        one_by_one(singly, given)
        for table, query in EVERYTHING.items():
            found = at_once.execute(query).fetchall()
            assert found == singly.execute(query).fetchall(), table
            assert len(found) == 16
        assert {row[0] for row in at_once.execute("SELECT DISTINCT slots FROM items").fetchall()} == {1, 3}


def test_a_draft_that_is_known_or_comes_twice_is_added_once(store: Store) -> None:
    with store.write() as cursor:
        first, second, third, *_ = stored_instructions(cursor)
        assert pairs.add(cursor, []) == []
        assert pairs.add(cursor, [pair(first)]) == [True]
        again = [pair(second), pair(first, revision="Another."), pair(second), pair(second, draft_author="b")]
        assert pairs.add(cursor, [*again, pair(third)]) == [True, False, False, True, True]
    assert (count(store, "items"), count(store, "drafts"), count(store, "revisions")) == (4, 4, 4)


def test_what_comes_after_goes_on_counting(store: Store) -> None:
    with store.write() as cursor:
        first, second, third, *_ = stored_instructions(cursor)
        pairs.add(cursor, [pair(first), pair(second)])
        item_id = items.add_draft(cursor, third, "A draft.", "base", None)
        assert item_id == 3
        assert revisions.add(cursor, [NewRevision(item_id, "A revision.", "a teacher")])[0] == 3
