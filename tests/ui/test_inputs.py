"""Values from outside: good ones pass, everything else is one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.ui.inputs import integer, integers, optional_integer, text


@pytest.mark.parametrize(("value", "number"), [(3, 3), (3.0, 3), ("3", 3), (" 3 ", 3), (1, 1), (10, 10), ("٣", 3)])
def test_whole_numbers_pass(value: Any, number: int) -> None:
    found = integer(value, "The count", 1, 10)
    assert found == number
    assert type(found) is int


@pytest.mark.parametrize(
    "value",
    [
        *(0, 11, -1, 1.5, float("nan"), float("inf"), 1e300, True, False, None),
        *("", "x", "1.5", "-1", "1e1", "²", "9" * 5000, b"1", [1], {"a": 1}),
    ],
)
def test_anything_else_is_no_whole_number(value: Any) -> None:
    with pytest.raises(CitingError, match=r"^The count is a whole number between 1 and 10\.$"):
        integer(value, "The count", 1, 10)


def test_an_optional_number_may_be_missing_but_not_wrong() -> None:
    assert optional_integer(None, "The round", 1, 10) is None
    assert optional_integer("", "The round", 1, 10) is None
    assert optional_integer("4", "The round", 1, 10) == 4
    with pytest.raises(CitingError):
        optional_integer(0, "The round", 1, 10)
    with pytest.raises(CitingError):
        optional_integer(False, "The round", 1, 10)


def test_a_text_passes_as_it_is() -> None:
    for value in ("", " a\nb ", "x" * 10, "中文 👍"):
        assert text(value, "The text", 10) == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "is a text"),
        (3, "is a text"),
        (["a"], "is a text"),
        ("x" * 11, "longer than 10 characters"),
        ("a\x00b", "no text"),
        ("a\ud800b", "no text"),
        ("\udfff", "no text"),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(CitingError, match=reason):
        text(value, "The text", 10)


def test_lists_of_numbers_are_bounded_and_checked() -> None:
    assert integers([1, "2", 3.0], "The models", 3) == [1, 2, 3]
    assert integers([], "The models", 3) == []
    for value in ([1, 2, 3, 4], "123", None, [1, "x"], [-1], [2**63], {"a": 1}):
        with pytest.raises(CitingError):
            integers(value, "The models", 3)
