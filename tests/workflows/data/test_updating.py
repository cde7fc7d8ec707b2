"""An answer that a file brings later: it fills an empty one, and changes nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from citing_app.store import instructions
from citing_app.store.database import Store
from citing_app.store.exports import Shape
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.types import Instruction
from citing_app.workflows.data.exporting import SHAPES, export
from citing_app.workflows.data.importing import import_file, import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.leases import Leases
from tests.seeding import instructions_in, item, pairs, request, waiting


def stored(store: Store) -> list[Instruction]:
    with store.read() as cursor:
        return instructions.get(
            cursor, [row[0] for row in cursor.execute("SELECT id FROM instructions ORDER BY id").fetchall()]
        )


@pytest.mark.parametrize("empty", [{}, {"output": ""}, {"output": " \n"}, {"output": None}])
def test_an_empty_answer_is_filled_and_a_filled_one_stays(store: Store, empty: dict[str, str | None]) -> None:
    first = import_rows(store, [{"instruction": "Why?"} | empty, {"instruction": "Who?", "output": "She."}], "one")
    assert (first.imported, first.without_answer) == (2, 1)
    before = stored(store)
    rows = [{"instruction": "  Why? ", "response": "So."}, {"instruction": "Who?", "output": "He."}]
    second = import_rows(store, rows, "two")
    assert (second.read, second.imported, second.updated, second.duplicates) == (2, 0, 1, 1)
    assert [row.output for row in stored(store)] == ["So.", "She."]
    assert [(row.id, row.hash, row.text, row.dataset, row.split) for row in stored(store)] == [
        (row.id, row.hash, row.text, row.dataset, row.split) for row in before
    ]
    third = import_rows(store, rows, "three")
    assert (third.updated, third.duplicates) == (0, 2)


def test_an_answer_stored_as_white_space_counts_as_empty(store: Store) -> None:
    import_rows(store, [{"instruction": "Why?"}], "one")
    with store.write() as cursor:
        cursor.execute("UPDATE instructions SET output = ?", [" \n"])
    assert import_rows(store, [{"instruction": "Why?", "output": "So."}], "two").updated == 1
    assert [row.output for row in stored(store)] == ["So."]


def test_within_one_file_it_is_as_in_two(store: Store) -> None:
    rows = [{"instruction": "Why?"}, {"instruction": "Why?", "answer": "So."}, {"instruction": "Why?", "answer": "No."}]
    report = import_rows(store, rows, "set")
    assert (report.read, report.imported, report.updated, report.duplicates) == (3, 1, 1, 1)
    assert report.without_answer == 1
    assert [row.output for row in stored(store)] == ["So."]


def test_a_row_that_brings_an_answer_and_a_pair_counts_once(store: Store) -> None:
    (row,) = pairs(1)
    import_rows(store, [{"instruction": row["instruction"]}], "one")
    report = import_rows(store, [row], "two")
    assert (report.imported, report.updated, report.duplicates, report.revisions) == (1, 0, 0, 1)
    assert [one.output for one in stored(store)] == [row["output"]]


def test_what_was_drafted_and_decided_stays(store: Store, journal: Journal) -> None:
    rows = [{key: row[key] for key in ("instruction", "draft", "revision")} for row in pairs(2)]
    import_rows(store, rows, "one")
    first, second = waiting(store)
    decide(store, journal, Leases(), request(first, "accept"))
    before = [item(store, found.id) for found in (first, second)]
    answers = [{"instruction": row["instruction"], "output": "So."} for row in rows]
    assert import_rows(store, answers, "two").updated == 2
    after = [item(store, found.id) for found in (first, second)]
    for old, new in zip(before, after, strict=True):
        assert (old.version, old.state, old.draft, old.revision, old.final_text) == (
            new.version,
            new.state,
            new.draft,
            new.revision,
            new.final_text,
        )
        assert new.instruction.output == "So."


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_an_answer_to_measure_on_fills_no_row_that_is_learned(store: Store, tmp_path: Path, split: str) -> None:
    text = next(instructions_in(split))  # type: ignore[arg-type]
    import_rows(store, [{"instruction": text}], "one")
    report = import_rows(store, [{"instruction": text, "output": "So."}], "two", held_out=True)
    assert (report.updated, report.duplicates) == ((1, 0) if split == "test" else (0, 1))
    assert [row.output for row in stored(store)] == ["So." if split == "test" else ""]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_own_export_makes_no_reference_answer_of_an_accepted_one(
    store: Store, journal: Journal, tmp_path: Path, shape: Shape
) -> None:
    import_rows(store, [{key: row[key] for key in ("instruction", "draft", "revision")} for row in pairs(2)], "set")
    accept_pending(store, journal, "ada")
    for ending in (".jsonl", ".parquet", ".csv"):
        export(store, tmp_path / f"rows{ending}", shape)
        report = import_file(store, tmp_path / f"rows{ending}")
        assert (report.imported, report.updated, report.duplicates) == (0, 0, 2)
    assert [row.output for row in stored(store)] == ["", ""]


def test_the_journal_brings_back_the_answer_that_came_later(store: Store, journal: Journal, tmp_path: Path) -> None:
    (row,) = pairs(1)
    asked = {key: row[key] for key in ("instruction", "draft", "revision")}
    import_rows(store, [asked, asked | {"draft": "Another."}], "one")
    first, second = waiting(store)
    decide(store, journal, Leases(), request(first, "accept"))
    import_rows(store, [{"instruction": row["instruction"], "output": "So."}], "two")
    decide(store, journal, Leases(), request(item(store, second.id), "accept"))
    with Store(tmp_path / "other") as other:
        reconcile(other, journal, DECISIONS)
        assert [one.output for one in stored(other)] == ["So."]
