"""The shapes that data comes in: conversations of every kind, what is left out of them, ids, metadata, pairs."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.store.database import Store
from citing_app.types import Turn
from citing_app.workflows.data.importing import import_file, import_rows
from citing_app.workflows.data.mapping import how
from citing_app.workflows.data.previewing import notes, preview, told
from citing_app.workflows.data.rows import CHOSEN, SECOND_ANSWER, How, read, to_example
from tests.seeding import waiting

NOW = [{"from": "Human", "value": "Why?"}, {"from": "GPT", "value": "So."}]
BEFORE = (Turn("user", "Hello."), Turn("assistant", "Hi."))
SYSTEM = Turn("system", "Be brief.")


def text(content: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}]


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        ({"conversations": NOW}, ()),
        ({"Conversation": [{"ROLE": "user", "Content": "Why?"}, {"Role": "Model", "content": "So."}]}, ()),
        ({"conversations": json.dumps(NOW)}, ()),
        ({"conversations": NOW, "system": "Be brief."}, (SYSTEM,)),
        ({"conversations": [{"from": "system", "value": "Be brief."}, *NOW], "system": "Other."}, (SYSTEM,)),
        ({"system_prompt": "Be brief.", "question": "Why?", "response": "So."}, (SYSTEM,)),
        ({"instruction": "Why?", "output": "So.", "history": [["Hello.", "Hi."]]}, BEFORE),
        ({"instruction": "Why?", "output": "So.", "history": '[["Hello.", "Hi."]]'}, BEFORE),
        ({"instruction": "Why?", "output": "So.", "history": ["Hello.", "Hi."]}, BEFORE),
        ({"instruction": "Why?", "output": "So.", "history": []}, ()),
        (
            {
                "instruction": "Why?",
                "output": "So.",
                "history": [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi."}],
                "system": "Be brief.",
            },
            (SYSTEM, *BEFORE),
        ),
        ({"messages": [{"role": "user", "content": text("Why?")}, {"role": "assistant", "content": text("So.")}]}, ()),
        ({"chosen": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]}, ()),
        ({"conversations": NOW[:1], "chosen": NOW[1], "rejected": {"from": "gpt", "value": "Nobody knows it."}}, ()),
    ],
)
def test_every_kind_of_conversation_is_read(row: dict[str, Any], turns: tuple[Turn, ...]) -> None:
    example = to_example(row)
    assert (example.instruction, example.input, example.output) == ("Why?", "", "So.")
    assert example.turns == turns


@pytest.mark.parametrize("role", ["tool", "function", "Observation", "ipython", "function_call"])
def test_the_answer_is_the_last_one_with_text_after_the_last_question(role: str) -> None:
    chat = [
        {"from": "human", "value": "Weather?"},
        {"from": "gpt", "value": None},
        {"from": role, "value": "rain"},
        {"from": "gpt", "value": "It rains."},
        {"from": "gpt", "value": " "},
    ]
    reading = read({"conversations": chat}, How())
    assert (reading.example.output, reading.left_out) == ("It rains.", {"tools"})


def test_what_is_left_out_is_said() -> None:
    parts = [
        {"type": "text", "text": "What is"},
        {"type": "image_url", "image_url": {}},
        {"type": "text", "text": "it?"},
    ]
    reading = read({"messages": [{"role": "user", "content": parts}], "output": "<think>Hm.</think>A cat."}, How())
    assert (reading.example.instruction, reading.example.output) == ("What is\nit?", "A cat.")
    assert reading.left_out == {"images", "thoughts"}
    assert read({"instruction": "Why?", "image": {"bytes": b"x"}}, How()).example.unread == ("image",)


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ({"output": "Hm.\n</think>\n\nA cat."}, ("A cat.", None, None)),
        ({"output": "<think>Hm."}, ("", None, None)),
        ({"draft": "<think>Hm.</think>Cat.", "revision": "[THINK]Hm.[/THINK]A cat."}, ("", "Cat.", "A cat.")),
        ({"rejected": "<think>Hm.</think>A cat", "chosen": "<think>So.</think>A cat."}, ("", "A cat", "A cat.")),
        ({"draft": "analysisHm.assistantfinalCat.", "revision": "A cat."}, ("", "Cat.", "A cat.")),
    ],
)
def test_no_thought_is_imported_in_whatever_column_it_stands(
    row: dict[str, Any], kept: tuple[str, str | None, str | None]
) -> None:
    reading = read({"instruction": "What is it?", **row}, How(pairs=True))
    example = reading.example
    assert (example.output, example.draft, example.revision, reading.left_out) == (*kept, {"thoughts"})
    if "chosen" in row:
        assert example.revision_author == CHOSEN


def test_a_revision_that_is_only_a_thought_is_turned_down_and_edits_keep_their_texts() -> None:
    with pytest.raises(CitingError, match="one of them is missing"):
        read({"instruction": "What is it?", "draft": "Cat.", "revision": "<think>Hm."}, How())
    row = {"draft": "<think>Hm.</think>Cat.", "revision": "<think>Hm.</think>A cat."}
    edited = read({"instruction": "What is it?", **row, "edits": [{"before": "Cat", "after": "A cat"}]}, How())
    assert edited.example.draft == row["draft"]


@pytest.mark.parametrize(
    ("row", "id"),
    [
        ({"id": 7}, "7"),
        ({"ID": "x-7"}, "x-7"),
        ({" Task_id ": 7.0}, "7"),
        ({"id": None, "uid": "u"}, "u"),
        ({"id": True, "idx": 0}, "0"),
        ({"id": "x" * 201}, None),
        ({}, None),
    ],
)
def test_a_row_keeps_what_it_calls_itself(row: dict[str, Any], id: str | None) -> None:
    assert to_example({"instruction": "Why?", **row}).row_id == id


def test_other_columns_are_metadata_within_bounds() -> None:
    kept = {"source": "web", "score": 0.5, "ok": True, "tags": ["a", {"b": 1}], "price": Decimal("1.5")}
    lost = {"bytes": b"x", "nul": "a\x00", "half": ["\ud800"], "long": "x" * 10_001, "inf": [float("inf")]}
    example = to_example({"instruction": "Why?", "none": None, **kept, **lost})
    assert example.metadata == kept | {"price": "1.5"}
    assert set(example.unread) == set(lost)
    many = to_example({"instruction": "Why?"} | {f"column {n}": n for n in range(41)})
    assert (len(many.metadata), many.unread) == (40, ("column 40",))


def test_a_category_that_nobody_is_sorted_into_is_kept_as_metadata(store: Store) -> None:
    import_rows(store, [{"instruction": "Why?", "category": "open_qa"}], "set")
    with store.read() as cursor:
        found = cursor.execute("SELECT metadata FROM instructions").fetchall()
    assert [json.loads(row[0]) for row in found] == [{"category": "open_qa"}]


def test_a_preference_can_come_in_as_a_pair(store: Store) -> None:
    edit = {"prompt": "Why?", "chosen": "The sky is blue today.", "rejected": "The sky is green today."}
    other = {
        "prompt": [{"role": "user", "content": "Who?"}],
        "chosen": NOW[1:],
        "rejected": [NOW[1] | {"value": "Nobody knows it."}],
    }
    pairs = How(pairs=True)
    first, second = to_example(edit, pairs), to_example(other, pairs)
    assert (first.draft, first.revision, first.output) == (edit["rejected"], edit["chosen"], "")
    assert (first.revision_author, second.revision_author) == (CHOSEN, SECOND_ANSWER)
    assert (second.draft, second.revision) == ("Nobody knows it.", "So.")
    assert to_example(edit).output == edit["chosen"]
    assert to_example(edit | {"rejected": " "}, pairs).output == edit["chosen"]
    import_rows(store, [edit | {"prompt": f"Why {n}?"} for n in range(9)], "set", how=pairs)
    assert {one.draft for one in waiting(store)} == {edit["rejected"]}


def test_columns_are_mapped_by_hand() -> None:
    row = {"Frage": "Warum?", "antwort ": "Darum.", "output": "kept", "note": "x", "dialog": NOW}
    found = to_example(row, how({"frage": "instruction", "Antwort": "output", "note": "nothing"}, False))
    assert (found.instruction, found.output, found.unread) == ("Warum?", "Darum.", ("note",))
    assert found.metadata == {"output": "kept", "dialog": NOW}
    chat = to_example(row | {"instruction": "Other?"}, how({"dialog": "messages"}, False))
    assert (chat.instruction, chat.output) == ("Why?", "So.")
    with pytest.raises(CitingError, match="Two columns cannot both become output"):
        how({"a": "output", "b": "output"}, False)


def test_a_preview_says_what_will_be_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    rows = [{"instruction": "Why?", "Response": "So.", "source": "web"}, {"prompt": "Who?"}, {"frage": "x"}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\noops")
    found = preview(store, tmp_path / "rows.jsonl", How())
    assert (found.read, found.good, found.duplicates, found.shapes) == (
        4,
        2,
        0,
        {"instruction → response": 1, "prompt": 1},
    )
    assert found.columns == {
        "frage": "nothing",
        "source": "metadata",
        "instruction": "instruction",
        "Response": "output",
        "prompt": "instruction",
    }
    assert [str(row) for row in found.rejected] == [
        "line 3: there is no instruction, prompt or messages field",
        "line 5: the line is not JSON",
    ]
    assert notes(found) == ["Kept as metadata: source.", "Columns not read: frage.", "1 row has no reference answer."]
    assert "example 1: instruction “Why?”, output “So.”" in told(found)
    mapped = preview(store, tmp_path / "rows.jsonl", how({"frage": "instruction"}, False))
    assert (mapped.good, mapped.columns["frage"]) == (2, "instruction")
    with pytest.raises(CitingError, match=r"There is no column antwort; the columns are instruction, Response, source"):
        preview(store, tmp_path / "rows.jsonl", how({"antwort": "output"}, False))


def test_a_preview_counts_what_an_import_will_then_count(store: Store, tmp_path: Path) -> None:
    import_rows(store, [{"instruction": "Why?", "id": 1}, {"instruction": "Who?", "output": "I.", "id": 2}], "rows")
    rows = [
        {"instruction": "Why? ", "output": "So.", "id": 1},
        {"instruction": "Who?"},
        {"instruction": "When?"},
        {"instruction": "When?"},
        {"instruction": "Where?", "category": "nobody's"},
        {"instruction": "Whose?", "id": 2},
        {"output": "x"},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    told = {False: "1 row updates what is here.", True: "2 rows update what is here."}
    for update, counts in ((False, (7, 4, 1, 2)), (True, (7, 5, 2, 1))):
        found = preview(store, path, How(), update=update)
        assert (found.read, found.good, found.updated, found.duplicates) == counts
        assert notes(found)[0] == told[update]
        assert "Kept as metadata: category." in notes(found)
        assert found.columns["category"] == "metadata"
    report = import_file(store, path, update=True)
    assert (report.imported, report.updated, report.duplicates, report.rejected) == (3, 2, 1, found.rejected)
    assert report.columns_kept == ("category",)


def test_of_several_answers_after_the_question_the_last_is_read_and_the_report_says_so() -> None:
    chat = [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "First."}, {"from": "gpt", "value": "Then."}]
    found = read({"conversations": chat}, How())
    assert (found.example.output, found.left_out) == ("Then.", frozenset({"answers"}))
    assert read({"conversations": [*chat[:2], {"from": "human", "value": " "}]}, How()).example.output == "First."


def test_both_answers_of_a_preference_come_without_thoughts() -> None:
    row = {"prompt": "Why?", "chosen": "<think>a</think>Good.", "rejected": "<think>b</think>Bad."}
    found = to_example(row, How(pairs=True))
    assert (found.draft, found.revision) == ("Bad.", "Good.")


def test_a_mapped_column_of_an_own_export_is_what_it_is_mapped_to() -> None:
    row = {"instruction": "Why?", "input": "", "chosen": "So.", "rejected": "Thus.", "dataset": "x", "teacher": "t"}
    columns = how({"chosen": "revision", "rejected": "draft"}, False)
    assert (to_example(row, columns).draft, to_example(row, columns).revision) == ("Thus.", "So.")
