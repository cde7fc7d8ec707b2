"""Metrics by hand, and against the package that the field measures with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rouge_score.rouge_scorer import RougeScorer

from citing_app.method.metrics import exact_match, rouge_l, token_f1, words


def test_words_are_lower_case_letters_and_digits() -> None:
    assert words("The sky's blue-green, 42 times! é") == ["the", "sky", "s", "blue", "green", "42", "times"]


def test_other_scripts_have_words_too() -> None:
    assert words("你好, Welt! Привет мир ٤٢") == ["你", "好", "welt", "привет", "мир", "٤٢"]


@pytest.mark.parametrize(
    ("answer", "reference", "rouge", "f1"),
    [
        ("the cat sat", "the cat sat", 1.0, 1.0),
        ("the cat", "a dog", 0.0, 0.0),
        ("the cat sat down", "the dog sat", 4 / 7, 4 / 7),
        ("sat cat the", "the cat sat", 1 / 3, 1.0),
        ("the the the", "the", 0.5, 0.5),
        ("", "the", 0.0, 0.0),
        ("", "", 0.0, 0.0),
        ("天空是蓝色的。", "天空是绿色的。", 5 / 6, 5 / 6),
        ("кошка спит", "кошка ест", 0.5, 0.5),
    ],
)
def test_rouge_l_and_token_f1_by_hand(answer: str, reference: str, rouge: float, f1: float) -> None:
    assert rouge_l(answer, reference) == pytest.approx(rouge)
    assert token_f1(answer, reference) == pytest.approx(f1)
    assert rouge_l(reference, answer) == pytest.approx(rouge)


def test_exact_match_ignores_case_and_punctuation_but_not_order() -> None:
    assert exact_match("The cat.", "the  CAT") == 1.0
    assert exact_match("cat the", "the cat") == 0.0
    assert exact_match("", "the") == 0.0
    assert exact_match("你好，世界", "你好世界") == 1.0
    assert exact_match("你好，世界", "完全不同的答案") == 0.0
    assert exact_match("+", "-") == 0.0


def test_rouge_l_is_the_packages_on_real_texts(shared_data: Path) -> None:
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    lines = (shared_data / "draft_revision_pairs.jsonl").read_text(encoding="utf-8").splitlines()[:300:3]
    values = set()
    for row in map(json.loads, lines):
        theirs = scorer.score(row["revision"], row["draft"])["rougeL"].fmeasure
        assert rouge_l(row["draft"], row["revision"]) == pytest.approx(theirs, abs=1e-12)
        values.add(theirs)
    assert len(values) > 50
