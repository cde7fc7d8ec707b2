"""The browse page: its address is the view, pages go by key, and a filtered set is decided and undone as one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.data import importing
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, pairs


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """An app whose models cannot be fetched, with 110 items revised by "many" and 3 by "few", all waiting.

    It adds the bundled curriculum.
    """
    data = tmp_path_factory.mktemp("browse")
    with Store(data) as store:
        Journal(data)
        importing.import_rows(store, pairs(110), "many")
        importing.import_rows(store, pairs(3, name="Quokka"), "few")
        drafted_before(store)
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def instructions(page: Page) -> list[str]:
    return page.locator(".row .texts b").all_inner_texts()


def place(page: Page, text: str) -> None:
    expect(page.locator(".place")).to_have_text(text)


def test_pages_go_by_key_and_a_link_opens_the_same_one(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?teacher=many&sort=oldest")
    place(page, "1–50 of 110")
    first = instructions(page)
    page.keyboard.press("n")
    place(page, "51–100 of 110")
    second = instructions(page)
    page.keyboard.press("n")
    place(page, "101–110 of 110")
    third = instructions(page)
    assert len({*first, *second, *third}) == 110
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.keyboard.press("p")
    place(page, "51–100 of 110")
    assert instructions(page) == second
    link = page.url
    page.reload()
    place(page, "51–100 of 110")
    other = page.context.new_page()
    other.goto(link)
    place(other, "110 items")
    assert instructions(other) == second
    other.get_by_role("button", name="First page").click()
    place(other, "1–50 of 110")
    assert instructions(other) == first


def test_filters_and_the_search_are_the_address(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?teacher=few")
    place(page, "1–3 of 3")
    page.keyboard.press("/")
    page.keyboard.type("QUOKKA 2")
    expect(page).to_have_url(re.compile(r"[?&]text=QUOKKA\+2"))
    place(page, "1–1 of 1")
    assert instructions(page) == ["Quokka 2?"]
    page.locator(".search").fill("")
    place(page, "1–3 of 3")
    page.get_by_label("Data set").select_option("few")
    page.get_by_role("button", name="waiting", exact=True).click()
    page.get_by_label("Edit size in % from").fill("1")
    page.get_by_label("Edit size in % from").press("Enter")
    expect(page).to_have_url(re.compile(r"dataset=few.*edit=1\.\."))
    place(page, "1–3 of 3")
    other = page.context.new_page()
    other.goto(page.url)
    place(other, "1–3 of 3")
    expect(other.get_by_role("button", name="waiting", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(other.get_by_label("Edit size in % from")).to_have_value("1")
    expect(other.get_by_label("Data set")).to_have_value("few")
    other.get_by_role("button", name="rejected", exact=True).click()
    other.get_by_role("button", name="waiting", exact=True).click()
    expect(other.locator(".nothing")).to_contain_text("Nothing passes this filter")
    other.locator(".nothing").get_by_role("button", name="Clear all").click()
    expect(other.locator(".row")).to_have_count(50)
    assert other.url == f"{browse.url}/browse"


def test_a_range_is_typed_in_one_go_and_back_turns_the_page_back(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?teacher=many&sort=oldest")
    place(page, "1–50 of 110")
    page.get_by_label("Edit size in % from").click()
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"edit=1\.\.99"))
    place(page, "1–50 of 110")
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("n")
    place(page, "51–100 of 110")
    page.go_back()
    place(page, "1–50 of 110")
    page.go_forward()
    place(page, "51–100 of 110")


def test_what_a_filter_holds_is_reviewed_one_by_one(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?teacher=few&sort=oldest")
    place(page, "1–3 of 3")
    page.get_by_role("link", name="Review these 3").click()
    expect(page.locator(".chip.only")).to_contain_text("teacher: few")
    for _ in range(3):
        expect(page.locator("h1")).to_contain_text("Quokka")
        heading = page.locator("h1").inner_text()
        page.keyboard.press("s")
        expect(page.locator("h1")).not_to_have_text(heading)
    page.get_by_role("link", name="Review everything").click()
    expect(page.locator("select.queues")).to_be_visible()


def test_rows_are_walked_and_opened_by_key_and_typing_turns_no_page(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?teacher=many")
    place(page, "1–50 of 110")
    page.locator(".search").click()
    page.keyboard.type("n")
    expect(page.locator(".search")).to_have_value("n")
    page.locator(".search").fill("")
    place(page, "1–50 of 110")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    focused = page.locator(".row:focus")
    expect(focused).to_have_attribute("href", "/?item=109")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?item=109"))
    expect(page.locator("h1").first).to_be_visible()


def test_a_filtered_set_is_decided_after_a_confirmation_and_undone_as_one(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?teacher=few")
    page.get_by_role("button", name="Accept all 3 waiting").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Accept 3 waiting revisions as they are?")
    expect(dialog).to_contain_text("teacher: few")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator(".row .state.waiting")).to_have_count(3)
    page.get_by_role("button", name="Reject all 3 waiting").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject all 3").click()
    expect(page.locator(".notice")).to_contain_text("3 revisions rejected.")
    expect(page.locator(".row .state.rejected")).to_have_count(3)
    expect(page.locator("[data-all]")).to_have_count(0)
    page.goto(f"{browse.url}/insights")
    page.goto(f"{browse.url}/browse?teacher=few")
    expect(page.locator(".notice")).to_contain_text("You rejected 3 revisions at once.")
    page.get_by_role("button", name="Undo all 3").click()
    expect(page.locator(".notice")).to_contain_text("3 decisions undone")
    expect(page.locator(".row .state.waiting")).to_have_count(3)


def test_rows_are_ticked_by_click_and_by_key_and_decided_as_one(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?teacher=many&sort=oldest")
    place(page, "1–50 of 110")
    expect(page.locator(".heads")).to_contain_text("Decided by")
    expect(page.locator(".act.state.waiting small")).to_have_text("110")
    ticks = page.locator(".rows input")
    ticks.nth(1).check()
    ticks.nth(3).click(modifiers=["Shift"])
    expect(page.locator(".chip", has_text="ticked")).to_have_text("3 ticked")
    page.keyboard.press("j")  # to the row after the one that was ticked
    expect(page.locator(".row:focus .texts b")).to_have_text(instructions(page)[4])
    page.keyboard.press("x")
    expect(page.locator(".rows :checked")).to_have_count(4)
    page.keyboard.press("n")
    place(page, "51–100 of 110")
    page.get_by_label("Tick all on this page that wait for you").check()
    expect(page.locator(".chip", has_text="ticked")).to_have_text("54 ticked")
    page.get_by_label("Tick all on this page that wait for you").uncheck()
    page.get_by_role("button", name="Accept 4 ticked").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The items that you ticked.")
    dialog.get_by_role("button", name="Accept all 4").click()
    expect(page.locator(".notice")).to_contain_text("4 revisions accepted.")
    place(page, "1–50 of 110")
    expect(page.locator(".row .state.accepted")).to_have_count(4)
    assert [row.get_attribute("class") for row in page.locator(".row").all()[:6]] == [
        *["row waiting", *["row accepted"] * 4, "row waiting"]
    ]
    expect(page.locator(".act.state.accepted small")).to_have_text("4")
    expect(ticks).to_have_count(46)  # what is decided can't be ticked
    page.get_by_role("button", name="Undo all 4").click()
    expect(page.locator(".notice")).to_contain_text("4 decisions undone")
    expect(ticks).to_have_count(50)


def test_what_a_filter_shows_is_exported(browse: App, page: Page) -> None:
    page.goto(f"{browse.url}/browse?dataset=few&text=quokka")
    place(page, "1–3 of 3")
    page.get_by_role("link", name="Export these").click()
    exporting = page.locator(".exporting")
    expect(exporting.get_by_label("what", exact=True)).to_have_value("browse")
    expect(exporting).to_contain_text("data set: few · text: “quokka”")
    expect(exporting.locator(".estimate")).to_have_text("3 items, 0 of them accepted")
    exporting.get_by_role("button", name="Make the file").click()
    with page.expect_download() as download:
        exporting.get_by_role("link", name=re.compile(r"^all-few-.*\.jsonl$")).click()
    rows = [json.loads(line) for line in download.value.path().read_text(encoding="utf-8").splitlines()]
    assert [(row["dataset"], row["state"]) for row in rows] == [("few", "waiting")] * 3
    exporting.get_by_role("link", name="Change the filter").click()
    place(page, "1–3 of 3")
