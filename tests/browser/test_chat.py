"""The chat page with the bundled student: the question is there at once, Stop and Clear end an answer, panes stack."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.conftest import App

LONG = "Write a long story about a lighthouse keeper, in many paragraphs."


@pytest.fixture
def chat(app: App, page: Page) -> Page:
    """The chat page once a model can be chosen."""
    page.goto(app.url + "/chat")
    expect(page.get_by_label("Model")).to_have_value("base model")
    return page


def ask(page: Page, question: str) -> None:
    page.get_by_placeholder("Ask something").fill(question)
    page.keyboard.press("Enter")


def boxes(page: Page) -> list[FloatRect]:
    """Where the two panes stand."""
    found = [page.locator(f"#pane-{side}").bounding_box() for side in ("left", "right")]
    return [box for box in found if box is not None]


def compared(page: Page) -> Locator:
    """The prompt in the tab that comparing two models on it opens."""
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Compare two models on this prompt").click()
    return opened.value.locator(".arena textarea")


def test_an_example_is_put_into_the_field_and_can_be_changed_before_it_is_asked(chat: Page) -> None:
    chat.get_by_role("button", name="A train leaves at 14:25").click()
    field = chat.get_by_placeholder("Ask something")
    expect(field).to_have_value("A train leaves at 14:25 and takes 95 minutes. When does it arrive?")
    expect(chat.locator("#pane-left .said")).to_have_count(0)
    expect(compared(chat)).to_have_value("A train leaves at 14:25 and takes 95 minutes. When does it arrive?")


def test_a_question_is_there_at_once_and_stop_keeps_what_was_written(chat: Page) -> None:
    pane = chat.locator("#pane-left")
    ask(chat, LONG)
    expect(pane.locator(".said").first).to_have_text(LONG)
    expect(chat.get_by_placeholder("Ask something")).to_have_value("")
    expect(pane.locator(".said").nth(1)).to_have_text(re.compile(r"\w+ \w+"))
    chat.get_by_role("button", name="Stop").click()
    expect(pane.locator(".who").last).to_have_text("stopped")
    written = pane.locator(".said").nth(1).inner_text()
    expect(chat.locator(".toast-body")).to_have_count(0)
    expect(pane).not_to_contain_text("Error")

    ask(chat, "What is 2 + 2?")
    expect(pane.locator(".said").nth(3)).to_have_text(re.compile(r"\w"))
    assert pane.locator(".said").nth(1).inner_text() == written, "the first answer stays as it was stopped"
    expect(compared(chat)).to_have_value("What is 2 + 2?")


def test_clear_ends_an_answer_and_nothing_of_it_comes_back(chat: Page) -> None:
    pane = chat.locator("#pane-left")
    ask(chat, LONG)
    expect(pane.locator(".said").nth(1)).to_have_text(re.compile(r"\w+ \w+"))
    chat.get_by_role("button", name="Clear").click()
    expect(pane.locator(".said")).to_have_count(0)
    ask(chat, "Name a colour.")
    expect(pane.locator(".said").nth(1)).to_have_text(re.compile(r"\w"))
    expect(pane.locator(".said").first).to_have_text("Name a colour.")
    expect(pane).not_to_contain_text("lighthouse keeper, in many")


def test_the_next_question_can_be_typed_and_asked_while_an_answer_is_written(chat: Page) -> None:
    pane, field = chat.locator("#pane-left"), chat.get_by_placeholder("Ask something")
    ask(chat, LONG)
    expect(pane.locator(".said").nth(1)).to_have_text(re.compile(r"\w+ \w+"))
    field.fill("Name a colour.")
    before = pane.locator(".said").nth(1).inner_text()
    expect(pane.locator(".said").nth(1)).not_to_have_text(before)
    expect(field).to_have_value("Name a colour.")
    chat.keyboard.press("Enter")
    expect(pane.locator(".said").nth(2)).to_have_text("Name a colour.")
    expect(pane.locator(".said").nth(3)).to_have_text(re.compile(r"\w"))


def test_two_panes_stand_side_by_side_and_stack_on_a_phone(chat: Page) -> None:
    chat.get_by_label("Beside it").click()
    chat.get_by_role("option", name="base model").click()
    expect(chat.locator("#pane-right")).to_be_visible()
    left, right = boxes(chat)
    assert right["x"] >= left["x"] + left["width"]
    chat.set_viewport_size({"width": 390, "height": 800})
    left, right = boxes(chat)
    assert right["y"] >= left["y"] + left["height"], "the second pane stands below the first"
    assert left["x"] >= 0
    assert max(box["x"] + box["width"] for box in (left, right)) <= 390
    expect(chat.get_by_role("button", name="Send")).to_be_visible()
