"""Several accepted answers to one instruction: read from every shape, kept, filled in later, and exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.method.identity import content_hash
from citing_app.store import accepted_answers
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.data.exporting import FORMATS, export
from citing_app.workflows.data.importing import import_file, import_rows
from citing_app.workflows.data.rows import to_example
from tests.seeding import accept_pending, count, pairs

SAY = {"role": "assistant", "content": "So."}
WHY = {"instruction": "Why?", "input": "", "output": "So.", "references": ["So.", "Or so."]}
ALL = ("So.", "Or so.")


def accepted(store: Store, instruction: str = "Why?") -> tuple[str, ...]:
    hash = content_hash(instruction, "")
    with store.read() as cursor:
        return accepted_answers.accepted(cursor, [hash, "unknown"]).get(hash, ())


@pytest.mark.parametrize(
    ("row", "output", "references", "kept"),
    [
        ({"references": ["So.", "Or so.", "Or so.", " ", None]}, "So.", ("Or so.",), ()),
        ({"output": "So.", "references": ["So.", "Or so."]}, "So.", ("Or so.",), ()),
        ({"output": "So.", "answers": ["a"], "targets": ["b", "a"]}, "So.", ("a", "b"), ()),
        ({"answer": ["So.", 42]}, "So.", ("42",), ()),
        ({"answers": {"text": ["So.", "Or so."], "answer_start": [1, 2]}}, "So.", ("Or so.",), ()),
        ({"answers": '{"text": ["So.", "Or so."]}'}, "So.", ("Or so.",), ()),
        ({"references": '["So.", "天"]'}, "So.", ("天",), ()),
        ({"answers": [["So.", ["Or so."]], [{"text": "x"}]]}, "So.", ("Or so.", "x"), ()),
        ({"answer": {"value": "So.", "aliases": ["Or so."]}}, "So.", ("Or so.",), ()),
        ({"messages": [{"role": "user", "content": "Why?"}, SAY], "references": ["Or so."]}, "So.", ("Or so.",), ()),
        ({"completion": [SAY], "references": ["Or so."]}, "So.", ("Or so.",), ()),
        ({"output": "So."}, "So.", (), ()),
        ({"output": '["So.", "is"]'}, '["So.", "is"]', (), ()),
        ({"output": "So.", "references": "Or so."}, "So.", (), ("references",)),
        ({"output": "So.", "outputs": ["what a model wrote"]}, "So.", (), ("outputs",)),
        ({"output": "So.", "answers": [[SAY]]}, "So.", (), ("answers",)),
        ({"output": "", "references": []}, "", (), ()),
    ],
)
def test_accepted_answers_come_out_of_every_shape(
    row: dict[str, Any], output: str, references: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    example = to_example({"instruction": "Why?", **row} if "messages" not in row else row)
    assert (example.output, example.references, tuple(example.metadata)) == (output, references, kept)


def test_an_accepted_answer_that_is_no_text_turns_the_row_down() -> None:
    with pytest.raises(CitingError, match="references holds a character that is no text"):
        to_example({"instruction": "Why?", "output": "So.", "references": ["a\x00"]})


def test_accepted_answers_are_kept_in_order_and_coming_again_changes_nothing(store: Store) -> None:
    assert import_rows(store, [WHY], "set").imported == 1
    assert accepted(store) == ALL
    again = import_rows(store, [WHY, {**WHY, "output": "", "references": ["Or so.", "So."]}], "other")
    assert (again.updated, again.duplicates) == (0, 2)
    assert accepted(store) == ALL


def test_a_known_instruction_gets_those_it_lacks(store: Store) -> None:
    import_rows(store, [{"instruction": "Why?", "output": "So."}], "set")
    assert accepted(store) == ("So.",)
    report = import_rows(store, [WHY, WHY, {**WHY, "references": ["Third."]}], "set")
    assert (report.updated, report.duplicates, report.read) == (1, 2, 3)
    assert accepted(store) == (*ALL, "Third.")
    assert count(store, "instructions") == 1


def test_rows_of_one_file_add_up(store: Store) -> None:
    report = import_rows(store, [{"instruction": "Why?"}, WHY, {"instruction": "Why?", "output": "No."}], "set")
    assert (report.imported, report.updated, report.duplicates) == (1, 1, 1)
    assert accepted(store) == ALL


def test_another_files_single_answer_is_not_accepted(store: Store) -> None:
    import_rows(store, [WHY], "set")
    assert import_rows(store, [{"instruction": "Why?", "output": "Nonsense."}], "other").duplicates == 1
    assert accepted(store) == ALL


def test_an_instruction_without_any_is_left_out(store: Store) -> None:
    import_rows(store, [{"instruction": "Why?"}], "set")
    assert accepted(store) == ()


def test_answers_to_measure_on_go_to_test_rows_only(store: Store) -> None:
    trained, tested = ("Instruction 0?", "Instruction 10?")
    rows = [{"instruction": text, "output": "So."} for text in (trained, tested)]
    import_rows(store, rows[:1], "set")
    import_rows(store, rows[1:], "measure", held_out=True)
    with store.read() as cursor:
        splits = dict(cursor.execute("SELECT instruction, split FROM instructions").fetchall())
    assert splits == {trained: "train", tested: "test"}
    report = import_rows(store, [{**row, "references": ["Or so."]} for row in rows], "measure", held_out=True)
    assert (report.updated, report.duplicates) == (1, 1)
    assert (accepted(store, trained), accepted(store, tested)) == (("So.",), ALL)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_full_export_brings_them_to_a_new_store_and_nothing_to_its_own(
    store: Store, journal: Journal, tmp_path: Path, ending: str
) -> None:
    rows = pairs(2)
    nasty = ["=1+1", "天空 🎉", 'a "quote"\nand, a line']
    rows[0] |= {"references": [rows[0]["output"], *nasty]}
    import_rows(store, rows, "set")
    accept_pending(store, journal, "ada")
    export(store, tmp_path / f"rows{ending}")
    again = import_file(store, tmp_path / f"rows{ending}")
    assert (again.duplicates, again.updated, "references" in again.columns_not_read) == (2, 0, False)
    with Store(tmp_path / "other") as other:
        import_file(other, tmp_path / f"rows{ending}")
        for row, more in zip(rows, (nasty, []), strict=True):
            assert accepted(other, row["instruction"]) == accepted(store, row["instruction"]) == (row["output"], *more)


def test_real_questions_keep_all_their_answers(store: Store, shared_data: Path) -> None:
    path = shared_data / "world_knowledge_nq_open.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    import_file(store, path, held_out=True)
    kept = {row["instruction"]: accepted(store, row["instruction"]) for row in rows[:50]}
    assert kept == {row["instruction"]: tuple(dict.fromkeys(row["references"])) for row in rows[:50]}
    assert count(store, "accepted_answers") > 100
