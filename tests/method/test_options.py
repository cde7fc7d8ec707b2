"""Whether an answer contains an accepted one, with options in the instruction and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from citing_app.method.options import Option, contains_answer, options

DASHES = "What did the sanctions do?\n\n- ignore\n- enforce\n- yell at\n- do not ignore"
LABELS = "Which is it?\nA) red\nB) dark blue\nC) blue"


@pytest.mark.parametrize(
    ("answer", "accepted", "is_contained"),
    [
        ("It was Andrew Johnson, in 1868.", ["Andrew Johnson"], 1.0),
        ("It was johnson.", ["Andrew Johnson", "Johnson"], 1.0),
        ("Johnsonville", ["Johnson"], 0.0),
        ("Beatles", ["The Beatles"], 1.0),
        ("Paris's streets", ["Paris"], 1.0),
        ("3.5 metres", ["5"], 0.0),
        ("about 1,000 people", ["1000"], 1.0),
        ("答案是北京。", ["北京"], 1.0),
        ("答案是南京。", ["北京"], 0.0),
        ("so 🎉!", ["🎉"], 1.0),
        ("a + b", ["+"], 1.0),
        ("", ["yes"], 0.0),
        ("yes", ["", "no"], 0.0),
        ("yes", [], 0.0),
    ],
)
def test_without_options_any_accepted_answer_will_do(answer: str, accepted: list[str], is_contained: float) -> None:
    assert contains_answer(answer, accepted) == is_contained


@pytest.mark.parametrize(
    ("instruction", "answer", "accepted", "is_contained"),
    [
        (DASHES, "They ignore it.", "ignore", 1.0),
        (DASHES, "Either ignore or enforce.", "ignore", 0.0),
        (DASHES, "Do not ignore it.", "ignore", 0.0),
        (DASHES, "Do not ignore it.", "do not ignore", 1.0),
        (DASHES, "Do not ignore it, and ignore it.", "do not ignore", 0.0),
        (DASHES, "They avoided it.", "avoided", 1.0),
        (LABELS, "B", "dark blue", 1.0),
        (LABELS, "(B)", "B", 1.0),
        (LABELS, "The answer is B.", "B) dark blue", 1.0),
        (LABELS, "It is dark blue.", "B", 1.0),
        (LABELS, "It is dark blue.", "C", 0.0),
        (LABELS, "A colour", "red", 0.0),
        (LABELS, "(A) or (B)", "B", 0.0),
        ("Choose: (A) 红 (B) 蓝", "是蓝色的", "蓝", 1.0),
        ("Choose: (A) 红 (B) 蓝", "红蓝", "蓝", 0.0),
        ("Sign?\n- +\n- *", "+", "+", 1.0),
        ("Sign?\n- +\n- *", "* or +", "+", 0.0),
    ],
)
def test_with_options_no_other_may_be_contained(
    instruction: str, answer: str, accepted: str, is_contained: float
) -> None:
    assert contains_answer(answer, [accepted], instruction) == is_contained


def test_several_accepted_options_may_stand_together() -> None:
    assert contains_answer("ignore or enforce", ["ignore", "enforce"], DASHES) == 1.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("- only one", []),
        ("A. red\nB. blue", [Option("A", "red"), Option("B", "blue")]),
        ("1) red\n\n2) blue", [Option("1", "red"), Option("2", "blue")]),
        ("- old\n- list\nNow:\n* red\n* blue", [Option("", "red"), Option("", "blue")]),
        ("Is it (A) red, or (B) blue?", [Option("A", "red, or"), Option("B", "blue?")]),
        ("See (B) and (D).", []),
    ],
)
def test_options_of_a_text(text: str, found: list[Option]) -> None:
    assert options(text) == found


def test_the_options_of_real_questions_are_found_and_only_the_right_one_is_right(shared_data: Path) -> None:
    path = shared_data / "commonsense_reasoning_csqa_cosmos.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) > 300
    for row in rows:
        listed = options(row["instruction"])
        assert len(listed) == (5 if row["source"].startswith("commonsense_qa") else 4)
        right = {one.text for one in listed if contains_answer(one.text, row["references"], row["instruction"])}
        assert right == {row["output"]}
        assert contains_answer(row["instruction"], row["references"], row["instruction"]) == 0.0
