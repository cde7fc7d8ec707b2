"""What a rubric may be, what changed between two versions, and two groups within a category."""

from __future__ import annotations

import numpy as np
import pytest

from citing_app.errors import CitingError
from citing_app.method.groups import two_groups
from citing_app.method.rubrics import changes, checked_category, checked_criteria
from citing_app.types import Criterion

ONE = Criterion("Accurate", "Every statement is true.", "Some are false.")


def test_texts_are_trimmed_and_names_have_single_spaces() -> None:
    (checked,) = checked_criteria([Criterion("  To the \n point ", " Brief. ", "\tLong.\n")])
    assert checked == Criterion("To the point", "Brief.", "Long.")


@pytest.mark.parametrize(
    ("criteria", "sentence"),
    [
        ([], "1 to 12 criteria"),
        ([Criterion(f"c{n}", "a", "b") for n in range(13)], "1 to 12 criteria"),
        ([ONE, Criterion(" ", "a", "b")], "Criterion 2 needs a name"),
        ([Criterion("a", " ", "b")], "Criterion 1 needs a name, and what a good"),
        ([Criterion("a", "b", "")], "Criterion 1 needs"),
        ([Criterion("a" * 81, "b", "c")], "at most 80 characters, its lines at most 500"),
        ([Criterion("a", "b" * 501, "c")], "Criterion 1 is too long"),
        ([Criterion("a", "b", "c" * 501)], "Criterion 1 is too long"),
        ([ONE, Criterion("ACCURATE", "a", "b")], "Two criteria have the same name"),
    ],
)
def test_what_is_no_rubric_is_a_sentence(criteria: list[Criterion], sentence: str) -> None:
    with pytest.raises(CitingError, match=sentence):
        checked_criteria(criteria)


def test_at_the_limits_it_is_a_rubric() -> None:
    assert len(checked_criteria([Criterion(f"{n:02}" * 40, "b" * 500, "c" * 500) for n in range(12)])) == 12


def test_a_category_is_named_once_whatever_the_case() -> None:
    assert checked_category("  world \t facts ", ["explaining"]) == "world facts"
    assert checked_category("x" * 60, []) == "x" * 60
    for name in ("explaining", "Explaining", " EXPLAINING ", "ｅxplaining"):
        with pytest.raises(CitingError, match="has or had this name"):
            checked_category(name, ["Explaining"])
    for name in ("", "  ", "a\u202eb"):
        with pytest.raises(CitingError, match="printable"):
            checked_category(name, [])
    with pytest.raises(CitingError, match="at most 60"):
        checked_category("x" * 61, [])


def test_changes_name_what_came_what_went_and_what_reads_differently() -> None:
    short, kind = Criterion("Short", "Brief.", "Long."), Criterion("Kind", "Warm.", "Cold.")
    truer = Criterion("Accurate", "Every claim is true.", "Some are false.")
    found = changes([ONE, short], [kind, truer])
    assert [(one.kind, one.name) for one in found] == [("added", "Kind"), ("changed", "Accurate"), ("removed", "Short")]
    assert [(part.before, part.after) for part in found[1].good if part.changed] == [("statement", "claim")]
    assert not any(part.changed for part in found[1].bad)
    assert "".join(part.before for part in found[2].good) == "Brief."
    assert changes([ONE, short], [short, ONE]) == []


def unit(rows: list[list[float]]) -> np.ndarray:  # type: ignore[type-arg]
    found = np.array(rows, dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_two_groups_are_found_and_the_larger_is_the_first() -> None:
    noise = np.random.default_rng(7).normal(0, 0.15, (30, 8)).astype(np.float32)
    vectors = noise + np.repeat(np.eye(8, dtype=np.float32)[[2, 5]], [10, 20], axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = two_groups(vectors)
    assert found is not None
    groups, nearness = found
    assert groups.tolist() == [1] * 10 + [0] * 20
    assert nearness.min() > 0.5
    again = two_groups(vectors)
    assert again is not None
    assert np.array_equal(again[0], groups)


def test_there_are_not_always_two_groups() -> None:
    assert two_groups(unit([[1, 0]] * 3)) is None
    assert two_groups(unit([[1, 0]] * 9)) is None
    assert two_groups(unit([[1, 0.01 * n] for n in range(8)] + [[-1, 0]])) is None  # one stands alone
