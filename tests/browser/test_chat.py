"""The Chat page: texts as they were written, conversations that stay, and what can be done with a message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Locator, Page, expect

from citing_app.store import chats
from citing_app.store.chats import ChatTurn, Conversation, Lane
from citing_app.store.database import Store
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.seeding import drafted_before

LONG = "Write a long story about a lighthouse keeper, in many paragraphs."
CODE = "\tdef area(r):\n\t    return 3 * r ** 2  # <b>\n"
UNFENCED = "def area(r):\n    x = __pi__\n    return x * r"
ANSWER = (
    f"So:\n\n```python\n{CODE}```\n\nWith $A = \\pi r^2$ and\n\n$$\n\\frac{{a}}{{b}}\n$$\n\nIt costs $5 or $10. "
    "$\\unknown{$ <img src=x onerror=document.title=1> \\(\\href{javascript:document.title=2}{x}\\)\n"
)
SETTINGS = {"self_revise": False, "strength": 1.0, "temperature": 0.0, "length": 12, "system": "", "seed": None}
ABOUT = {"settings": SETTINGS, "model": "base", "author": "base", "signature": "base", "left_out": 2}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[App]:
    """An app with a conversation about code, whose next answers are short."""
    data, now = tmp_path_factory.mktemp("chat"), datetime(2026, 1, 1, tzinfo=UTC)
    with Store(data) as store:
        drafted_before(store)
        with store.write() as cursor:
            code = ChatTurn("q1", "code", None, 1, "1", "user", CODE, "done", now)
            answer = ChatTurn("a1", "code", "q1", 1, "1", "assistant", ANSWER, "done", now, ABOUT)
            more = ChatTurn("q2", "code", "a1", 1, "2", "user", "Shorter?", "done", now)
            short = ChatTurn("a2", "code", "q2", 1, "2", "assistant", UNFENCED, "done", now, ABOUT)
            chats.put(cursor, Conversation("code", "ada", "Code", {1: Lane("base", "a2")}, SETTINGS, now, now))
            chats.add_turns(cursor, [code, answer, more, short])
    app = App(data, model_cache)
    app.environment = {**OFFLINE, "CITING_ANNOTATOR": "ada"}
    app.start()
    yield app
    app.stop()


def ask(page: Page, question: str) -> None:
    page.get_by_placeholder("Ask something").fill(question)
    page.keyboard.press("Enter")


def said(page: Page) -> Locator:
    return page.locator(".message .said")


def new(page: Page, app: App) -> None:
    page.goto(f"{app.url}/chat?new")
    expect(page.get_by_label("Model", exact=True)).to_have_value("base")


def boxes(page: Page) -> list[FloatRect]:
    return [box for lane in page.locator(".lane").all() if (box := lane.bounding_box()) is not None]


def compared(page: Page) -> Locator:
    """The prompt in the tab that comparing two models on it opens."""
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Compare two models on this prompt").click()
    return opened.value.locator(".arena textarea")


def test_code_markdown_and_tex_are_drawn_as_they_were_written_and_nothing_runs(running: App, page: Page) -> None:
    page.goto(f"{running.url}/chat?c=code")
    expect(page.locator(".message.user .said").first).to_have_text(CODE, use_inner_text=True)
    assert page.locator(".message.user .said").first.evaluate("one => one.textContent") == CODE
    answer = page.locator(".message.assistant").first
    assert answer.locator("pre code").evaluate("one => one.textContent") == CODE
    expect(answer.locator("math")).to_have_count(2)
    expect(answer.locator("math[display=block] mfrac")).to_have_count(1)
    expect(answer).to_contain_text("It costs $5 or $10. $\\unknown{$ <img src=x onerror=document.title=1>")
    expect(answer.locator("img, a")).to_have_count(0)
    assert page.title() not in ("1", "2")
    expect(answer).to_contain_text("The 2 oldest messages were left out")
    unfenced = page.locator(".message.assistant").last.locator("pre")
    assert unfenced.evaluate("one => one.textContent") == UNFENCED
    page.get_by_role("button", name="plain").click()
    assert answer.locator(".said").evaluate("one => one.textContent") == ANSWER
    page.reload()
    expect(page.get_by_role("button", name="plain")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="rendered").click()


def test_an_example_is_put_into_the_field_and_can_be_changed_before_it_is_asked(running: App, page: Page) -> None:
    new(page, running)
    page.get_by_role("button", name="A train leaves at 14:25").click()
    train = "A train leaves at 14:25 and takes 95 minutes. When does it arrive?"
    expect(page.get_by_placeholder("Ask something")).to_have_value(train)
    expect(said(page)).to_have_count(0)
    expect(compared(page)).to_have_value(train)
    page.get_by_placeholder("Ask something").fill(" ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Write something first.")
    page.get_by_placeholder("Ask something").fill(too_long := "x" * 20_001)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("The message is longer than 20,000 characters.")
    expect(page.get_by_placeholder("Ask something")).to_have_value(too_long)
    page.get_by_placeholder("Ask something").fill("")


def test_an_answer_is_written_on_while_its_page_is_away_and_stop_keeps_it(running: App, page: Page) -> None:
    new(page, running)
    ask(page, LONG)
    expect(said(page).first).to_have_text(LONG)
    expect(page.get_by_placeholder("Ask something")).to_have_value("")
    expect(said(page).nth(1)).to_have_text(re.compile(r"\w+ \w+"))
    page.get_by_placeholder("Ask something").fill("Half a thought")
    page.goto(running.url + "/rounds")
    page.goto(running.url + "/chat")
    expect(page.get_by_placeholder("Ask something")).to_have_value("Half a thought")
    before = said(page).nth(1).inner_text()
    expect(said(page).nth(1)).not_to_have_text(before)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".message .who").last).to_have_text("stopped")
    written = said(page).nth(1).inner_text()
    ask(page, "What is 2 + 2?")
    expect(said(page).nth(3)).to_have_text(re.compile(r"\w"))
    assert said(page).nth(1).inner_text() == written, "the first answer stays as it was stopped"
    expect(compared(page)).to_have_value("What is 2 + 2?")
    page.get_by_role("button", name="Stop").click()


def test_answers_are_given_again_questions_edited_and_all_versions_stay(running: App, page: Page) -> None:
    page.goto(f"{running.url}/chat?c=code")
    question = page.locator(".message.user").last
    question.get_by_role("button", name="Edit").click()
    field = page.get_by_label("The question in other words")
    expect(field).to_have_value("Shorter?")
    expect(field).to_be_focused()
    field.fill("Name a colour.")
    page.get_by_role("button", name="Ask again").click()
    expect(said(page).nth(2)).to_have_text("Name a colour.")
    expect(question.locator(".versions")).to_contain_text("2 of 2")
    answer = page.locator(".message.assistant").last
    answer.get_by_role("button", name="Answer again").click()
    expect(answer.locator(".versions")).to_contain_text("2 of 2")
    question.get_by_role("button", name="Earlier version").click()
    expect(said(page).nth(2)).to_have_text("Shorter?")
    expect(said(page).nth(3)).to_contain_text("__pi__")
    page.reload()
    expect(said(page).nth(2)).to_have_text("Shorter?")
    page.get_by_role("button", name="Add a model beside it").click()
    page.locator(".message.assistant").first.get_by_role("button", name="Branch from here").click()
    expect(page.locator(".conversations nav button")).to_have_count(3)
    expect(page.locator(".message")).to_have_count(2)
    expect(page.locator(".lane")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("c=code"))


def test_an_answer_is_copied_also_on_a_page_that_came_without_tls(running: App, page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(f"{running.url}/chat?c=code")
    page.locator(".message.assistant").nth(1).get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_placeholder("Ask something").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_placeholder("Ask something")).to_have_value(UNFENCED)
    page.get_by_placeholder("Ask something").fill("")


def test_an_answer_becomes_an_item_and_a_better_one_its_revision(running: App, page: Page) -> None:
    page.goto(f"{running.url}/chat?c=code")
    answer = page.locator(".message.assistant").first
    answer.get_by_role("button", name="Review this").click()
    told = answer.get_by_role("status")
    expect(told).to_contain_text(re.compile("on the desk|held-out"))
    answer.get_by_role("button", name="Write a better one").click()
    answer.get_by_label("A better answer").fill("It is three times r squared.")
    answer.get_by_role("button", name="Review with this answer").click()
    told.get_by_role("link", name="Open it").click()
    expect(page.locator("h1")).to_contain_text("def area(r)")
    expect(page.locator(".desk")).to_contain_text("It is three times r squared.")


def test_a_conversation_is_renamed_exported_and_deleted(running: App, page: Page) -> None:
    new(page, running)
    page.get_by_text("Settings").click()
    page.get_by_label("Length").fill("3")
    page.get_by_label("Temperature").fill("0.5")
    page.get_by_label("System prompt").fill("Be brief.")
    ask(page, "Name a colour.")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_label("Name of the conversation")).to_be_focused()
    page.get_by_label("Name of the conversation").fill("Colours")
    page.keyboard.press("Enter")
    expect(page.locator(".conversations nav [aria-current]")).to_contain_text("Colours")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSONL").click()
    (row,) = Path(download.value.path()).read_text().splitlines()
    messages = json.loads(row)["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant"]
    assert download.value.suggested_filename == "colours.jsonl"
    page.reload()
    expect(page.locator(".chat-options summary")).to_contain_text("temperature 0.5 · at most 3 tokens")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Delete").click()
    expect(other.get_by_role("button", name="Keep", exact=True)).to_be_focused()
    other.get_by_role("alert").get_by_role("button", name="Delete").click()
    expect(other.locator(".conversations nav")).not_to_contain_text("Colours")
    expect(other.get_by_text("Ask the student something.")).to_be_visible()
    expect(other.get_by_placeholder("Ask something")).to_be_focused()
    other.close()
    page.evaluate("dispatchEvent(new Event('focus'))")  # as a person who comes back to this window
    expect(page.get_by_role("alert")).to_have_text("This conversation is not one of yours, or was deleted.")
    expect(page.locator(".conversations nav")).not_to_contain_text("Colours")


def test_models_stand_side_by_side_and_stack_on_a_phone(running: App, page: Page) -> None:
    page.goto(f"{running.url}/chat?c=code")
    for _ in range(2):
        page.get_by_role("button", name="Add a model beside it").click()
    ask(page, "Name a colour.")
    expect(page.locator(".lane .said").filter(has_text="Name a colour.")).to_have_count(3)
    expect(page.locator(".lane").nth(2).get_by_role("button", name="Answer again").last).to_be_visible()
    first, second, third = boxes(page)
    assert first["x"] + first["width"] <= second["x"] < third["x"]
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert [found["id"] for found in Axe().run(page, options=RULES).response["violations"]] == []
    page.set_viewport_size({"width": 390, "height": 800})
    first, second, third = boxes(page)
    assert first["y"] + first["height"] <= second["y"] < third["y"]
    assert max(box["x"] + box["width"] for box in (first, second, third)) <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_placeholder("Ask something").fill(" ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    page.get_by_role("button", name="Conversations").click()
    expect(page.locator(".conversations nav button").first).to_be_visible()
