"""Import: every format and shape, every kind of bad row and file, and a report that adds up."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from citing_app.errors import CitingError
from citing_app.method.identity import task_hash
from citing_app.store import instructions, learnable, rubrics, states
from citing_app.store.database import Store
from citing_app.types import Edit, ImportReport, Instruction, Turn
from citing_app.workflows.data.importing import import_file, import_rows
from citing_app.workflows.data.reading import read_rows
from citing_app.workflows.data.rows import to_example
from tests.seeding import NASTY, RUBRIC, count, instructions_in, pairs, waiting

ALPACA = [
    {"instruction": "Name a colour.", "input": "", "output": "Blue."},
    {"instruction": "Translate.", "input": NASTY, "output": "ok\nsecond line"},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The rows in the format that the ending names, written by other hands than the app's."""
    if path.suffix == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        source = path.with_suffix(".source.json")
        source.write_text(json.dumps(rows), encoding="utf-8")
        duckdb.sql(f"COPY (SELECT * FROM read_json('{source}')) TO '{path}' (FORMAT parquet)")
    return path


def stored(store: Store) -> list[Instruction]:
    with store.read() as cursor:
        ids = [row[0] for row in cursor.execute("SELECT id FROM instructions ORDER BY id").fetchall()]
        return instructions.get(cursor, ids)


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(rejected.row, rejected.reason) for rejected in report.rejected]


def assert_adds_up(report: ImportReport) -> None:
    assert report.read == report.imported + report.updated + report.duplicates + len(report.rejected)


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".csv", ".parquet", ".JSONL"])
def test_every_format_gives_the_same_rows(store: Store, tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"rows{ending.lower()}", ALPACA).rename(tmp_path / f"rows{ending}")
    report = import_file(store, path)
    assert report == ImportReport("rows", 2, 2, 0, (), 0)
    assert [(row.text, row.input, row.output, row.dataset) for row in stored(store)] == [
        (*row.values(), "rows") for row in ALPACA
    ]
    again = import_file(store, path, "another name")
    assert (again.imported, again.duplicates) == (0, 2)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"instruction": "Why?"}, ("Why?", "", "")),
        ({"instruction": "Why?", "input": None, "output": 42}, ("Why?", "", "42")),
        ({"prompt": "Why?", "completion": "So."}, ("Why?", "", "So.")),
        ({"prompt": "Why?"}, ("Why?", "", "")),
        (
            {"prompt": [{"role": "user", "content": "Why?"}], "completion": [{"role": "assistant", "content": "So."}]},
            ("Why?", "", "So."),
        ),
        (
            {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]},
            ("Why?", "", "So."),
        ),
        ({"messages": [{"role": "user", "content": "Why?"}]}, ("Why?", "", "")),
        (
            {
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Hello."},
                    {"role": "assistant", "content": "Hi."},
                    {"role": "user", "content": "Why?"},
                    {"role": "assistant", "content": "So."},
                ]
            },
            ("Why?", "", "So."),
        ),
        ({"messages": '[{"role": "user", "content": "Why?"}]'}, ("Why?", "", "")),
    ],
)
def test_every_shape_becomes_an_instruction(row: dict[str, Any], expected: tuple[str, str, str]) -> None:
    example = to_example(row)
    assert (example.instruction, example.input, example.output) == expected


def test_a_conversation_keeps_its_turns_and_is_the_row_that_held_them_in_its_input(store: Store) -> None:
    said = [("system", "Be brief."), ("user", "Hello."), ("assistant", "Hi."), ("user", "Why?"), ("assistant", "So.")]
    row = {"messages": [{"role": role, "content": content} for role, content in said]}
    assert to_example(row).turns == tuple(Turn(role, content) for role, content in said[:3])
    before = {"instruction": "Why?", "input": "System: Be brief.\nUser: Hello.\nAssistant: Hi.", "output": "So."}
    assert import_rows(store, [row, before], "set").imported == 1
    with store.read() as cursor:
        (kept,) = instructions.by_hash(cursor, [task_hash(to_example(before).task)])
    assert kept.turns == to_example(row).turns
    assert kept.input == ""


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".csv", ".parquet"])
def test_chat_messages_and_edits_come_through_every_format(store: Store, tmp_path: Path, ending: str) -> None:
    messages = [{"role": "user", "content": next(instructions_in("train"))}, {"role": "assistant", "content": "So."}]
    edits = [{"before": "bad", "after": "good", "criterion": "Accurate"}]
    row: dict[str, Any] = {"messages": messages, "draft": "A bad draft.", "revision": "A good draft.", "edits": edits}
    if ending == ".csv":
        row |= {"messages": json.dumps(messages), "edits": json.dumps(edits)}
    report = import_file(store, write(tmp_path / f"rows{ending}", [row]))
    assert (report.imported, report.revisions, report.rejected) == (1, 1, ())
    (found,) = waiting(store)
    assert found.instruction.output == "So."
    assert found.edits == (Edit("bad", "good", "Accurate"),)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("text", "text"),
        (["a list"], "not an object"),
        (3, "not an object"),
        (None, "not an object"),
        ({}, "no instruction, prompt or messages"),
        ({"output": "x"}, "no instruction, prompt or messages"),
        ({"instruction": " \n"}, "instruction is empty"),
        ({"instruction": ["a"]}, "instruction is not text"),
        ({"instruction": "Why?", "output": {"a": 1}}, "output is not text"),
        ({"instruction": "a\x00b"}, "NUL"),
        ({"instruction": "Why?", "input": "\ud800"}, "surrogate"),
        ({"instruction": "x" * 200_001}, "longer than 200,000"),
        ({"instruction": "Why?", "draft": "only"}, "come together"),
        ({"instruction": "Why?", "revision": "only"}, "come together"),
        ({"instruction": "Why?", "draft": "x", "revision": " "}, "come together"),
        ({"messages": "not JSON"}, "messages is not a list"),
        ({"messages": "[" * 100_000}, "messages is not a list"),
        ({"messages": {"role": "user"}}, "messages is not a list of objects"),
        ({"messages": ["hello"]}, "messages is not a list of objects"),
        ({"messages": [{"role": "assistant", "content": "Hi."}]}, "no user message"),
        ({"messages": [{"role": "user", "content": [{"text": b"parts"}]}]}, "content is not text"),
        ({"messages": [{"role": "wizard", "content": "Why?"}]}, "role is none of"),
        ({"instruction": "Why?", "history": [["only a question"]]}, "history is neither"),
        ({"instruction": "Why?", "draft": "a", "revision": "b", "edits": "no"}, "edits is not a list"),
        ({"instruction": "Why?", "draft": "a", "revision": "b", "edits": [1]}, "edits is not a list of objects"),
        (
            {"instruction": "Why?", "draft": "a", "revision": "b", "edits": [{"before": "x", "after": "b"}]},
            "applying the edits",
        ),
        (
            {"instruction": "Why?", "draft": "a", "revision": "b", "edits": [{"before": "a", "after": "c"}]},
            "applying the edits",
        ),
        (
            {"instruction": "Why?", "draft": "a", "revision": "ba", "edits": [{"before": "", "after": "b"}]},
            "applying the edits",
        ),
    ],
)
def test_a_row_that_is_no_example_is_named_and_the_others_come_in(store: Store, row: Any, reason: str) -> None:
    report = import_rows(store, [ALPACA[0], row, ALPACA[1]], "mixed")
    assert_adds_up(report)
    assert (report.read, report.imported) == (3, 2)
    ((number, said),) = reasons(report)
    assert number == 2
    assert reason in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("rows.json", b"[]", "holds no rows"),
        ("rows.txt", b"Some prose, of a sort.\nwithout\n"[23:], "is not JSON, CSV or Parquet"),
        ("rows.json", b"\x89PNG\r\n", "not UTF-8"),
        ("rows.xlsx", b"PK\x03\x04...", "a ZIP archive or a spreadsheet"),
        ("rows.json", b"{not json", "is not JSON"),
        ("rows.json", b'{"train": [{"a": 1}], "test": [{"a": 1}]}', r"several lists of rows \(train, test\)"),
        ("rows.json", b"", "rows.json is empty."),
        ("rows.json", b"[" * 100_000, "nested too deeply"),
        ("rows.json", "[]".encode("utf-16"), "not UTF-8 text but UTF-16; save it as UTF-8"),
        ("rows.csv", "instruction".encode("utf-16-le"), "not UTF-8 text but UTF-16; save it as UTF-8"),
        ("rows.jsonl", b'{"instruction": "caf\xe9"}\n', "not UTF-8"),
        ("rows.csv", b"name\na\n", "no instruction, prompt or messages column"),
        ("rows.csv", b"", "is empty"),
        ("rows.csv", b'instruction,output\n"unclosed,x\n', "is not CSV: line"),
        ("rows.csv", b"instruction\ncaf\xe9\n", "not UTF-8"),
        ("rows.parquet", b"PAR1 but not really", "not a Parquet file"),
        ("rows.parquet", b"", "is empty"),
        ("rows.json.gz", b"\x1f\x8b but not really", "is damaged"),
        ("rows.json.zst", b"\x28\xb5\x2f\xfd but not really", "is damaged"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_one_sentence(
    store: Store, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CitingError, match=reason) as caught:
        import_file(store, tmp_path / name, "name")
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert count(store, "instructions") == 0


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".csv", ".parquet"])
def test_a_file_that_is_not_there_is_said_to_be_missing(store: Store, tmp_path: Path, ending: str) -> None:
    with pytest.raises(CitingError, match=rf"^none\{ending} cannot be read: No such file or directory\.$"):
        import_file(store, tmp_path / f"none{ending}")
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(CitingError, match=rf"^folder\{ending}: There are no data files"):
        import_file(store, tmp_path / f"folder{ending}")


def test_jsonl_names_the_lines_that_are_no_json_and_passes_over_empty_ones(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    deep = "[" * 100_000
    content = f'\ufeff{{"instruction": "one"}}\n\nnot json\n{deep}\n{{"instruction": "tw\u2028o"}}'
    path.write_text(content, encoding="utf-8")
    report = import_file(store, path)
    assert reasons(report) == [(2, "the line is not JSON"), (3, "the line is not JSON")]
    assert [row.text for row in stored(store)] == ["one", "tw\u2028o"]


def test_a_file_to_measure_on_is_all_test_rows_and_leaves_known_ones_where_they_are(
    store: Store, tmp_path: Path
) -> None:
    rows = [{"instruction": f"Question {n}.", "output": "An answer."} for n in range(30)]
    import_file(store, write(tmp_path / "known.jsonl", rows[:10]))
    before = {row.hash: row.split for row in stored(store)}
    report = import_file(store, write(tmp_path / "held.jsonl", rows), held_out=True)
    assert (report.imported, report.duplicates) == (20, 10)
    splits = {row.hash: row.split for row in stored(store)}
    assert {split for key, split in splits.items() if key not in before} == {"test"}
    assert {key: splits[key] for key in before} == before


@pytest.mark.parametrize(("name", "text"), [("rows.json", '["imported", 5]'), ("rows.jsonl", '["imported", 5]')])
def test_a_text_in_place_of_a_row_is_no_reason(store: Store, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    report = import_file(store, tmp_path / name)
    assert reasons(report) == [(row, "the row is not an object with named fields") for row in (1, 2)]


def test_csv_with_a_byte_order_mark_newlines_quotes_and_short_rows(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(
        '\ufeffinstruction,input,output\r\n"two\nlines","say ""hi""","a,b"\r\nshort\r\n\r\nx,y,z,extra\r\n'.encode()
    )
    report = import_file(store, path)
    assert_adds_up(report)
    assert reasons(report) == [(3, "the row has more cells than the first line names")]
    assert [(row.text, row.input, row.output) for row in stored(store)] == [
        ("two\nlines", 'say "hi"', "a,b"),
        ("short", "", ""),
    ]


def test_one_csv_cell_that_is_too_long_is_that_rows_fault(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path / "rows.csv",
        [{"instruction": "long", "input": "x" * 190_000}, {"instruction": "too long", "input": "x" * 200_001}],
    )
    report = import_file(store, path)
    assert (report.imported, reasons(report)) == (1, [(2, "input is longer than 200,000 characters")])


def test_duplicates_inside_a_file_and_across_files_are_counted(store: Store) -> None:
    rows = [ALPACA[0], {"instruction": "  Name  a\ncolour. "}, ALPACA[1]]
    first = import_rows(store, rows, "one")
    assert (first.read, first.imported, first.duplicates) == (3, 2, 1)
    second = import_rows(store, [*rows, {"instruction": "New."}], "two")
    assert (second.read, second.imported, second.duplicates) == (4, 1, 3)
    assert [row.dataset for row in stored(store)] == ["one", "one", "two"]
    assert_adds_up(first)
    assert_adds_up(second)


def test_a_known_instruction_with_a_new_draft_is_no_duplicate(store: Store) -> None:
    (row,) = pairs(1)
    import_rows(store, [{"instruction": row["instruction"]}], "one")
    other = row | {"draft": "Another draft.", "revision": "Another revision."}
    report = import_rows(store, [row, row, other], "two")
    assert (report.imported, report.duplicates, report.revisions) == (2, 1, 2)
    assert len(waiting(store)) == 2
    assert count(store, "instructions") == 1


def test_authors_come_with_the_row_or_are_the_data_set(store: Store) -> None:
    one, two, three = pairs(3)
    one |= {"draft_model": "alpaca-7b", "revision_model": "gpt"}
    two |= {"draft_author": "ada", "revision_author": "bob", "draft_model": "ignored"}
    import_rows(store, [one, two, three], "set")
    authors = [(found.draft_author, found.revision_author) for found in waiting(store)]
    assert authors == [("alpaca-7b", "gpt"), ("ada", "bob"), ("set", "set")]


def test_a_row_with_a_known_category_is_a_member_and_gets_its_rubric(store: Store) -> None:
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
    one, two = pairs(2)
    import_rows(store, [one | {"category": "explaining"}, two | {"category": "unheard of"}], "set")
    assert [found.sorted_category for found in waiting(store)] == ["explaining", None]
    assert [found.rubric for found in waiting(store)] == [RUBRIC, None]


def test_drafts_outside_the_train_split_are_held_out_and_never_in_the_queue(store: Store) -> None:
    rows = [*pairs(3), *pairs(2, "validation"), *pairs(4, "test")]
    report = import_rows(store, rows, "set")
    assert (report.imported, report.revisions) == (9, 9)
    assert {found.instruction.split for found in waiting(store)} == {"train"}
    with store.read() as cursor:
        assert states.counts(cursor) == {
            "drafted": 0,
            "waiting": 3,
            "disputed": 0,
            "accepted": 0,
            "rejected": 0,
            "held_out": 6,
        }
        assert [pair.split for pair in learnable.held_out_pairs(cursor, 100)] == ["validation"] * 2


def test_importing_more_moves_no_row_to_another_split(store: Store) -> None:
    import_rows(store, [{"instruction": f"early {n}"} for n in range(200)], "one")
    before = {row.hash: row.split for row in stored(store)}
    import_rows(store, [{"instruction": f"early {n}", "output": "x"} for n in range(0, 400, 3)], "two")
    after = {row.hash: row.split for row in stored(store)}
    assert set(before.values()) == {"train", "validation", "test"}
    assert before.items() <= after.items()


def test_a_failure_in_the_middle_leaves_nothing(store: Store) -> None:
    with store.write() as cursor:
        cursor.execute("ALTER TABLE revisions DROP COLUMN edits")
    with pytest.raises(duckdb.Error):
        import_rows(store, pairs(3), "set")
    for table in ("instructions", "drafts", "items", "revisions", "category_members"):
        assert count(store, table) == 0


@pytest.mark.parametrize("name", [" ", "a\x00b", "\udcff", "two\nlines"])
def test_a_data_set_needs_a_name_that_can_be_stored_and_shown(store: Store, tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "rows.json", ALPACA)
    with pytest.raises(CitingError, match="A data set needs a name"):
        import_file(store, path, name)
    assert import_file(store, path, " spaced name ").dataset == "spaced name"


def test_parquet_of_other_types_is_refused_row_by_row(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    duckdb.sql(
        "COPY (SELECT * FROM (VALUES ('good', NULL, 1.5), ('bad', DATE '2026-01-01', 2.5)) "
        f"rows(instruction, input, output)) TO '{path}' (FORMAT parquet)"
    )
    report = import_file(store, path)
    assert reasons(report) == [(2, "input is not text")]
    assert [row.output for row in stored(store)] == ["1.5"]
    with pytest.raises(CitingError, match="output is not text"):
        to_example({"instruction": "x", "output": b"bytes"})


@pytest.mark.parametrize(
    ("name", "rows"),
    [("draft_revision_pairs.jsonl", 805), ("self_instruct_seed.jsonl", 175), ("gsm8k_alpaca_format.json", 7473)],
)
def test_real_files_import_whole(store: Store, shared_data: Path, name: str, rows: int) -> None:
    report = import_file(store, shared_data / name)
    assert (report.read, report.rejected) == (rows, ())
    assert_adds_up(report)
    assert report.imported + report.duplicates == rows
    assert report.imported > 0.98 * rows
    assert report.revisions == (report.imported if name.startswith("draft") else 0)


def test_reading_leaves_the_rows_as_they_are(tmp_path: Path) -> None:
    assert read_rows(write(tmp_path / "rows.json", ALPACA)) == ALPACA
    assert read_rows(write(tmp_path / "rows.parquet", ALPACA)) == ALPACA


def test_the_name_of_the_bundled_data_set_is_not_given_to_another(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "bundled.jsonl"
    path.write_text('{"instruction": "Why?"}')
    with pytest.raises(CitingError, match="the data set that comes with the app"):
        import_file(store, path)
