"""Export: items in three formats and five shapes, which come back as nothing new."""

from __future__ import annotations

import csv
import itertools
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from citing_app.errors import CitingError
from citing_app.method.cells import cell
from citing_app.method.identity import content_hash, split_of
from citing_app.method.prompts import task_text
from citing_app.store import exports, instructions, rubrics
from citing_app.store.database import Store
from citing_app.store.exports import Shape, Which
from citing_app.store.journal import Journal
from citing_app.types import Assignment, Task
from citing_app.workflows.data.exporting import FORMATS, SHAPES, Exported, export
from citing_app.workflows.data.importing import import_file, import_rows
from citing_app.workflows.data.reading import read_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.exporting_data import Export
from tests.seeding import NASTY, RUBRIC, count, pairs, request, seed, waiting

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1+1", "''-1", "'plain'", "- a list", "'"]
TABLES = ("instructions", "drafts", "revisions", "items", "category_members")
ORIGIN = ("category", "rubric_version", "annotator", "teacher", "round")


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [dict(row) for row in read_rows(path) if isinstance(row, dict)]


def with_input(row: dict[str, Any], input: str) -> dict[str, Any]:
    """The row with this input, and an instruction with which it still falls into the train split."""
    texts = (f"{row['instruction']} {number}\n" for number in itertools.count())
    text = next(text for text in texts if split_of(content_hash(text, input)) == "train")
    return row | {"instruction": text, "input": input}


def assign_all(store: Store) -> None:
    """A rubric for every instruction, which nobody sorted it into."""
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
        ids = [row[0] for row in cursor.execute("SELECT id FROM instructions").fetchall()]
        found = Assignment(RUBRIC.category, 0.5, None, 0.0)
        instructions.replace_assignments(cursor, [(instruction_id, found) for instruction_id in ids])


@pytest.mark.parametrize("shape", SHAPES)
def test_an_own_export_imports_as_nothing_new(store: Store, journal: Journal, tmp_path: Path, shape: Shape) -> None:
    rows = pairs(5 + len(FORMULAS))
    rows[0] = with_input(rows[0], f"\u3000input {NASTY}\n\n") | {"draft": NASTY, "revision": f"{NASTY}!"}
    rows[3] |= {"draft": ""}
    rows[4] |= {"draft": "two\r\nlines\n", "revision": "二\n行。\r"}
    rows[5:] = [
        with_input(row, formula) | {"draft": formula, "revision": f"{formula} revised", "output": formula}
        for row, formula in zip(rows[5:], FORMULAS, strict=True)
    ]
    rows += pairs(1, name="=Formula")
    import_rows(store, rows, "=set")
    assign_all(store)
    _, second, third, *_ = waiting(store)
    decide(store, journal, Leases(), request(second, "edit", final_text=f"Edited {NASTY}"))
    decide(store, journal, Leases(), request(third, "reject"))
    accepted = accept_pending(store, journal, "ada") + 1
    before = [count(store, table) for table in TABLES]
    for ending in FORMATS:
        path = tmp_path / f"accepted{ending}"
        assert export(store, path, shape) == Exported(accepted, accepted) == Exported(len(rows) - 1, len(rows) - 1)
        assert {str(row["rubric_version"]) for row in rows_of(path)} == {"1"}
        report = import_file(store, path)
        assert (report.read, report.imported, report.duplicates, report.rejected) == (accepted, 0, accepted, ())
        assert report.revisions == 0
        assert [count(store, table) for table in TABLES] == before


@pytest.mark.parametrize("ending", FORMATS)
def test_a_full_export_brings_everything_to_a_new_store(
    store: Store, journal: Journal, tmp_path: Path, ending: str
) -> None:
    rows = pairs(len(FORMULAS))
    for row, formula in zip(rows, FORMULAS, strict=True):
        row |= {"draft": formula, "revision": f"{formula} {NASTY}"}
    import_rows(store, rows, "set")
    accept_pending(store, journal, "ada")
    path = tmp_path / f"accepted{ending}"
    export(store, path)
    with Store(tmp_path / "other") as other:
        report = import_file(other, path)
        assert (report.imported, report.revisions) == (len(rows), len(rows))
        assert [(found.draft, found.revision) for found in waiting(other)] == [
            (row["draft"], row["revision"]) for row in rows
        ]


@pytest.mark.parametrize(
    ("shape", "ending"), [("alpaca", ".csv"), ("prompt-completion", ".jsonl"), ("preference", ".parquet")]
)
def test_a_trainers_shape_brings_tasks_and_accepted_answers_to_a_new_store(
    store: Store, journal: Journal, tmp_path: Path, shape: Shape, ending: str
) -> None:
    (row,) = pairs(1)
    row = with_input(row, NASTY) | {"revision": "=The answer."}
    import_rows(store, [row], "set")
    accept_pending(store, journal, "ada")
    export(store, tmp_path / f"rows{ending}", shape)
    with Store(tmp_path / "other") as other, other.read() as cursor:
        import_file(other, tmp_path / f"rows{ending}")
        (found,) = instructions.get(cursor, [1])
        assert (found.text, found.input, found.output) == (row["instruction"], NASTY, "=The answer.")
        assert count(other, "items") == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_every_format_holds_the_same_rows(store: Store, journal: Journal, tmp_path: Path, shape: Shape) -> None:
    first, second, third = seed(store, 3)
    assign_all(store)
    decide(store, journal, Leases(), request(first, "accept"))
    decide(store, journal, Leases(), request(third, "accept"))
    decide(store, journal, Leases(), request(second, "edit", "bob", final_text="Mine."))
    for ending in FORMATS:
        export(store, tmp_path / f"rows{ending}", shape)
    from_jsonl, from_parquet, from_csv = (rows_of(tmp_path / f"rows{ending}") for ending in FORMATS)
    assert from_jsonl == from_parquet
    assert from_csv == [{name: cell(value) for name, value in row.items()} for row in from_jsonl]
    assert [row["instruction"] for row in from_jsonl] == [item.instruction.text for item in (first, third, second)]
    assert set(ORIGIN) | {"instruction", "input"} <= set(from_jsonl[0])
    assert [tuple(row[name] for name in ORIGIN) for row in from_jsonl] == [
        ("explaining", 1, "ada", "seeded", None),
        ("explaining", 1, "ada", "seeded", None),
        ("explaining", 1, "bob", "seeded", None),
    ]


def test_each_shape_holds_what_its_readers_look_for(store: Store, journal: Journal, tmp_path: Path) -> None:
    (row,) = pairs(1)
    row = with_input(row, "Some input.")
    import_rows(store, [row], "set")
    (found,) = waiting(store)
    decide(store, journal, Leases(), request(found, "edit", "bob", final_text="Mine."))
    held = {}
    for shape in SHAPES:
        export(store, tmp_path / "rows.jsonl", shape)
        (held[shape],) = rows_of(tmp_path / "rows.jsonl")
        assert tuple(held[shape]) == exports.columns(shape)
    full = held["full"]
    assert (full["output"], full["draft"], full["draft_author"]) == ("Reference 0.", "Draft 0 is bad.", "set")
    assert (full["revision"], full["revision_author"], full["teacher"]) == ("Mine.", "bob", "set")
    assert datetime.fromisoformat(full["decided_at"]).tzinfo is not None
    assert held["alpaca"]["output"] == held["prompt-completion"]["completion"] == "Mine."
    prompt = f"{row['instruction'].strip()}\n\nSome input."
    assert held["prompt-completion"]["prompt"] == held["preference"]["prompt"] == prompt
    assert (held["preference"]["chosen"], held["preference"]["rejected"]) == ("Mine.", "Draft 0 is bad.")


def test_a_draft_of_a_round_names_it(store: Store, journal: Journal, tmp_path: Path) -> None:
    seed(store, 1)
    with store.write() as cursor:
        cursor.execute("UPDATE drafts SET round = 3")
    accept_pending(store, journal, "ada")
    for ending in FORMATS:
        export(store, tmp_path / f"rows{ending}", "alpaca")
        assert [str(row["round"]) for row in rows_of(tmp_path / f"rows{ending}")] == ["3"]


@pytest.mark.parametrize("input", ["", " \x1f\u3000\n", f" {NASTY} ", "\x85in\u2028put\xa0", "'quoted'"])
def test_the_prompt_is_what_a_student_is_asked(store: Store, journal: Journal, tmp_path: Path, input: str) -> None:
    (row,) = pairs(1)
    import_rows(store, [with_input(row | {"instruction": f"\x1c\t{row['instruction']}"}, input)], "set")
    accept_pending(store, journal, "ada")
    export(store, tmp_path / "rows.parquet", "prompt-completion")
    (found,) = rows_of(tmp_path / "rows.parquet")
    assert found["prompt"] == task_text(Task(found["instruction"], found["input"]))
    assert found["input"] == input


@pytest.mark.parametrize("ending", FORMATS)
def test_what_prefers_nothing_is_left_out_of_preferences_and_counted(
    store: Store, journal: Journal, tmp_path: Path, ending: str
) -> None:
    same, empty, *others = pairs(4)
    import_rows(store, [same | {"revision": same["draft"]}, empty | {"draft": ""}, *others], "set")
    first, *_ = waiting(store)
    accept_pending(store, journal, "ada")
    path = tmp_path / f"rows{ending}"
    assert export(store, path, "preference") == Exported(3, 3, unchanged=1)
    assert [row["rejected"] for row in rows_of(path)] == ["", others[0]["draft"], others[1]["draft"]]
    assert first.instruction.text not in {row["instruction"] for row in rows_of(path)}
    assert export(store, path, "alpaca") == Exported(4, 4)
    told = "3 accepted revisions · 1 left out because the revision equals its draft"
    assert str(Exported(3, 3, unchanged=1)) == told


def test_rows_come_in_batches_in_the_order_they_were_decided(store: Store, journal: Journal) -> None:
    found = seed(store, 5)
    for item in reversed(found):
        decide(store, journal, Leases(), request(item, "accept"))
    with store.read() as cursor:
        batches = list(exports.batches(cursor, exports.held(cursor, Which(), "alpaca"), size=2))
    assert [len(rows) for rows in batches] == [2, 2, 1]
    assert [row[0] for rows in batches for row in rows] == [item.instruction.text for item in reversed(found)]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_cell_of_a_csv_for_excel_starts_as_a_formula(
    store: Store, journal: Journal, tmp_path: Path, shape: Shape
) -> None:
    rows = pairs(len(FORMULAS), name="=Question")
    for row, formula in zip(rows, FORMULAS, strict=True):
        row |= {"draft": formula, "revision": f"{formula} revised"}
    import_rows(store, rows, "=cmd()")
    accept_pending(store, journal, "@ada")
    export(store, tmp_path / "rows.csv", shape, for_excel=True)
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {"'=cmd()", "'@ada", f"'{rows[0]['instruction']}"} <= set(cells)


def test_what_is_undone_or_rejected_is_not_exported(store: Store, journal: Journal, tmp_path: Path) -> None:
    first, second, _ = seed(store, 3)
    decide(store, journal, Leases(), request(first, "accept"))
    undo(store, journal, "ada", "undo-1")
    decide(store, journal, Leases(), request(second, "reject"))
    for ending in FORMATS:
        path = tmp_path / f"none{ending}"
        assert export(store, path) == Exported(0, 0)
    assert (tmp_path / "none.jsonl").read_bytes() == b""
    (names,) = (tmp_path / "none.csv").read_text(encoding="utf-8").splitlines()
    assert tuple(names.split(",")) == exports.columns("full")
    found = duckdb.read_parquet(str(tmp_path / "none.parquet")).columns
    assert tuple(found) == exports.columns("full")


@pytest.mark.parametrize("ending", FORMATS)
def test_a_place_that_cannot_be_written_is_one_sentence_and_leaves_nothing(
    store: Store, tmp_path: Path, ending: str
) -> None:
    seed(store, 1)
    before = sorted(store.folder.iterdir())
    with pytest.raises(CitingError, match="cannot be written: No such file or directory"):
        export(store, tmp_path / "nowhere" / f"rows{ending}")
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(CitingError, match="cannot be written"):
        export(store, tmp_path / f"folder{ending}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", f"folder{ending}"]
    assert sorted(store.folder.iterdir()) == before


@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_into_the_data_folder_leaves_one_file_there(store: Store, journal: Journal, ending: str) -> None:
    seed(store, 1)
    accept_pending(store, journal, "ada")
    before = set(store.folder.iterdir())
    export(store, store.folder / f"rows{ending}")
    assert set(store.folder.iterdir()) - before == {store.folder / f"rows{ending}"}
    assert len(rows_of(store.folder / f"rows{ending}")) == 1


def test_another_ending_or_shape_is_refused_and_an_older_file_is_replaced_whole(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(CitingError, match=r"ending in \.jsonl, \.parquet, \.csv, \.zip"):
        export(store, tmp_path / "rows.xlsx")
    with pytest.raises(CitingError, match="full, messages, alpaca, prompt-completion and preference"):
        Export.of({"shape": "sharegpt"})
    path = tmp_path / "it's.JSONL"
    path.write_text("older\n" * 100)
    seed(store, 1)
    accept_pending(store, journal, "ada")
    assert export(store, path) == Exported(1, 1)
    assert [json.loads(line)["draft"] for line in path.read_text().splitlines()] == ["Draft 0 is bad."]
    assert export(store, tmp_path / "it's.parquet") == Exported(1, 1)
