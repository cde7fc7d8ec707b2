"""Values from outside: good ones pass, everything else is one sentence."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from citing_app.errors import CitingError
from citing_app.workflows.request import Flag, Many, Number, Request, Text, Whole, Word

COUNT = Whole("The count", 1, 10)
MODELS = Many("The models", Whole("The model", 0, 2**62), most=3)


class Some(Request):
    """Fields that must be there, and fields that may be missing."""

    count: Annotated[int, COUNT]
    round: Annotated[int | None, Whole("The round", 1, 10)] = None
    text: Annotated[str, Text("The text", 10)] = "none"
    kind: Annotated[str, Word("A kind", ("one", "two", "three"))] = "one"
    sure: Annotated[bool, Flag("Sure")] = False
    share: Annotated[float | None, Number("The share", 0, 1)] = None


@pytest.mark.parametrize(("value", "number"), [(3, 3), (3.0, 3), ("3", 3), (" 3 ", 3), (1, 1), (10, 10), ("٣", 3)])
def test_whole_numbers_pass(value: Any, number: int) -> None:
    found = COUNT.read(value)
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
        COUNT.read(value)


def test_an_optional_number_may_be_missing_but_not_wrong() -> None:
    assert Some.of({"count": 1, "round": None}).round is None
    assert Some.of({"count": 1, "round": ""}).round is None
    assert Some.of({"count": 1, "round": "4"}).round == 4
    with pytest.raises(CitingError):
        Some.of({"count": 1, "round": 0})
    with pytest.raises(CitingError):
        Some.of({"count": 1, "round": False})


def test_a_text_passes_as_it_is() -> None:
    for value in ("", " a\nb ", "x" * 10, "中文 👍"):
        assert Text("The text", 10).read(value) == value


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
        Text("The text", 10).read(value)


def test_lists_of_numbers_are_bounded_and_checked() -> None:
    assert MODELS.read([1, "2", 3.0]) == (1, 2, 3)
    assert MODELS.read([]) == ()
    for value in ([1, 2, 3, 4], "123", None, [1, "x"], [-1], [2**63], {"a": 1}):
        with pytest.raises(CitingError):
            MODELS.read(value)


def test_a_request_takes_its_fields_and_nothing_else() -> None:
    asked = Some.of({"count": "3", "share": 0.5, "sure": True, "kind": "two", "person": "olga", "text": None})
    assert asked == Some(count=3, share=0.5, sure=True, kind="two")
    assert (asked.text, asked.round) == ("none", None)
    with pytest.raises(ValidationError, match="frozen"):
        asked.count = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "The count is a whole number between 1 and 10."),
        ({"count": None, "share": "x"}, "The count is a whole number between 1 and 10."),
        ({"count": 1, "share": float("nan")}, "The share is a number between 0 and 1."),
        ({"count": 1, "share": float("inf")}, "The share is a number between 0 and 1."),
        ({"count": 1, "share": True}, "The share is a number between 0 and 1."),
        ({"count": 1, "kind": "four"}, "A kind is one of one, two and three."),
        ({"count": 1, "kind": ["one"]}, "A kind is one of one, two and three."),
        ({"count": 1, "sure": "false"}, "Sure is true or false."),
        ({"count": 1, "sure": 1}, "Sure is true or false."),
        ([], "The request is not an object with named fields."),
        (None, "The request is not an object with named fields."),
    ],
)
def test_the_first_thing_that_is_wrong_is_one_sentence(body: Any, sentence: str) -> None:
    with pytest.raises(CitingError) as raised:
        Some.of(body)
    assert str(raised.value) == sentence


def test_code_that_leaves_a_field_out_is_a_fault_and_no_sentence() -> None:
    with pytest.raises(ValidationError):
        Some()  # type: ignore[call-arg]
