"""What no rubric matches, on the rubrics page: pick a category, undo it, move the floor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_bundled, import_rows
from tests.browser.conftest import App

ODD = "zxqv 9981 ### <b>~~</b> 0x7f"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path, model_cache: Path) -> Iterator[App]:
    data = tmp_path_factory.mktemp("unmatched")
    with Store(data) as store:
        import_bundled(store)
        import_rows(store, [{"instruction": f"{ODD} {n}", "input": "an input"} for n in range(25)], "odd")
    running = App(data, model_cache, "--student", str(tiny_student))
    running.start()
    yield running
    running.stop()


def open_page(page: Page, app: App) -> None:
    page.goto(f"{app.url}/rubrics")
    expect(page.get_by_role("heading", name="The floor")).to_be_visible()


def test_the_agreement_with_the_sorting_is_reported(app: App, page: Page) -> None:
    open_page(page, app)
    card = page.locator(".fits")
    expect(card).to_contain_text(re.compile(r"same category\s*(5|6)\d\s%"))
    expect(card.get_by_role("row")).to_have_count(15)


def test_the_floor_is_moved_and_what_it_leaves_is_sorted_by_hand(app: App, page: Page) -> None:
    open_page(page, app)
    slider = page.get_by_role("slider", name="the floor")
    slider.evaluate("(input) => { input.value = input.max; input.dispatchEvent(new Event('input')); }")
    expect(page.get_by_text("about 25 of 25 instructions that nobody sorted lie below")).to_be_visible()
    page.get_by_role("button", name="Use this floor").click()
    rows = page.locator(".unmatched-list li")
    expect(rows).to_have_count(20, timeout=60_000)
    expect(rows.first).to_contain_text("<b>~~</b>")
    count = page.get_by_role("heading", name=re.compile("No matching rubric"))
    before = count.text_content() or ""
    rows.nth(0).get_by_role("checkbox").check()
    rows.nth(1).get_by_role("checkbox").check()
    expect(page.get_by_text("2 ticked")).to_be_visible()
    expect(page.get_by_role("button", name="Ask the teacher for a category")).to_be_disabled()
    page.get_by_label("category", exact=True).select_option("coding")
    page.get_by_role("button", name="Sort into this category").click()
    expect(page.get_by_text("You sorted 2 instructions into coding")).to_be_visible()
    expect(count).not_to_have_text(before, timeout=60_000)  # the others are like the new members, and fit there now
    page.reload()
    page.get_by_role("button", name="Undo").click()
    expect(count).to_have_text(before, timeout=60_000)
    everything = int(re.findall(r"\d+", before)[0])
    page.get_by_role("button", name=f"Tick all {everything}").click()
    expect(page.get_by_text(f"{everything} ticked")).to_be_visible()
    page.locator(".unmatched").get_by_role("button", name="Next").click()
    expect(rows.first.get_by_role("checkbox")).to_be_checked()
    page.locator(".unmatched").get_by_role("button", name="Previous").click()
    page.get_by_role("button", name="Tick none").click()
    expect(page.get_by_text("0 ticked")).to_be_visible()
    page.locator(".unmatched").get_by_role("button", name="Next").click()
    expect(rows).to_have_count(everything - 20)
    page.get_by_role("button", name=re.compile("From the data again")).click()
    expect(page.get_by_text("from the data: the lowest 1 %")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_page_fits_a_phone(app: App, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, app)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
