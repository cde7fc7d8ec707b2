"""Metrics by hand, and against the package that the field measures with."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from pathlib import Path

import pytest
from rouge_score.rouge_scorer import RougeScorer

from citing_app.method.metrics import (
    basis,
    best,
    distinct_2,
    exact_match,
    length,
    length_unit,
    rouge_l,
    token_f1,
    unchanged,
    words,
)
from citing_app.method.normalisation import chinese_words, squad_words


def test_words_are_lower_case_letters_and_digits() -> None:
    assert words("The sky's blue-green, 42 times! é") == ["the", "sky", "s", "blue", "green", "42", "times"]


def test_other_scripts_have_words_too() -> None:
    assert words("你好, Welt! Привет мир ٤٢") == ["你", "好", "welt", "привет", "мир", "٤٢"]


@pytest.mark.parametrize(
    ("answer", "accepted", "rouge", "f1"),
    [
        ("two cats sat", "two cats sat", 1.0, 1.0),
        ("the cat", "a dog", 0.0, 0.0),
        ("one cat sat down", "one dog sat", 4 / 7, 4 / 7),
        ("the cat sat down", "the dog sat", 4 / 7, 2 / 5),
        ("sat cat red", "red cat sat", 1 / 3, 1.0),
        ("no no no", "no", 0.5, 0.5),
        ("", "the", 0.0, 0.0),
        ("天空是蓝色的。", "天空是绿色的。", 5 / 6, 5 / 6),
        ("我用iPhone 手机", "iPhone手机", 3 / 4, 3 / 4),
        ("кошка спит", "кошка ест", 0.5, 0.5),
        ("🎉 yes", "yes", 1.0, 2 / 3),
    ],
)
def test_rouge_l_and_token_f1_by_hand(answer: str, accepted: str, rouge: float, f1: float) -> None:
    assert rouge_l(answer, accepted) == pytest.approx(rouge)
    assert token_f1(answer, accepted) == pytest.approx(f1)
    assert rouge_l(accepted, answer) == pytest.approx(rouge)


@pytest.mark.parametrize(
    ("answer", "accepted", "same"),
    [
        ("The cat.", "a  CAT", 1.0),
        ("cat the", "the cat", 1.0),
        ("cat sat", "sat cat", 0.0),
        ("U.S.", "us", 1.0),
        ("", "cat", 0.0),
        ("", "the", 0.0),
        ("", "", 1.0),
        ("+", "-", 0.0),
        ("+", "+ ", 1.0),
        ("the", "+", 0.0),
        ("🎉", "🎉!", 1.0),
        ("🎉", "🎊", 0.0),
        ("你好，世界！", "你好世界", 1.0),
        ("《红楼梦》", "红楼梦", 1.0),
        ("你好，世界", "完全不同的答案", 0.0),
        ("A型", "型", 0.0),
        ("。", "，", 0.0),
    ],
)
def test_exact_match_by_hand(answer: str, accepted: str, same: float) -> None:
    assert exact_match(answer, accepted) == exact_match(accepted, answer) == same
    assert token_f1(answer, accepted) >= same


def test_chinese_is_cut_by_character_and_keeps_its_words_in_other_scripts() -> None:
    assert chinese_words("在 The Beatles 的歌，1968年。") == [*"在", "the", "beatles", *"的歌", "1968", "年"]


def test_one_rule_holds_for_both_texts() -> None:
    assert token_f1("是1998年", "1998") == 0.5
    assert token_f1("The poet was 李白.", "李白") == pytest.approx(4 / 7)
    assert token_f1("The poet is called Li Bai (李白) by us all", "the poet is called Li Bai") == pytest.approx(10 / 14)


def test_token_f1_and_exact_match_are_the_official_ones_on_real_texts(shared_data: Path) -> None:
    lines = (shared_data / "reading_comprehension_adversarial_qa.jsonl").read_text(encoding="utf-8").splitlines()
    values = set()
    for row in map(json.loads, lines[::3]):
        for answer in (row["output"], row["instruction"], f"The {row['output']}, of course!", row["input"][:80]):
            assert exact_match(answer, row["output"]) == official_exact_match(answer, row["output"])
            assert token_f1(answer, row["output"]) == pytest.approx(official_f1(answer, row["output"]), abs=1e-12)
            values.add(official_f1(answer, row["output"]))
    assert len(values) > 50


def official_words(text: str) -> str:
    """`normalize_answer` of SQuAD's evaluate-v1.1.py."""
    without_marks = "".join(ch for ch in text.lower() if ch not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without_marks).split())


def official_exact_match(prediction: str, ground_truth: str) -> bool:
    return official_words(prediction) == official_words(ground_truth)


def official_f1(prediction: str, ground_truth: str) -> float:
    said, true = official_words(prediction).split(), official_words(ground_truth).split()
    num_same = sum((Counter(said) & Counter(true)).values())
    if num_same == 0:
        return 0.0
    precision, recall = num_same / len(said), num_same / len(true)
    return (2 * precision * recall) / (precision + recall)


def test_squads_words_are_the_official_ones_on_odd_texts() -> None:
    for text in ("", " ", "...", "A", "Theatre an a-the", "it's “quoted”", "ÀN é 🎉", "a\u00a0the\tthe"):
        assert squad_words(text) == official_words(text).split()


def test_the_best_over_several_accepted_answers_counts() -> None:
    assert best(exact_match, "Johnson", ["Andrew Johnson", "Johnson"]) == 1.0
    assert best(token_f1, "Johnson", ["Bill Clinton", "Andrew Johnson"]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="empty"):
        best(exact_match, "Johnson", [])


def test_figures_of_other_accepted_answers_or_rules_have_another_basis() -> None:
    assert basis("rouge_l", ["a"]) == basis("rouge_l", ["a"]) != basis("rouge_l", ["a", "b"])
    assert basis("token_f1", ["a"]) != basis("rouge_l", ["a"])
    assert basis("length") == basis("distinct_2")


@pytest.mark.parametrize(
    ("text", "n", "unit"),
    [
        ("", 0, "words"),
        ("It's three well-known words, isn't it? 🎉", 7, "words"),
        ("天空是蓝色的。", 6, "characters"),
        ("我用 Python 写代码", 6, "characters"),
        ("The word 天 means sky", 5, "words"),
        ("...", 0, "words"),
    ],
)
def test_length_counts_words_and_chinese_characters(text: str, n: int, unit: str) -> None:
    assert (length(text), length_unit(text)) == (n, unit)


@pytest.mark.parametrize(
    ("text", "share"),
    [("", 1.0), ("word", 1.0), ("a b c", 1.0), ("no no no no", 1 / 3), ("a b a b", 2 / 3), ("哈哈哈", 0.5)],
)
def test_distinct_2_is_the_share_of_different_neighbours(text: str, share: float) -> None:
    assert distinct_2(text) == pytest.approx(share)


def test_a_self_revision_is_unchanged_up_to_white_space() -> None:
    assert unchanged(" It is\n\nblue. ", "It is blue.") == 1.0
    assert unchanged("It is blue", "It is blue.") == 0.0


def test_rouge_l_is_the_packages_on_real_texts(shared_data: Path) -> None:
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    lines = (shared_data / "draft_revision_pairs.jsonl").read_text(encoding="utf-8").splitlines()[:300:3]
    values = set()
    for row in map(json.loads, lines):
        theirs = scorer.score(row["revision"], row["draft"])["rougeL"].fmeasure
        assert rouge_l(row["draft"], row["revision"]) == pytest.approx(theirs, abs=1e-12)
        values.add(theirs)
    assert len(values) > 50
