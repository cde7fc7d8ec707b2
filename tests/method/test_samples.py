"""Candidates: which are set aside, which is best, and what is told of those that are learned."""

from __future__ import annotations

import pytest

from citing_app.method.samples import Samples, Scored, fault, sample_figures, sample_rows
from citing_app.types import Instruction

ONE, TWO = (Instruction(n, f"hash {n}", f"Name {n}.", "", "gold", "set", "train") for n in (1, 2))


@pytest.mark.parametrize(
    ("text", "is_cut", "accepted", "why"),
    [
        ("Blue.", False, ["Blue."], None),
        ("Blue.", True, ["Blue."], "cut"),
        ("", True, [], "cut"),
        (" \n", False, ["Blue."], "empty"),
        ("word " * 30, False, ["Blue."], None),
        ("word " * 31, False, ["Blue."], "long"),
        ("word " * 60, False, ["Blue.", "word " * 30], None),
        ("word " * 61, False, ["Blue.", "word " * 30], "long"),
        ("word " * 500, False, [], None),
    ],
)
def test_a_candidate_is_set_aside_for_a_reason(text: str, is_cut: bool, accepted: list[str], why: str | None) -> None:
    assert fault(text, is_cut, accepted) == why


def test_the_best_of_each_instruction_is_a_row_and_of_equals_the_first() -> None:
    first = Samples(ONE, "reference", [Scored("a a a", 0.5), Scored("b c", 0.75), Scored("d", 0.75)])
    second = Samples(TWO, "reference", [Scored("b c", -0.25)])
    rows = sample_rows([first, second])
    assert [row["completion"] for row in rows] == [[{"role": "assistant", "content": "b c"}]] * 2
    assert [(row["instruction"], row["task"], row["prompt"][0]["content"]) for row in rows] == [
        ("hash 1", "draft", "Name 1."),
        ("hash 2", "draft", "Name 2."),
    ]
    assert sample_figures([*rows, {"instruction": "another"}]) == {
        **{"instructions": 2, "candidates": 4, "reward": "reference", "length": 2, "distinct_2": 1.0},
        **{"reward_all": pytest.approx((2 / 3 - 0.25) / 2), "reward_best": 0.25, "distinct_2_together": 0.5},
    }
    assert sample_figures([{"instruction": "another"}]) is None
