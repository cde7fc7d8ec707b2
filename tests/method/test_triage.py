"""The order of the queue: signs, what they are worth, and what comes first."""

from __future__ import annotations

import numpy as np
import pytest

from citing_app.method.triage import Revisions, likeness, likeness_to_others, score

NONE = np.zeros((0, 2), dtype=np.float32)
EAST, NORTH = np.eye(2, dtype=np.float32)


def revisions(edits: list[float], similarities: list[float] | None = None, vectors: list = ()) -> Revisions:  # type: ignore[type-arg,assignment]
    count = len(edits)
    return Revisions(
        np.array(edits, dtype=np.float64),
        np.array(similarities if similarities is not None else [np.nan] * count, dtype=np.float64),
        np.array(vectors if len(vectors) else np.zeros((count, 2)), dtype=np.float32).reshape(count, 2),
    )


def nothing_decided() -> tuple[Revisions, np.ndarray]:  # type: ignore[type-arg]
    return revisions([]), np.zeros(0, dtype=bool)


def test_before_any_decision_small_edits_near_their_rubric_are_likely_fine() -> None:
    scores = score(revisions([0.5, 0.1, 0.9], [0.2, 0.3, 0.1]), *nothing_decided())
    assert scores.order("likely fine").tolist() == [1, 0, 2]
    assert scores.order("likely wrong").tolist() == [2, 0, 1]
    assert (scores.rejected, scores.accepted) == (0, 0)


def test_equal_or_unknown_signs_leave_the_queue_as_it_is_and_give_no_reason() -> None:
    scores = score(revisions([np.nan] * 3, [0.2] * 3), *nothing_decided())
    assert scores.order("likely wrong").tolist() == scores.order("likely fine").tolist() == [0, 1, 2]
    assert scores.strongest(0, "likely wrong") is None


def test_nothing_that_waits_has_an_empty_order() -> None:
    assert score(revisions([]), revisions([0.5, 0.1]), np.array([True, False])).order("likely wrong").tolist() == []


def test_what_is_like_the_rejected_comes_first_once_that_tells_them_apart() -> None:
    rejected = np.array([True] * 10 + [False] * 10)
    decided = revisions([0.5] * 20, None, [EAST] * 10 + [NORTH] * 10)
    waiting = revisions([0.9, 0.1, 0.5], None, [NORTH, EAST, NORTH])
    scores = score(waiting, decided, rejected)
    assert scores.order("likely wrong").tolist() == [1, 0, 2]
    assert scores.strongest(1, "likely wrong") == "likeness"
    assert scores.strongest(2, "likely fine") == "likeness"
    assert (scores.rejected, scores.accepted) == (10, 10)


def test_a_sign_that_turns_out_to_mean_the_opposite_turns_the_order_round() -> None:
    unchanged_are_rejected = np.array([True] * 10 + [False] * 10)
    decided = revisions([0.0] * 10 + [0.6] * 10)
    waiting = revisions([0.7, 0.02, 0.5])
    assert score(waiting, decided, unchanged_are_rejected).order("likely wrong").tolist() == [1, 2, 0]
    assert score(waiting, decided, ~unchanged_are_rejected).order("likely wrong").tolist() == [0, 2, 1]


def test_likeness_is_the_difference_of_mean_inner_products() -> None:
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(12, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rejected = np.arange(12) < 5
    expected = [np.mean(vectors[rejected] @ x) - np.mean(vectors[~rejected] @ x) for x in vectors]
    assert likeness(vectors, vectors, rejected) == pytest.approx(expected, abs=1e-6)
    for row, found in enumerate(likeness_to_others(vectors, rejected)):
        others = np.arange(12) != row
        left_out = likeness(vectors[row : row + 1], vectors[others], rejected[others])
        assert found == pytest.approx(float(left_out[0]), abs=1e-6)


def test_likeness_is_unknown_without_a_vector_or_without_both_kinds() -> None:
    assert np.isnan(likeness(np.stack([EAST]), np.stack([EAST]), np.array([True]))).all()
    both = np.array([True, False])
    assert np.isnan(likeness(np.zeros((1, 2), np.float32), np.stack([EAST, NORTH]), both)).all()
    assert np.isnan(likeness(np.zeros((2, 0), np.float32), np.zeros((0, 0), np.float32), np.zeros(0, bool))).all()
