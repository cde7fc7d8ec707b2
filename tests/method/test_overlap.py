"""Near-duplicates: candidates by blocks equal those of the whole product, and words confirm them."""

from __future__ import annotations

import numpy as np
import pytest

from citing_app.method.overlap import NEAR, most_similar, near_duplicates, sharing_rare_words

QUESTION = "When was the last easter that fell on april 1st?"


@pytest.mark.parametrize(("n", "m", "block"), [(7, 23, 4), (7, 23, 100), (1, 3, 2), (5, 2, 1)])
def test_blocks_find_the_most_similar_as_the_whole_product_does(n: int, m: int, block: int) -> None:
    generator = np.random.default_rng(n + m)
    tested, trained = (generator.standard_normal((rows, 6)).astype(np.float32) for rows in (n, m))
    expected = np.argsort(-(tested @ trained.T), axis=1)[:, :5]
    found = most_similar(tested, trained, most=5, block=block)
    assert [set(row) for row in found.tolist()] == [set(row) for row in expected.tolist()]
    assert found.shape == (n, min(5, m))


def test_nothing_is_similar_to_nothing() -> None:
    nothing, some = np.empty((0, 3), dtype=np.float32), np.ones((2, 3), dtype=np.float32)
    assert most_similar(nothing, some).shape == (0, 2)
    assert most_similar(some, nothing).shape == (2, 0)
    assert near_duplicates(["a"], [], [[]]) == []


@pytest.mark.parametrize(
    ("text", "is_near"),
    [
        (QUESTION, True),
        ("when was the last Easter fell on April 1", True),
        ("On april 1st fell the last easter. When was that?", True),
        ("When was the last easter?", False),
        ("Where does the term pop music come from?", False),
        ("", False),
    ],
)
def test_a_near_duplicate_has_almost_the_same_words(text: str, is_near: bool) -> None:
    found = near_duplicates([text], ["Another?", QUESTION], [[0, 1]])
    assert [(one.tested, one.trained) for one in found] == ([(0, 1)] if is_near else [])
    assert all(NEAR <= one.ratio <= 100 for one in found)


def test_each_text_comes_once_with_its_closest_and_the_closest_come_first() -> None:
    trained = [f"{QUESTION} Say when", QUESTION, "天空为什么是蓝色的？请解释一下原因"]
    tested = [f"{QUESTION} So", "天空为什么是蓝色的？请解释一下原因。", QUESTION]
    found = near_duplicates(tested, trained, [[0, 1, 2]] * 3)
    assert [(one.tested, one.trained) for one in found] == [(1, 2), (2, 1), (0, 1)]


def test_texts_that_share_rare_words_are_candidates() -> None:
    trained = [f"Summarise the text. Number {number} of many" for number in range(3000)]
    trained[1234] = "Summarise the text. Kubdari is a Georgian dish"
    found = sharing_rare_words(["Summarise the text: a Georgian dish, kubdari", "Summarise the text"], trained)
    assert found == [[1234], []]
