"""The panel that has a teacher make rubrics, in a browser: the estimate, the run, the plot, and what a reload shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from citing_app.store.database import Store
from citing_app.workflows.calls import spending
from citing_app.workflows.data.importing import import_rows
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.scripted_teacher import ScriptedTeacher, rows
from tests.seeding import drafted_before
from tests.teacher_server import TeacherServer, serving


@dataclass
class Taught:
    """An app whose teacher leaves 12 of 60 instructions over, and the teacher's server."""

    app: App
    server: TeacherServer


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[Taught]:
    data = tmp_path_factory.mktemp("induced")
    with Store(data) as store:
        strange = [{"instruction": f"Riddle <b>{n}</b>?", "output": "x"} for n in range(12)]
        import_rows(store, [*rows(48), *strange], "questions")
        drafted_before(store)
        spending.set_price(store, "m", 1.0, 2.0, "ada")
    with serving(TeacherServer(answer=ScriptedTeacher(leaves=lambda text: "Riddle" in text), latency=0.3)) as server:
        flags = ["--student", str(tiny_student), "--teacher", "m", "--teacher-url", server.url]
        running = App(data, tmp_path_factory.mktemp("cache"), *flags)
        running.environment = OFFLINE
        running.start()
        yield Taught(running, server)
        running.stop()


def open_questions(app: App, page: Page) -> None:
    page.goto(app.url + "/rubrics")
    page.get_by_label("data set").select_option("questions")
    expect(page.locator(".induction .card")).to_contain_text("60)")


def test_it_is_estimated_made_plotted_and_found_again(taught: Taught, page: Page) -> None:
    open_questions(taught.app, page)
    expect(page.get_by_text("Nothing of this data set is sorted into categories yet.")).to_be_visible()
    page.get_by_label("categories, at most").fill("4")
    page.get_by_label("categories, at most").press("Tab")
    estimate = page.locator(".estimate summary")
    expect(estimate).to_contain_text("60 instructions to sort · 10 calls · about $")
    estimate.click()
    expect(page.locator(".estimate tbody tr")).to_have_count(4)
    expect(page.locator(".estimate tbody tr").nth(2)).to_contain_text("sort the instructions")
    assert taught.server.seen.total() == 0
    page.get_by_role("button", name="Make rubrics").click()
    expect(page.locator(".strip [data-job=induce]")).to_be_visible()
    expect(page.get_by_role("button", name="Make rubrics")).to_be_disabled()
    bars = page.locator(".plotted summary")
    expect(bars).to_have_count(5)
    expect(bars).to_have_text(  # asked again until it is drawn: what is not drawn has no spaces between its words
        [*(f"{kind} 12 20 %" for kind in ("compute", "explain", "summarise", "translate")), "other 12 20 %"],
        use_inner_text=True,
    )
    expect(page.get_by_role("status").get_by_text("20 % of the instructions fit no category")).to_be_visible()
    page.reload()
    expect(bars).to_have_count(5)
    expect(page.locator(".induction h2")).to_contain_text("48 of 60 sorted by a teacher or a person")
    assert max(taught.server.billed.values()) == 1


def test_examples_open_by_keyboard_and_are_text(taught: Taught, page: Page) -> None:
    open_questions(taught.app, page)
    other = page.locator("details[data-category='']")
    other.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(other.locator("li")).to_have_count(6)
    expect(other.locator("li").first).to_contain_text("<b>")
    assert other.locator("b").count() == 1  # the name of the row, and none of the texts
    expect(other.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(other.locator("li")).to_have_count(0)


def test_a_bound_that_is_none_is_told_and_nothing_starts(taught: Taught, page: Page) -> None:
    open_questions(taught.app, page)
    page.get_by_label("categories, at most").fill("1")
    page.get_by_label("categories, at most").press("Tab")
    expect(page.locator(".estimate")).to_contain_text("The number of categories is a whole number between 2 and 100.")
    expect(page.get_by_role("button", name="Make rubrics")).to_be_disabled()


def test_what_is_typed_replaces_the_number_though_the_panel_was_drawn_anew(taught: Taught, page: Page) -> None:
    open_questions(taught.app, page)
    most = page.get_by_label("categories, at most")
    expect(page.locator(".estimate summary")).to_be_visible()
    most.focus()
    page.keyboard.press("Control+a")
    running = "{detail: {jobs: [{name: 'induce', state: 'running'}]}}"
    with page.expect_response(lambda answer: '"served_induction"' in (answer.request.post_data or "")):
        page.evaluate(f"window.dispatchEvent(new CustomEvent('studio-status', {running}))")
    expect(most).to_be_focused()
    page.keyboard.type("7")
    expect(most).to_have_value("7")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_page_with_a_plot(taught: Taught, browser: Browser, theme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    open_questions(taught.app, page)
    page.locator(".plotted summary").first.click()
    expect(page.locator(".plotted li li")).to_have_count(6)
    page.locator(".estimate summary").click()
    found = Axe().run(page, options=RULES).response["violations"]
    context.close()
    assert [(violation["id"], violation["nodes"][0]["html"][:160]) for violation in found] == []


def test_a_narrow_page_does_not_scroll_sideways(taught: Taught, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    open_questions(taught.app, page)
    page.locator(".plotted summary").first.click()
    expect(page.locator(".plotted li li")).to_have_count(6)
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width <= 390
