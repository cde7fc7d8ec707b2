"""What a round teaches from one pair."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from citing_app.method.prompts import NO_RUBRIC, draft_messages, revise_messages, rubric_draft_messages
from citing_app.method.training_rows import (
    CHANGED_WEIGHT,
    by_edit_size,
    changed_spans,
    prompt_hashes,
    rubric_answer_rows,
    training_rows,
    with_replay,
)
from citing_app.types import Criterion, Instruction, Objective, Pair, Rubric, Task

RUBRIC = Rubric("explaining", (Criterion("Accurate", "True.", "False."),))
PAIRS = [
    Pair("d1", 1, "Why?", "the sky", "Magic.", "Scattering.", RUBRIC, "train"),
    Pair("d2", 2, "How?", "", "Somehow.", "Carefully.", None, "train"),
]


@pytest.mark.parametrize(
    ("objective", "tasks"),
    [("revise", ["revise"] * 2), ("draft", ["draft"] * 2), ("both", ["draft", "revise"] * 2)],
)
def test_an_objective_gives_its_tasks_for_every_pair(objective: Objective, tasks: list[str]) -> None:
    assert [row["task"] for row in training_rows(PAIRS, objective)] == tasks


def test_both_tasks_end_in_the_revision_and_see_what_the_student_sees_at_use() -> None:
    draft, revise = training_rows(PAIRS[:1], "both")
    assert draft["completion"] == revise["completion"] == [{"role": "assistant", "content": "Scattering."}]
    assert draft["prompt"] == draft_messages(Task("Why?", "the sky"))
    assert revise["prompt"] == revise_messages(Task("Why?", "the sky"), RUBRIC, "Magic.")
    assert "Magic." not in draft["prompt"][0]["content"]


def test_an_answer_can_be_learned_with_its_rubric_in_view() -> None:
    why = Instruction(1, "a1", "Why?", "the sky", "Scattering.", "set", "train")
    with_rubric, without = rubric_answer_rows([(why, RUBRIC), (why, None)])
    assert with_rubric["prompt"] == rubric_draft_messages(Task("Why?", "the sky"), RUBRIC)
    assert "- Accurate. Good: True. Bad: False." in with_rubric["prompt"][0]["content"]
    assert NO_RUBRIC in without["prompt"][0]["content"]
    assert (with_rubric["instruction"], with_rubric["rubric"], without.get("rubric")) == ("a1", ["explaining", 1], None)
    assert with_rubric["completion"] == without["completion"] == [{"role": "assistant", "content": "Scattering."}]
    assert list(prompt_hashes([without])) == ["student_answer"]


def test_no_pairs_give_no_rows() -> None:
    assert training_rows([], "both") == []


def test_what_the_teacher_changed_can_count_more() -> None:
    (row,) = training_rows([replace(PAIRS[1], draft="The cat sat.", revision="The cat slept.")], "draft", True)
    text = row["completion"][0]["content"]
    assert [(text[start:end], weight) for start, end, weight in row["weights"]] == [("slept", CHANGED_WEIGHT)]
    assert changed_spans("Same.", "Same.") == []
    assert changed_spans("One two three", "One three") == []


def test_rows_name_what_they_were_made_from() -> None:
    draft, revise = training_rows(PAIRS[:1], "both")
    assert draft["decision"] == revise["decision"] == "d1"
    assert draft["rubric"] == ["explaining", 1]
    assert list(prompt_hashes([draft, revise])) == ["student_revision"]
    assert prompt_hashes([draft]) == {}


def test_small_edits_come_first() -> None:
    large = replace(PAIRS[0], draft="a b c d", revision="w x y z")
    small = replace(PAIRS[0], draft="a b c d", revision="a b c z")
    assert by_edit_size([large, small]) == [small, large]


def test_replayed_answers_are_spread_by_a_seed_and_rows_keep_their_order() -> None:
    rows = training_rows(PAIRS * 5, "draft")
    answers = [Instruction(n, f"hash {n}", f"Q{n}?", "", f"A{n}.", "set", "train") for n in range(20)]
    mixed = with_replay(rows, answers, 0.5, seed=1)
    assert [row for row in mixed if "replay" not in row] == rows
    places = [place for place, row in enumerate(mixed) if "replay" in row]
    assert len(places) == 5
    assert max(b - a for a, b in itertools.pairwise(places)) <= 4
    assert mixed == with_replay(rows, answers[::-1], 0.5, seed=1)
    assert mixed != with_replay(rows, answers, 0.5, seed=2)
    assert len(with_replay(rows, answers[:2], 1.0, seed=1)) == 12
    assert with_replay(rows, [], 1.0, seed=1) == rows
