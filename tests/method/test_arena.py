"""Blind sessions: which pairs are taken, and that no model stands on one side more than on the other."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import pytest

from citing_app.method.arena import Candidate, chosen, lefts
from citing_app.method.makers import names_its_maker


def candidates(models: str, instructions: int) -> list[Candidate]:
    return [
        Candidate(f"{one}{other}{n}", str(n), (one, other))
        for one, other in combinations(models, 2)
        for n in range(instructions)
    ]


def leaning(pairs: list[Candidate], sides: dict[str, int]) -> dict[str, int]:
    """By model, how much more often it stands left than right."""
    lean: Counter[str] = Counter()
    for pair in pairs:
        left = sides[pair.comparison]
        lean[pair.models[left]] += 1
        lean[pair.models[1 - left]] -= 1
    return lean


@pytest.mark.parametrize(("models", "wanted"), [("AB", 20), ("AB", 7), ("ABC", 20), ("ABCDE", 33), ("ABCD", 6)])
def test_every_model_stands_left_as_often_as_right(models: str, wanted: int) -> None:
    for seed in range(20):
        pairs = chosen(candidates(models, 30), wanted, str(seed))
        assert len(pairs) == wanted
        assert all(abs(lean) <= 1 for lean in leaning(pairs, lefts(pairs, str(seed), "ann")).values())


def test_the_side_comes_from_seed_person_and_comparison_and_is_a_fair_coin() -> None:
    (pair,) = candidates("AB", 1)
    sides = [lefts([pair], str(seed), "ann")[pair.comparison] for seed in range(400)]
    assert 160 < sum(sides) < 240
    assert sides == [lefts([pair], str(seed), "ann")[pair.comparison] for seed in range(400)]
    assert sides != [lefts([pair], str(seed), "ben")[pair.comparison] for seed in range(400)]


def test_sides_do_not_alternate() -> None:
    pairs = chosen(candidates("AB", 40), 40, "s")
    sides = lefts(pairs, "s", "ann")
    changes = sum(sides[one.comparison] != sides[other.comparison] for one, other in pairwise(pairs))
    assert 10 < changes < 30


def test_every_two_models_come_equally_often_and_instructions_are_not_repeated_before_all_came() -> None:
    pairs = chosen(candidates("ABC", 30), 30, "s")
    assert Counter(pair.models for pair in pairs) == {("A", "B"): 10, ("A", "C"): 10, ("B", "C"): 10}
    assert len({pair.instruction for pair in pairs}) == 30
    assert len({pair.comparison for pair in chosen(candidates("AB", 5), 20, "s")}) == 5


def test_pairs_with_few_votes_come_first_and_those_one_has_seen_last() -> None:
    pairs = [
        Candidate("seen", "1", ("A", "B"), votes=1, own=True),
        Candidate("twice", "2", ("A", "B"), votes=2),
        Candidate("never", "3", ("A", "B")),
    ]
    assert {one.comparison for one in chosen(pairs, 1, "s")} == {"never"}
    assert {one.comparison for one in chosen(pairs, 2, "s")} == {"never", "twice"}


def test_nothing_to_choose_from_is_an_empty_session() -> None:
    assert chosen([], 20, "s") == []
    assert lefts([], "s", "ann") == {}


@pytest.mark.parametrize(
    "text",
    [
        "As GPT-4, I cannot say.",
        "I am ChatGPT, trained by OpenAI.",
        "I'm Claude.",
        "这个问题……我是通义千问。",
        "Round 3 says: yes.",
        "I run on SmolLM2-135M-Instruct.",
        "trained by Anthropic",
    ],
)
def test_an_answer_that_names_its_maker_is_flagged(text: str) -> None:
    assert names_its_maker(text, ["base", "round 3", "SmolLM2-135M-Instruct"])


@pytest.mark.parametrize("text", ["The base of a triangle.", "I am happy.", "Round 33.", "", "As gptable as ever"])
def test_an_answer_that_names_nobody_is_not(text: str) -> None:
    assert not names_its_maker(text, ["base", "round 3", "(", "a student"])
