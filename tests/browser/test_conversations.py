"""A conversation on the desk and in Browse: earlier turns folded, the row's id and metadata shown and found by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.types import Turn
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.conversing import TURNS, add_conversation
from tests.seeding import drafted_before, seed

HOSTILE = Turn("tool", "<img src=x onerror=document.title=1> مرحبا")


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """An app whose first item is a conversation of four earlier turns; the second has a single question."""
    data = tmp_path_factory.mktemp("talking")
    with Store(data) as store:
        Journal(data)
        metadata = {"source": "cockpit <b>1</b>", "difficulty": 3, "tags": ["flight", "<i>"]}
        add_conversation(store, "And on the ground?", turns=(*TURNS, HOSTILE), row_id="conv-7", metadata=metadata)
        seed(store, 1)
        drafted_before(store)
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def test_a_conversation_is_reviewed_with_its_turns_at_hand(talking: App, page: Page) -> None:
    page.goto(talking.url)
    turns = page.locator(".turns")
    expect(turns.locator("summary")).to_have_text("4 earlier turns")
    expect(turns.locator("li").first).to_be_hidden()
    turns.locator("summary").click()
    expect(turns.locator("li")).to_have_count(4)
    expect(turns.locator("li").nth(1)).to_have_text("UserWhat keeps a plane up?")
    expect(turns.locator("li").last).to_contain_text(HOSTILE.content)
    expect(turns.locator("li p").last).to_have_attribute("dir", "auto")
    page.get_by_text("Where it comes from").click()
    for text in ("conv-7", "cockpit <b>1</b>", '["flight","<i>"]'):
        expect(page.locator(".history .facts").get_by_text(text, exact=True)).to_be_visible()
    expect(turns.locator("li").first).to_be_visible()  # drawn anew, the fold stays open
    page.keyboard.press("a")
    expect(page.locator("h1")).not_to_have_text("And on the ground?")
    expect(turns).to_have_count(0)
    expect(page.locator(".note")).to_contain_text("saved")


def test_it_is_found_by_a_turn_by_its_rows_id_and_by_its_other_columns(talking: App, page: Page) -> None:
    page.goto(f"{talking.url}/browse")
    rows = page.locator(".rows .row")
    expect(rows).to_have_count(50)
    page.get_by_label("Row's id").fill("conv-7")
    page.get_by_label("Row's id").press("Tab")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Clear all").first.click()
    expect(rows).to_have_count(50)
    page.get_by_label("Other column").select_option("source")
    expect(rows).to_have_count(1)
    page.get_by_label("Its value").fill("elsewhere")
    page.get_by_label("Its value").press("Tab")
    expect(page.get_by_text("Nothing passes this filter")).to_be_visible()
    page.goto(f"{talking.url}/browse?metadata_key=difficulty&metadata_value=3&text=plane%20up")
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Its value")).to_have_value("3")
    rows.click()
    expect(page.locator("h1")).to_have_text("And on the ground?")
