"""The names that files give their columns: what each is read as, which comes first, and which were not read."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from citing_app.errors import CitingError
from citing_app.store.database import Store
from citing_app.types import ImportReport
from citing_app.ui.data_preview import report_html
from citing_app.workflows.data.columns import ANSWERS, CONVERSATIONS, INPUTS, QUESTIONS
from citing_app.workflows.data.importing import import_file, import_rows, notes
from citing_app.workflows.data.rows import to_example

TEXTS = [name for name in QUESTIONS if name not in CONVERSATIONS]
NAN = float("nan")
ASK = {"role": "user", "content": "Why?"}
SAY = {"role": "assistant", "content": "So."}


def task(row: dict[str, Any]) -> tuple[str, str, str]:
    example = to_example(row)
    return example.instruction, example.input, example.output


@pytest.mark.parametrize("written", ["{}", " {} ", "\t{}\n", "\u00a0{}"])
@pytest.mark.parametrize("changed", [str.lower, str.upper, str.title])
def test_every_name_is_read_in_any_case_and_without_white_space_around(written: str, changed: Any) -> None:
    def named(name: str) -> str:
        return written.format(changed(name))

    for name in TEXTS:
        assert task({named(name): "Why?", named("output"): "So."}) == ("Why?", "", "So."), name
    for name in INPUTS:
        assert task({named("instruction"): "Why?", named(name): "It is."}) == ("Why?", "It is.", ""), name
    for name in ANSWERS:
        assert task({named("instruction"): "Why?", named(name): "So."}) == ("Why?", "", "So."), name
        for chat in CONVERSATIONS:
            assert task({named(chat): [ASK], named(name): "So."}) == ("Why?", "", "So."), name


def test_the_names_that_are_promised_are_there() -> None:
    assert {"instruction", "prompt", "question", "query"} <= set(QUESTIONS)
    assert {"input", "context"} <= set(INPUTS)
    assert {"output", "response", "answer", "target", "completion", "chosen", "answers"} <= set(ANSWERS)


@pytest.mark.parametrize("empty", [None, NAN, "", " \n", [], {}])
@pytest.mark.parametrize(
    ("names", "place", "rest"),
    [(TEXTS, 0, {}), (INPUTS, 1, {"instruction": "Why?"}), (ANSWERS, 2, {"instruction": "Why?"})],
)
def test_the_first_name_that_is_filled_counts(names: list[str], place: int, rest: dict[str, Any], empty: Any) -> None:
    for first, second in itertools.pairwise(names):
        assert task({**rest, second: "two", first: "one"})[place] == "one"
        assert task({**rest, first: empty, second: "two"})[place] == "two"
        assert to_example({**rest, first: empty, second: "two"}).metadata == {}


def test_a_second_answer_is_kept_as_metadata() -> None:
    for first, second in itertools.pairwise(ANSWERS):
        assert to_example({"instruction": "Why?", second: "two", first: "one"}).metadata == {second: "two"}


def test_of_two_columns_of_one_name_the_filled_one_counts() -> None:
    example = to_example({"instruction": "Why?", "Output": "", "output ": "So.", "OUTPUT": "Or so."})
    assert (example.output, example.metadata) == ("So.", {"OUTPUT": "Or so."})


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"question": "Why?", "context": "It is.", "answers": {"text": ["So.", "Or so."]}}, ("Why?", "It is.", "So.")),
        ({"question": "Why?", "answers": {"text": [], "answer_start": []}}, ("Why?", "", "")),
        ({"question": "Why?", "answers": '{"text": ["So."]}'}, ("Why?", "", "So.")),
        ({"question": "Why?", "answer": ["", None, "So.", "Or so."]}, ("Why?", "", "So.")),
        ({"question": "Why?", "answer": {"value": "So.", "aliases": ["x"]}}, ("Why?", "", "So.")),
        ({"question": "Why?", "answers": [{"text": "So."}]}, ("Why?", "", "So.")),
        ({"question": "Why?", "answer": 42, "context": {"titles": ["x"]}}, ("Why?", "", "42")),
        ({"input": "1 + 1", "target": 2}, ("1 + 1", "", "2")),
        ({"instruction": "Why?", "instances": [{"input": "It is.", "output": "So."}]}, ("Why?", "It is.", "So.")),
        ({"instruction": "Why?", "Instances": '[{"output": "So."}]'}, ("Why?", "", "So.")),
        ({"instruction": "Why?", "output": "", "instances": [{"output": "So."}]}, ("Why?", "", "So.")),
        ({"instruction": "Why?", "output": '["So.", "is"]'}, ("Why?", "", '["So.", "is"]')),
        ({"prompt": "Why?", "chosen": "So.", "rejected": "No."}, ("Why?", "", "So.")),
        ({"prompt": [ASK], "chosen": [SAY], "rejected": [SAY]}, ("Why?", "", "So.")),
        ({"prompt": [ASK], "chosen": [ASK, SAY]}, ("Why?", "", "So.")),
        ({"prompt": [ASK], "response": "So."}, ("Why?", "", "So.")),
        ({"prompt": "Why?", "chosen": [ASK, SAY]}, ("Why?", "", "So.")),
        ({"prompt": "Why?", "chosen": json.dumps([ASK, SAY])}, ("Why?", "", "So.")),
        ({"prompt": json.dumps([ASK]), "chosen": json.dumps([SAY])}, ("Why?", "", "So.")),
        (
            {"prompt": "Why?", "chosen": [ASK, SAY, {"role": "user", "content": "And?"}, SAY]},
            ("And?", "", "So."),
        ),
        ({"messages": [ASK], "chosen": [SAY], "rejected": [SAY]}, ("Why?", "", "So.")),
        ({"messages": [ASK, {"role": "assistant", "content": None}, SAY]}, ("Why?", "", "So.")),
        ({"prompt": "Why?", "completion": "So.", "label": True}, ("Why?", "", "So.")),
        ({"instruction": "Why?", "output": "So.", "label": 0}, ("Why?", "", "So.")),
        ({"prompt": "Why?", "label": False}, ("Why?", "", "")),
    ],
)
def test_answers_come_out_of_every_shape(row: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert task(row) == expected


@pytest.mark.parametrize("answer", [{"completion": "No."}, {"output": "No."}, {"chosen": "No."}])
@pytest.mark.parametrize("mark", [{"label": False}, {"Label": "False"}, {"kto_tag": "false "}])
def test_an_answer_that_is_marked_as_bad_is_never_the_reference(answer: dict[str, Any], mark: dict[str, Any]) -> None:
    for row in ({"prompt": "Why?", **answer, **mark}, {"messages": [ASK, SAY], **mark}):
        with pytest.raises(CitingError, match="marked as a bad one"):
            to_example(row)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"instruction": "Why?", "response": float("inf")}, "response is not text"),
        ({"instruction": "Why?", "answer": "x" * 200_001}, "answer is longer"),
        ({"instruction": "Why?", "target": ["a\x00b"]}, "target holds a character"),
        ({"instruction": "Why?", "draft": NAN, "revision": "x"}, "come together"),
        ({"instruction": NAN, "prompt": None, "input": " "}, "the instruction is empty"),
        ({"prompt": {"a": 1}}, "prompt is not text"),
    ],
)
def test_what_cannot_be_read_is_named(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(CitingError, match=reason):
        to_example(row)


def test_each_instance_is_a_row(store: Store) -> None:
    given = [{"input": "two", "output": "2"}, {"input": "three", "output": ["3"]}, {"input": "x", "output": b"x"}]
    report = import_rows(store, [{"instruction": "Write it as a digit.", "instances": given}], "set")
    assert (report.read, report.imported, [row.row for row in report.rejected]) == (3, 2, [1])
    with store.read() as cursor:
        assert cursor.execute("SELECT input, output FROM instructions ORDER BY id").fetchall() == [
            ("two", "2"),
            ("three", "3"),
        ]


def test_columns_are_named_by_what_became_of_them(store: Store) -> None:
    rows: list[Any] = [
        {"instruction": "One?", "Response": "1", "Source ": "web", "id": 0, "empty": None, "history": []},
        {"instruction": "Two?", "output": "2", "response": "two", "id": 1},
        {"instruction": "", "prompt": "Three?", "output": NAN, "answer": "3", "context": {"a": 1}},
        {"frage": "Vier?", "leer": ""},
        "not JSON",
    ]
    report = import_rows(store, rows, "set")
    assert report.columns_kept == ("Source", "response", "context")
    assert report.columns_not_read == ("frage",)
    assert (report.imported, report.without_answer, len(report.rejected)) == (3, 0, 2)


def test_names_are_shown_safely_and_not_all_of_very_many(store: Store) -> None:
    names = ["<b>bold</b>", "a\nb\x1b[31m\ud800", "x" * 1000, "", *(f"column {n}" for n in range(30))]
    report = import_rows(store, [{"instruction": "Why?"} | dict.fromkeys(names, b"1")], "set")
    assert len(report.columns_not_read) == len(names)
    json.dumps(report.columns_not_read, ensure_ascii=False).encode()
    named, unanswered = notes(report)
    assert named.startswith("Columns not read: <b>bold</b>, a\ufffdb\ufffd[31m\ufffd, xxx")
    assert named.endswith("column 5 and 24 more.")
    assert len(named) < 600  # the longest sentence that a page translates
    assert unanswered == "1 row has no reference answer."
    assert "&lt;b&gt;bold" in report_html(report)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (ImportReport("x", 3, 3, 0), []),
        (ImportReport("x", 3, 3, 0, without_answer=1), ["1 row has no reference answer."]),
        (
            ImportReport("x", 1234, 1234, 0, without_answer=1234, columns_not_read=("a", "b")),
            ["Columns not read: a, b.", "1,234 rows have no reference answer."],
        ),
    ],
)
def test_the_report_says_what_was_lost(report: ImportReport, said: list[str]) -> None:
    assert notes(report) == said
    assert all(sentence in report_html(report) for sentence in said)


def test_the_page_says_how_many_were_updated() -> None:
    assert "2 read, 0 imported, 1 updated, 1 duplicates" in report_html(ImportReport("x", 2, 0, 1, updated=1))
    assert "updated" not in report_html(ImportReport("x", 2, 1, 1))


def test_a_csv_header_with_white_space_names_the_same_columns(store: Store, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(" Question , Context,ANSWER ,note\nWhy?,It is.,So.,kept\n", encoding="utf-8")
    report = import_file(store, tmp_path / "rows.csv")
    assert (report.imported, report.columns_not_read, report.without_answer) == (1, (), 0)
    assert report.columns_kept == ("note",)
    with store.read() as cursor:
        found = cursor.execute("SELECT instruction, input, output FROM instructions").fetchall()
    assert found == [("Why?", "It is.", "So.")]


def test_a_parquet_file_of_questions_and_lists_of_answers_is_read(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    duckdb.sql(
        "COPY (SELECT * FROM (VALUES ('1', 'Why?', {'text': ['So.', 'x'], 'start': [1, 2]}), "
        f"('2', 'Who?', {{'text': [], 'start': []}})) rows(id, question, answers)) TO '{path}' (FORMAT parquet)"
    )
    report = import_file(store, path)
    assert (report.imported, report.without_answer) == (2, 1)
    with store.read() as cursor:
        assert cursor.execute("SELECT output FROM instructions ORDER BY id").fetchall() == [("So.",), ("",)]
