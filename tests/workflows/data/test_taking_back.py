"""Imports taken back, data sets renamed and deleted: just what came goes, and what is in use stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citing_app.errors import CitingError
from citing_app.method.identity import content_hash
from citing_app.store import candidates, figures, instructions, items, rubrics, test_sets
from citing_app.store.data_changes import CHANGES
from citing_app.store.database import Store
from citing_app.store.figures import Figure
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.workflows.data import datasets
from citing_app.workflows.data.importing import import_bundled, import_rows
from citing_app.workflows.data.taking_back import going, imports_view, take_back
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.leases import Leases
from tests.seeding import RUBRIC, count, pairs, request, waiting

TABLES = ("instructions", "drafts", "revisions", "items", "category_members", "accepted_answers", "assignments")
WHY = {"instruction": "Why?", "output": "So."}


@pytest.fixture
def imports(store: Store) -> Journal:
    return Journal(store.folder, "import")


def contents(store: Store) -> Mapping[str, Any]:
    """What a store holds, without the ids and times that it gives."""
    told = {
        "instructions": "hash, instruction, input, output, dataset, split, turns, row_id, metadata",
        "drafts": "hash, text, author",
        "revisions": "hash, text, author",
        "items": "state, dataset, author, category",
        "category_members": "category, sorted_by",
        "accepted_answers": "hash, text",
    }
    with store.read() as cursor:
        return {
            table: cursor.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()
            for table, columns in told.items()
        }


def back(store: Store, imports: Journal, number: int) -> Any:
    return asdict(take_back(store, imports, number, "ada"))


def known_rows(store: Store) -> None:
    """A data set to which other imports add: an answer, accepted answers, a pair and a category."""
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "Explaining something.")
    import_rows(store, [{"instruction": "Why?"}, {"instruction": "How?", "output": "Thus."}, *pairs(3)], "first")


ADDS = [
    {**WHY, "references": ["Because.", "So it is."], "category": "explaining"},
    {**pairs(1)[0], "draft": "Another draft.", "revision": "Another revision."},
    {"instruction": "New?", "output": "Yes.", "draft": "No.", "revision": "Yes."},
    *pairs(4),
]


def test_taking_back_undoes_just_what_came(store: Store, imports: Journal) -> None:
    known_rows(store)
    before = contents(store)
    report = import_rows(store, ADDS, "second")
    assert report.import_id == 2
    assert contents(store) != before
    assert back(store, imports, 2) == {"rows": 2, "drafts": 6, "answers": 1, "replaced": 0}
    assert contents(store) == before
    again = import_rows(store, ADDS, "second")
    assert (again.import_id, again.imported, again.updated) == (3, report.imported, report.updated)


def test_vectors_and_assignments_go_with_their_last_text(store: Store, imports: Journal) -> None:
    import_rows(store, [WHY], "first")
    import_rows(store, [{**WHY, "input": "Other."}, {"instruction": "Gone?"}], "second")
    with store.write() as cursor:
        ids = list(instructions.known_hashes(cursor, instructions.train_hashes(cursor, False)).values())
        every = [row[0] for row in cursor.execute("SELECT id FROM instructions").fetchall()]
        instructions.add_embeddings(cursor, "m", every, np.ones((len(every), 2), dtype=np.float32))
    assert ids
    assert count(store, "embeddings") == 2
    back(store, imports, 2)
    assert count(store, "embeddings") == 1


def test_what_a_model_drafted_goes_too_and_nothing_drafts_what_is_gone(store: Store, imports: Journal) -> None:
    import_rows(store, pairs(1), "set")
    with store.write() as cursor:
        (row,) = instructions.without_draft(cursor, "base", 9)
        assert items.add_draft(cursor, row, "A draft.", "base", None)
    assert back(store, imports, 1)["drafts"] == 2
    assert {count(store, table) for table in TABLES} == {0}
    with store.write() as cursor:
        assert items.add_draft(cursor, row, "A late draft.", "base", None) is None


def test_a_decision_keeps_the_import_and_is_named(store: Store, journal: Journal, imports: Journal) -> None:
    import_rows(store, pairs(3), "set")
    one, two, _ = waiting(store)
    decide(store, journal, Leases(), request(one, "accept"))
    decide(store, journal, Leases(), request(two, "skip"))
    before = contents(store)
    for refused in (lambda: take_back(store, imports, 1, "ada"), lambda: datasets.delete(store, imports, "set", "ada")):
        with pytest.raises(CitingError, match=r"stays, since it is in use · decided: 2 \(“Question \d+\?”, “Quest"):
            refused()
    assert contents(store) == before
    assert [view["is_left"] for view in imports_view(store)] == [True]


def test_of_a_decided_item_a_later_pair_can_be_taken_back(store: Store, journal: Journal, imports: Journal) -> None:
    import_rows(store, pairs(1), "set")
    decide(store, journal, Leases(), request(waiting(store)[0], "accept"))
    import_rows(store, [{**pairs(1)[0], "draft": "Another.", "revision": "Other."}], "set")
    assert back(store, imports, 2) == {"rows": 0, "drafts": 1, "answers": 0, "replaced": 0}
    assert count(store, "items") == 1


def test_what_was_learned_answered_or_measured_stays(store: Store, imports: Journal) -> None:
    import_rows(store, [WHY], "set")
    hash = content_hash("Why?", "")

    def learned(cursor: Any) -> None:
        cursor.execute("INSERT INTO round_answers (round, hash) VALUES (1, ?)", [hash])

    def sampled(cursor: Any) -> None:
        candidates.add(cursor, [candidates.Candidate("k", "m", None, hash, "p", "greedy", 1, 1, "So.", False)])

    def measured(cursor: Any) -> None:
        test_sets.freeze(cursor, "set", [hash, "another"], "set")
        figures.add(cursor, [Figure("m", "another", None, "draft", "loss", "", 1.0)])

    for use, told in (
        (learned, "learned by a round: 1"),
        (sampled, "answered by a model"),
        (measured, "in a test set"),
    ):
        with store.write() as cursor:
            use(cursor)
        with pytest.raises(CitingError, match=rf"{told}.*“Why\?”"):
            going(store, 1)


def test_a_later_import_is_taken_back_first(store: Store, imports: Journal) -> None:
    import_rows(store, [{"instruction": "Why?"}], "first")
    import_rows(store, [WHY], "second")
    with pytest.raises(CitingError, match="Import 2 added to what import 1 brought; take that one back first"):
        take_back(store, imports, 1, "ada")
    back(store, imports, 2)
    back(store, imports, 1)
    assert count(store, "instructions") == 0
    for number, told in ((1, "is taken back already"), (3, "There is no import 3")):
        with pytest.raises(CitingError, match=told):
            take_back(store, imports, number, "ada")


def test_the_bundled_curriculum_stays(store: Store, imports: Journal) -> None:
    import_bundled(store)
    for refused in (
        lambda: take_back(store, imports, 1, "ada"),
        lambda: datasets.rename(store, imports, "bundled", "mine", "ada"),
        lambda: datasets.delete(store, imports, "bundled", "ada"),
    ):
        with pytest.raises(CitingError, match="bundled"):
            refused()
    assert import_bundled(store).import_id is None  # nothing new is no import


ROWS = [{"id": str(n), "instruction": f"Question {n}?", "output": f"Answer {n}."} for n in range(6)]


def test_an_update_replaces_by_id_and_can_be_taken_back(store: Store, imports: Journal) -> None:
    import_rows(store, ROWS, "set")
    before = contents(store)
    newer = [{**ROWS[0], "instruction": "Another question?"}, {**ROWS[1], "output": "Better."}, {"id": "2", **WHY}]
    assert import_rows(store, newer, "set").updated == 0  # without --update an id says nothing
    back(store, imports, 2)
    report = import_rows(store, [*newer, ROWS[4], {"id": "9", "instruction": "New?"}], "set", update=True)
    assert (report.imported, report.updated, report.duplicates, len(report.rejected)) == (1, 3, 1, 0)
    with store.read() as cursor:
        rows = cursor.execute("SELECT row_id, instruction, output FROM instructions ORDER BY row_id").fetchall()
    assert rows[:3] == [("0", "Another question?", "Answer 0."), ("1", "Question 1?", "Better."), ("2", "Why?", "So.")]
    assert back(store, imports, 3) == {"rows": 1, "drafts": 0, "answers": 0, "replaced": 3}
    assert contents(store) == before


def test_an_update_of_an_answer_keeps_the_pairs_that_came_and_not_what_a_student_drafted(
    store: Store, imports: Journal
) -> None:
    rows = [{"id": "0", **pairs(1)[0]}]
    import_rows(store, rows, "set")
    before = contents(store)
    with store.write() as cursor:
        (row,) = instructions.without_draft(cursor, "base", 9)
        items.add_draft(cursor, row, "A draft.", "base", None)
    assert import_rows(store, [{**rows[0], "output": "Better."}], "set", update=True).updated == 1
    assert count(store, "items") == 1
    back(store, imports, 2)
    assert contents(store) == before


def test_an_update_leaves_what_is_in_use_and_what_is_ambiguous(
    store: Store, journal: Journal, imports: Journal
) -> None:
    rows = [{"id": str(n), **row} for n, row in enumerate(pairs(3))]
    import_rows(store, [*rows, {"id": "2", "instruction": "Twice?"}], "set")
    decide(store, journal, Leases(), request(waiting(store)[0], "reject"))
    newer = [
        {"id": "0", **WHY},
        {"id": "1", "instruction": rows[2]["instruction"]},
        {"id": "1", "instruction": "One?"},
        {"id": "2", "instruction": "Two?"},
    ]
    before = contents(store)
    report = import_rows(store, newer, "set", update=True)
    assert [(one.row, one.reason.split(";")[0]) for one in report.rejected] == [
        (1, "the row with the id 0 was decided on, learned or measured"),
        (2, "the row with the id 1 would ask what another row asks"),
        (3, "an earlier row has the id 1, too"),
        (4, "several rows of the data set have the id 2"),
    ]
    assert report.read == len(report.rejected)
    assert contents(store) == before


def test_a_held_out_row_stays_held_out_when_it_is_replaced(store: Store) -> None:
    import_rows(store, ROWS, "set", held_out=True)
    import_rows(store, [{**row, "instruction": f"{row['instruction']} Why?"} for row in ROWS], "set", update=True)
    with store.read() as cursor:
        assert instructions.datasets(cursor) == [("set", 0, 0, 6)]


def test_a_renamed_data_set_takes_all_with_it(store: Store, imports: Journal) -> None:
    known_rows(store)
    import_rows(store, ADDS, "second")
    with store.write() as cursor:
        test_sets.freeze(cursor, "second · dev", [content_hash("Why?", "")], "second")
        by_people = instructions.sorted_by_people(cursor)
    assert datasets.rename(store, imports, "second", " third ", "ada") == "third"
    with store.read() as cursor:
        assert [name for name, *_ in instructions.datasets(cursor)] == ["first", "third"]
        assert [(one.name, one.dataset) for one in test_sets.everything(cursor)] == [("third · dev", "third")]
        assert instructions.sorted_by_people(cursor) == by_people
    assert [view["dataset"] for view in imports_view(store)] == ["third", "first"]
    for name, told in (
        ("first", "already"),
        ("bundled", "comes with the app"),
        (" ", "printable"),
        ("x" * 101, "at most 100"),
    ):
        with pytest.raises(CitingError, match=told):
            datasets.rename(store, imports, "third", name, "ada")
    with pytest.raises(CitingError, match="There is no data set second"):
        datasets.rename(store, imports, "second", "fourth", "ada")


def test_a_deleted_data_set_is_gone_and_its_imports_with_it(store: Store, imports: Journal) -> None:
    import_rows(store, pairs(3), "set")
    assert asdict(datasets.delete(store, imports, "set", "ada")) == {
        "rows": 3,
        "drafts": 3,
        "answers": 0,
        "replaced": 0,
    }
    assert {count(store, table) for table in TABLES} == {0}
    with pytest.raises(CitingError, match="Nothing of import 1 is there any more"):
        take_back(store, imports, 1, "ada")
    assert import_rows(store, pairs(3), "set").imported == 3


def test_a_recovery_knows_imports_and_the_names_of_data_sets(
    store: Store, journal: Journal, imports: Journal, tmp_path: Path
) -> None:
    """The database is lost after a data set was renamed and another one came under its old name."""
    import_rows(store, pairs(2), "set", by="ada", journal=imports, file="pairs.jsonl")
    decide(store, journal, Leases(), request(waiting(store)[0], "accept"))
    datasets.rename(store, imports, "set", "older", "ada")
    import_rows(store, pairs(4), "set", by="bob", journal=imports)
    decide(store, journal, Leases(), request(waiting(store)[-1], "accept"))
    import_rows(store, [WHY], "mistake", journal=imports)
    back(store, imports, 3)
    lines = [json.loads(line) for line in imports.path.read_text(encoding="utf-8").splitlines()]
    assert [line["kind"] for line in lines] == ["import", "rename", "import", "import", "take back"]
    assert {name: lines[0][name] for name in ("file", "dataset", "by", "import")} == {
        "file": "pairs.jsonl",
        "dataset": "set",
        "by": "ada",
        "import": 1,
    }
    with Store(tmp_path / "new") as empty:
        assert reconcile(empty, imports, CHANGES) == (5, 0)
        assert reconcile(empty, journal, DECISIONS) == (2, 0)
        with empty.read() as cursor:
            assert [name for name, *_ in instructions.datasets(cursor)] == ["older", "set"]
        told = [(view["number"], view["dataset"], bool(view["taken_back_at"])) for view in imports_view(empty)]
        assert told == [(3, "mistake", True), (2, "set", False), (1, "older", False)]
        assert import_rows(empty, [WHY], "new").import_id == 4


def test_a_store_that_lost_what_was_done_does_it_again(store: Store, imports: Journal, tmp_path: Path) -> None:
    """The database is an older copy: rows that were taken back since, and a name that was given since."""
    for name in ("one", "two", "three"):
        import_rows(store, pairs(2, name=name), name, journal=imports)
    with Store(tmp_path / "older") as older:
        for name in ("one", "two", "three"):
            import_rows(older, pairs(2, name=name), name)
        with older.write() as cursor, store.read() as source:
            rows = source.execute("SELECT id, kind, detail, changed_by, changed_at FROM data_changes").fetchall()
            cursor.execute("DELETE FROM data_changes")
            for row in rows:
                cursor.execute(
                    "INSERT INTO data_changes (id, kind, detail, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)", row
                )
        back(store, imports, 1)
        datasets.rename(store, imports, "two", "zwei", "ada")
        datasets.delete(store, imports, "three", "ada")
        reconcile(older, imports, CHANGES)
        assert contents(older) == contents(store)
