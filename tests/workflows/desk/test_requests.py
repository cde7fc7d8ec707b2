"""The browse page's filters and keys: what anyone may send, checked."""

from __future__ import annotations

from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.types import Filter
from citing_app.workflows.desk.requests import CountItems, DecideAll, ItemFilter, ListItems


def test_a_whole_filter_is_read() -> None:
    body = {"states": ["waiting", "waiting", "accepted"], "category": "", "round": 0, "teacher": "reference"}
    body |= {"similarity": [None, 0.5], "edit_size": [12.5, ""], "text": "  100 % ", "stale": True, "curriculum": "2"}
    assert ItemFilter.of(body).chosen == Filter(
        states=("waiting", "accepted"),
        category="",
        round=0,
        teacher="reference",
        similarity=(None, 0.5),
        edit_size=(0.125, None),
        text="100 %",
        stale=True,
        curriculum=2,
    )
    assert ItemFilter.of({}).chosen == ItemFilter.of({"stale": None}).chosen == Filter()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"states": ["gone"]}, "state is one of drafted, waiting"),
        ({"states": [["waiting"]]}, "state is one of"),
        ({"states": "waiting"}, "states are a list"),
        ({"stale": "1"}, "Stale is true or false"),
        ({"category": 3}, "category is a text"),
        ({"teacher": "x" * 201}, "longer than 200"),
        ({"round": -1}, "round is a whole number"),
        ({"curriculum": "<b>"}, "curriculum is a whole number"),
        ({"similarity": [2, None]}, "similarity is a number between -1 and 1"),
        ({"similarity": [0.1]}, "similarity is a pair of bounds"),
        ({"edit_size": [float("nan"), None]}, "edit size in percent is a number between 0 and 100"),
        ({"edit_size": [60, 40]}, "lower bound is above the upper one"),
        ({"text": "x" * 501}, "text to look for is longer"),
        ({"text": "\x00"}, "no text"),
    ],
)
def test_what_is_no_filter_is_a_sentence(body: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CitingError, match=sentence):
        ItemFilter.of(body)


def test_a_key_is_a_number_and_an_id() -> None:
    assert ListItems.of({}).after is None
    assert ListItems.of({"after": [-1, 7]}).after == (-1.0, 7)
    for wrong in ([1], [1, 2, 3], "1~2", ["1", 2], [True, 2], [float("nan"), 2], [float("inf"), 2], [1e300, 2], {}):
        with pytest.raises(CitingError, match="key is not one that this list gave"):
            ListItems.of({"after": wrong})
    with pytest.raises(CitingError, match="key is a whole number"):
        ListItems.of({"after": [1.0, -2]})
    with pytest.raises(CitingError, match="token"):
        CountItems.of({"token": "x" * 41})


def test_a_decision_on_many_is_on_a_filter_or_on_some_items() -> None:
    asked = {"kind": "accept", "request_id": "one", "expected": 2}
    assert DecideAll.of(asked | {"items": [3, 1]}).chosen == Filter(items=(3, 1))
    assert DecideAll.of(asked | {"text": "x"}).chosen == Filter(text="x")
    for wrong in ("1", [-1], [True], ["x"], list(range(501))):
        with pytest.raises(CitingError, match="item"):
            DecideAll.of(asked | {"items": wrong})
