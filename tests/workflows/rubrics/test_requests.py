"""What the rubrics page may be sent as criteria, checked before anything else."""

from __future__ import annotations

from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.types import Criterion
from citing_app.workflows.rubrics.requests import EditRubric

CATEGORY = {"category": "writing", "version": 1}
ONE = {"name": "Accurate", "good": "True.", "bad": "False."}


def test_criteria_are_read() -> None:
    asked = EditRubric.of({**CATEGORY, "criteria": [ONE, {**ONE, "name": "Other", "more": 1}]})
    assert asked.criteria == (Criterion("Accurate", "True.", "False."), Criterion("Other", "True.", "False."))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "criteria are a list"),
        ({"0": ONE}, "criteria are a list"),
        ([ONE] * 101, "at most 100"),
        (["Accurate"], "criterion is an object"),
        ([{"name": "a", "good": "b"}], "criterion is a text"),
        ([{**ONE, "bad": 3}], "criterion is a text"),
        ([{**ONE, "good": "x" * 10_001}], "longer than 10,000"),
        ([{**ONE, "name": "a\x00"}], "no text"),
        ([{**ONE, "bad": "\ud800"}], "no text"),
    ],
)
def test_what_is_none_is_a_sentence(value: Any, sentence: str) -> None:
    with pytest.raises(CitingError, match=sentence):
        EditRubric.of({**CATEGORY, "criteria": value})
