"""Assignment against the paper's definition, computed the long way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from citing_app.method.assignment import (
    FLOOR,
    FLOOR_QUANTILE,
    MEMBERS_FOR_A_FLOOR,
    agreement,
    category_means,
    data_floor,
    similarities,
)
from citing_app.method.assignment import assign as assign_rows
from citing_app.types import Assignment
from citing_app.workflows.rubrics.assigning import assigned

Vectors = npt.NDArray[np.float32]


def unit_vectors(count: int, seed: int, dimensions: int = 24) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimensions))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def members() -> dict[str, Vectors]:
    return {"writing": unit_vectors(7, 1), "coding": unit_vectors(3, 2), "planning": unit_vectors(1, 3)}


def mean_inner_product(vector: Vectors, rows: Vectors) -> float:
    return sum(sum(float(a) * float(b) for a, b in zip(vector, row, strict=True)) for row in rows) / len(rows)


def assign(vectors: Vectors, names: list[str], means: Vectors, floor: float = FLOOR) -> list[Assignment]:
    return assign_rows(vectors @ means.T if names else vectors, names, floor)


def leave_one_out(
    vector: Vectors, names: list[str], means: Vectors, own: str, size: int, floor: float = FLOOR
) -> Assignment:
    (found,) = assign_rows(similarities(vector[None], names, means, [own], {own: size}), names, floor)
    return found


def ranked(vector: Vectors, members: dict[str, Vectors]) -> list[tuple[float, str]]:
    return sorted(((mean_inner_product(vector, rows), name) for name, rows in members.items()), reverse=True)


def test_the_highest_mean_inner_product_wins_and_the_second_is_named(members: dict[str, Vectors]) -> None:
    vectors = unit_vectors(50, 4)
    found = assign(vectors, *category_means(members), floor=-1.0)
    winners = set()
    for vector, assignment in zip(vectors, found, strict=True):
        (best, first), (second, runner_up), _ = ranked(vector, members)
        assert (assignment.category, assignment.runner_up) == (first, runner_up)
        assert assignment.similarity == pytest.approx(best, abs=1e-5)
        assert assignment.runner_up_similarity == pytest.approx(second, abs=1e-5)
        winners.add(first)
    assert winners == set(members)


def test_the_mean_vector_is_not_renormalised() -> None:
    opposite = np.array([[1, 0], [0, 1]], dtype=np.float32)
    names, means = category_means({"only": opposite})
    assert names == ["only"]
    assert means.tolist() == [[0.5, 0.5]]


def test_without_its_own_vote_a_member_is_assigned_as_if_it_had_never_been_there(members: dict[str, Vectors]) -> None:
    names, means = category_means(members)
    for own, rows in members.items():
        for index, vector in enumerate(rows):
            others = {**members, own: np.delete(rows, index, axis=0)}
            expected = [(value, name) for value, name in ranked(vector, {k: v for k, v in others.items() if len(v)})]
            found = leave_one_out(vector, names, means, own, len(rows), floor=-1.0)
            assert found.category == expected[0][1]
            assert found.similarity == pytest.approx(expected[0][0], abs=1e-5)


def test_leaving_one_out_leaves_the_means_as_they_were(members: dict[str, Vectors]) -> None:
    names, means = category_means(members)
    before = means.copy()
    leave_one_out(members["coding"][0], names, means, "coding", 3)
    assert (means == before).all()


def test_below_the_floor_no_rubric_fits_but_the_similarities_are_told() -> None:
    east, north, _ = np.eye(3, dtype=np.float32)[:, None]
    names, means = category_means({"east": east, "north": north})
    just_below, at_floor = FLOOR - 0.01, FLOOR
    rest = [float(np.sqrt(1 - value**2)) for value in (just_below, at_floor)]
    vectors = np.array([[just_below, 0, rest[0]], [at_floor, 0, rest[1]]], np.float32)
    below, on = assign(vectors, names, means, floor=float(np.float32(FLOOR)))
    assert below.category is None
    assert below.similarity == pytest.approx(just_below)
    assert below.runner_up == "north"
    assert on.category == "east"


def test_without_any_member_no_rubric_fits() -> None:
    names, means = category_means({})
    assert assign(unit_vectors(2, 1), names, means) == [Assignment(None, 0.0, None, 0.0)] * 2


def test_one_category_has_no_runner_up() -> None:
    vector = unit_vectors(1, 8)
    (found,) = assign(vector, *category_means({"only": vector}))
    assert (found.category, found.runner_up, found.runner_up_similarity) == ("only", None, 0.0)
    assert found.similarity == pytest.approx(1.0, abs=1e-5)


def test_members_are_compared_without_themselves_and_others_with_everyone(members: dict[str, Vectors]) -> None:
    stranger = unit_vectors(1, 9)
    vectors = np.concatenate([*members.values(), stranger])
    sorted_into = [name for name, rows in members.items() for _ in rows] + [None]
    found, report = assigned(vectors, sorted_into)
    assert (report["members"], report["floor_from_data"]) == (11, FLOOR)
    assert (sum(report["counts"]), report["counts_members"]) == (1, False)
    names, means = category_means(members)
    assert_same(found[-1], assign(stranger, names, means)[0])
    for vector, own, assignment in zip(vectors[:-1], sorted_into, found, strict=False):
        assert own is not None
        assert_same(assignment, leave_one_out(vector, names, means, own, len(members[own])))


def assert_same(found: Assignment, expected: Assignment) -> None:
    """The same categories, and similarities equal as far as float32 products in another order can be."""
    assert (found.category, found.runner_up) == (expected.category, expected.runner_up)
    assert found.similarity == pytest.approx(expected.similarity, abs=1e-6)
    assert found.runner_up_similarity == pytest.approx(expected.runner_up_similarity, abs=1e-6)


def test_the_floor_is_a_low_quantile_of_the_members_best_similarities() -> None:
    rows = {"near": unit_vectors(80, 1) + 2, "far": unit_vectors(80, 2) - 2}
    rows = {name: values / np.linalg.norm(values, axis=1, keepdims=True) for name, values in rows.items()}
    names, means = category_means(rows)
    own: list[str | None] = [name for name in rows for _ in rows[name]]
    found = similarities(np.concatenate(list(rows.values())), names, means, own, dict.fromkeys(rows, 80))
    expected = [
        max(
            mean_inner_product(vector, np.delete(rows[other], index, axis=0) if other == name else rows[other])
            for other in rows
        )
        for name in rows
        for index, vector in enumerate(rows[name])
    ]
    assert data_floor(found, own) == pytest.approx(float(np.quantile(expected, FLOOR_QUANTILE)), abs=1e-4)
    few = MEMBERS_FOR_A_FLOOR - 1
    assert data_floor(found[:few], own[:few]) == FLOOR


def test_agreement_counts_firsts_and_seconds_and_names_what_is_mistaken() -> None:
    def one(nearest: str, runner_up: str) -> Assignment:
        return Assignment(None, 0.5, runner_up, 0.4, nearest)

    found = [one("a", "b"), one("b", "a"), one("c", "b"), one("b", "c"), one("b", "a"), one("c", "a")]
    first, second = agreement(found, ["a", "a", "a", "a", "b", None])
    assert (first.category, first.n, first.first, first.second, first.mistaken_for) == ("a", 4, 1, 1, "b")
    assert (second.category, second.n, second.first, second.second, second.mistaken_for) == ("b", 1, 1, 0, None)
