"""What a round teaches from one pair."""

from __future__ import annotations

import pytest

from citing_app.curriculum.lesson import training_rows
from citing_app.curriculum.prompts import draft_messages, revise_messages
from citing_app.types import Criterion, Objective, Pair, Rubric

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
    assert draft["prompt"] == draft_messages("Why?", "the sky")
    assert revise["prompt"] == revise_messages("Why?", "the sky", RUBRIC, "Magic.")
    assert "Magic." not in draft["prompt"][0]["content"]


def test_no_pairs_give_no_rows() -> None:
    assert training_rows([], "both") == []
