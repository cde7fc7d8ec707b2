"""The insights page in a browser: figures as bars and text, agreement, disagreements, how many people are asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import insights
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.leases import Leases
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, pairs, request, waiting


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """An app with six items that two people decided, the last of them differently, and four that wait."""
    data = tmp_path_factory.mktemp("taught")
    with Store(data) as store:
        journal = Journal(data)
        rows = pairs(10)
        rows[8]["revision"] = "Nothing of it is left."
        import_rows(store, rows, "seeded")
        drafted_before(store)  # else the app writes the first drafts into the queue
        insights.set_overlap(store, "seeded", 1.0, 2)
        for number, found in enumerate(waiting(store)[:6]):
            for annotator in ("ada", "bob"):
                kind = "reject" if number in (0, 1) or (number, annotator) == (5, "bob") else "accept"
                decide(
                    store,
                    journal,
                    Leases(),
                    request(found, kind, annotator, seconds=8.0),  # type: ignore[arg-type]
                )
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def test_the_figures_are_read_as_text_and_their_grouping_is_in_the_address(taught: App, page: Page) -> None:
    page.goto(taught.url + "/desk")  # the address it had, which people may have kept
    row = page.locator("table.insights tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("no category")
    expect(row).to_contain_text("58 % (32–81 %) · 0 % (0–24 %) · 42 % (19–68 %)")
    expect(row).to_contain_text("8 s")
    page.get_by_role("button", name="by annotator").click()
    expect(row.first).to_contain_text("ada")
    expect(row.last).to_contain_text("bob")
    assert page.url.endswith("/insights?by=annotator")
    page.reload()
    expect(page.get_by_role("button", name="by annotator")).to_have_attribute("aria-pressed", "true")
    expect(row.last).to_contain_text("50 %")
    page.get_by_role("button", name="by criterion").click()
    expect(page.locator(".card").first).to_contain_text("None of the decided revisions names a criterion")


def test_agreement_is_a_figure_and_a_disagreement_a_link_to_the_item(taught: App, page: Page) -> None:
    page.goto(taught.url + "/desk")  # the address it had, which people may have kept
    agreement = page.get_by_role("region", name="Agreement")
    expect(agreement).to_contain_text("ada – bob")
    expect(agreement).to_contain_text("83 %")
    expect(agreement).to_contain_text("κ = 0.67")
    dispute = page.locator(".disputes li")
    expect(dispute).to_have_count(1)
    expect(dispute).to_contain_text("ada: accepted as it is · bob: rejected")
    dispute.locator("a").click()
    expect(page.locator("h1")).to_contain_text("Question")
    assert "queue=disputed&item=" in page.url


def test_an_owner_says_how_many_people_decide(taught: App, page: Page) -> None:
    page.goto(taught.url + "/desk")  # the address it had, which people may have kept
    form = page.locator("form.overlap").filter(has_text="seeded")
    expect(form).to_contain_text("4 of 4 waiting items are for several people")
    page.get_by_label("share of seeded in percent").fill("0")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved for seeded.")).to_be_visible()
    expect(form).to_contain_text("0 of 4 waiting items are for several people")
    page.get_by_label("people for seeded").fill("7")
    page.get_by_label("share of seeded in percent").fill("100")
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text("4 of 4 waiting items are for several people")


def test_the_queue_puts_first_what_is_likely_wrong_and_says_why(taught: App, page: Page) -> None:
    page.goto(taught.url + "/?queue=likely+wrong")
    expect(page.get_by_text("large edit (")).to_be_visible()
    expect(page.locator(".revision-card")).to_contain_text("Nothing of it is left")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_page_with_figures(taught: App, browser: Browser, theme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(taught.url + "/desk")  # the address it had, which people may have kept
    expect(page.get_by_role("region", name="Agreement")).to_be_visible()
    found = Axe().run(page, options=RULES).response["violations"]
    context.close()
    assert [(violation["id"], violation["nodes"][0]["html"][:160]) for violation in found] == []
