"""The Comparisons page in a browser: from a count to the texts behind it by keys, and what a comparison would take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from citing_app.settings import Settings
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.compared import JUDGE, compared_studio
from tests.conftest import OFFLINE


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("comparisons")
    compared_studio(Settings(folder / "data", folder / "cache"), 16).close()
    running = App(folder / "data", folder / "cache")
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def test_a_count_opens_its_texts_and_the_form_tells_what_a_comparison_takes(app: App, page: Page) -> None:
    page.goto(f"{app.url}/comparisons")
    match = page.locator(".match").first
    expect(match.locator("h2")).to_contain_text(f"round 2 against round 1judged by {JUDGE}")
    expect(page.locator(".masthead nav [aria-current]")).to_have_text("Evaluate")
    count = match.get_by_role("button", name="inconsistent, overall")
    number = int(count.inner_text())
    count.focus()
    page.keyboard.press("Enter")
    texts = match.get_by_role("region", name="Comparisons behind “overall”, the worst first")
    expect(texts).to_be_focused()
    expect(texts.locator(".compared h3 .chip")).to_have_text(["inconsistent"] * min(number, 5))
    said = texts.locator(".orders").first.locator("li")
    expect(said.nth(0)).to_contain_text("With round 2 shown first, as A:overall round 2")
    expect(said.nth(1)).to_contain_text("With round 1 shown first, as A:overall round 1")
    expect(said.nth(0).locator("blockquote")).to_contain_text("A makes")
    texts.get_by_label("show").select_option(label="all")
    expect(texts.get_by_text("1–5 of 16")).to_be_visible()
    texts.get_by_role("button", name="Next").click()
    expect(texts.get_by_text("6–10 of 16")).to_be_visible()
    for fold in match.locator(".fold summary").all():
        fold.click()
    page.get_by_role("button", name="Rate all models").click()
    expect(page.get_by_role("columnheader", name="probability to beat round 1")).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []

    takes = page.locator(".takes")
    expect(takes).to_contain_text("round 2 against base: ")
    page.get_by_label("at most").fill("0")
    expect(takes.get_by_role("alert")).to_have_text(
        "The number of instructions is a whole number between 1 and 100,000."
    )
    page.get_by_label("at most").fill("8")
    expect(takes.get_by_role("alert")).to_have_count(0)
    expect(takes).to_contain_text("round 2 against round 1: 8 instructions can show a difference of 43 points.")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator('[data-job="compare"]')).to_be_visible()
