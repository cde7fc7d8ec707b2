"""Prompts: strict fields, values that are never parsed, and a hash."""

from __future__ import annotations

import pytest

from citing_app.method.prompts import (
    NO_RUBRIC,
    draft_messages,
    prompt_hash,
    render,
    revise_messages,
    rubric_text,
    task_text,
)
from citing_app.types import Criterion, Rubric, Task

RUBRIC = Rubric(
    "explaining",
    (Criterion("Accurate", "Every statement is true.", "A falsehood."), Criterion("Short", "No padding.", "Padding.")),
)
FIELDS = {"task": "Why?", "draft": "Because.", "rubric": "- Short."}


def test_a_missing_or_extra_field_is_an_error() -> None:
    with pytest.raises(ValueError, match="draft"):
        render("student_revision", **{name: value for name, value in FIELDS.items() if name != "draft"})
    with pytest.raises(ValueError, match="extra"):
        render("student_revision", **FIELDS, extra="x")


def test_a_field_value_is_never_parsed() -> None:
    nasty = "{draft} {0} {{}} {instruction.__class__} %s"
    assert nasty in render("student_revision", **{**FIELDS, "draft": nasty})


def test_a_prompt_has_a_hash_of_its_own() -> None:
    hashes = [prompt_hash("teacher_revision"), prompt_hash("student_revision")]
    assert len(set(hashes)) == 2
    assert all(len(value) == 12 and int(value, 16) >= 0 for value in hashes)


def test_the_student_drafts_from_the_task_alone() -> None:
    assert draft_messages(Task(" Translate. ", " chat ")) == [{"role": "user", "content": "Translate.\n\nchat"}]
    assert draft_messages(Task("Why?", "  ")) == [{"role": "user", "content": "Why?"}]


def test_the_student_revises_from_task_rubric_and_draft() -> None:
    (message,) = revise_messages(Task("Why?", "the sky"), RUBRIC, " Magic. ")
    assert message["role"] == "user"
    places = [message["content"].index(text) for text in ("Why?\n\nthe sky", "Magic.", "- Accurate. Good:")]
    assert places == sorted(places)


def test_a_rubric_names_every_criterion_with_good_and_bad() -> None:
    assert rubric_text(RUBRIC).splitlines() == [
        "- Accurate. Good: Every statement is true. Bad: A falsehood.",
        "- Short. Good: No padding. Bad: Padding.",
    ]


def test_where_no_rubric_fits_a_plain_one_stands_in() -> None:
    assert rubric_text(None) == NO_RUBRIC
    (message,) = revise_messages(Task("Why?"), None, "Magic.")
    assert NO_RUBRIC in message["content"]


def test_a_task_without_input_has_no_blank_line() -> None:
    assert task_text(Task("Why?")) == "Why?"
    assert task_text(Task("Why?", "sky")) == "Why?\n\nsky"
