"""Judgements of others: the shapes they come in, what two orders come to, and one sentence for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.workflows.evaluation.judge.foreign import ForeignRate, foreign_rate, summary


def row(task: str, preference: object, swapped: bool = False, **more: object) -> dict[str, Any]:
    left, right = {"model": "teacher", "text": f"好 {task}"}, {"model": "student", "text": f"🙂 {task}"}
    if swapped:
        left, right = right, left
    given = {"left": left["text"], "left_model": left["model"], "right": right["text"], "right_model": right["model"]}
    return {"instruction": task, **given, "judge": "gpt-4", "preference": preference, **more}


def rate_of(folder: Path, *rows: object) -> ForeignRate:
    path = folder / "judgements.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return foreign_rate(path)


def test_one_order_is_counted_for_the_right_model(tmp_path: Path) -> None:
    found = rate_of(tmp_path, row("a", 2), row("b", 1), row("c", 0), row("d", 2), row("e", None))
    assert (found["model"], found["against"], found["judge"]) == ("student", "teacher", "gpt-4")
    assert (found["wins"], found["losses"], found["ties"], found["invalid"], found["n"]) == (2, 1, 1, 1, 4)
    assert (found["win_rate"], found["bounds"], found["in_both_orders"]) == (62.5, (50.0, 70.0), 0)


def test_two_orders_are_one_comparison(tmp_path: Path) -> None:
    orders = [
        ("won", 2, 1),
        ("lost", 1, 2),
        ("left twice", 1, 1),
        ("a tie once", 2, 0),
        ("unread", 2, ""),
        ("tied", 0, 0),
    ]
    rows = [one for task, said, turned in orders for one in (row(task, said), row(task, turned, swapped=True))]
    found = rate_of(tmp_path, *rows)
    assert (found["wins"], found["losses"], found["ties"], found["inconsistent"], found["invalid"]) == (1, 1, 1, 2, 1)
    assert (found["n"], found["win_rate"], found["in_both_orders"]) == (5, 50.0, 6)
    assert rate_of(tmp_path, *[rows[0], *rows[:0:-1]]) == found


def test_a_task_that_comes_again_in_one_order_is_another_comparison(tmp_path: Path) -> None:
    found = rate_of(tmp_path, row("a", 2), row("a", 2), row("a", 1, swapped=True))
    assert (found["n"], found["wins"], found["in_both_orders"]) == (2, 2, 1)


def test_without_a_readable_reply_there_is_no_rate(tmp_path: Path) -> None:
    found = rate_of(tmp_path, row("a", None))
    assert (found["n"], found["win_rate"], found["low"], found["bounds"]) == (0, None, None, (0.0, 100.0))
    assert summary(found).startswith("student against teacher, judged by gpt-4: no valid comparison; 0 won")


def test_a_csv_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "judgements.csv"
    lines = ["instruction,left,left_model,right,right_model,judge,preference", "a,x,teacher,y,student,gpt-4,2"]
    path.write_text("\n".join([*lines, "b,x,teacher,y,student,gpt-4,"]), encoding="utf-8")
    found = foreign_rate(path)
    assert (found["wins"], found["invalid"], found["win_rate"]) == (1, 1, 100.0)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "judgements.jsonl is empty."),
        (["text"], "judgements.jsonl is not JSON, CSV or Parquet: its first line names no"),
        ([row("a", 2), "text"], "Row 2: the row is not an object with named fields."),
        ([row("a", 2), {"instruction": "b"}], "Row 2 has no left_model; judgements need instruction, left_model"),
        ([row("a", 7)], "Row 1: the preference is 1 (left), 2 (right), 0 (tie), or empty if there is none."),
        ([row("a", 1.5)], "Row 1: the preference is 1 (left)"),
        ([row("a", True)], "Row 1: the preference is 1 (left)"),
        ([row("a", [2])], "Row 1: the preference is 1 (left)"),
        ([row("a", 2, left_model="student")], "Row 1 does not name two different models."),
        ([row("a", 2), row("b", 2, judge="people")], "Row 2 is not gpt-4's judgement of student and teacher"),
        ([row("a", 2), row("b", 2, right_model="base")], "Row 2 is not gpt-4's judgement of student and teacher"),
    ],
)
def test_what_is_no_judgement_is_named_with_its_row(tmp_path: Path, rows: list[object], sentence: str) -> None:
    with pytest.raises(CitingError) as caught:
        rate_of(tmp_path, *rows)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
