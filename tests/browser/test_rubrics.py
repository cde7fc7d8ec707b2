"""The rubrics page: editing with a conflict, names, merging, splitting, what is stale, and who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from citing_app.models.teacher import REFERENCE
from citing_app.running.jobs import Job
from citing_app.store import instructions, items, rubrics
from citing_app.store.database import Store
from citing_app.types import Criterion, Rubric
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.drafts.revising import revise
from citing_app.workflows.people import accounts
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.browser.test_people import PASSWORD, log_in
from tests.conftest import OFFLINE
from tests.seeding import RUBRIC, pairs

OTHER = Rubric("guessing <b>", (Criterion("Sound", "It follows.", "It does not."),))
"""A name that sorts between the bundled ones and is markup, so that it must stay text."""


def fill(data: Path) -> None:
    """Two categories of our own beside the bundled ones: six revised items of "whys", three of the other."""
    with Store(data) as store:
        with store.write() as cursor:
            rubrics.add(cursor, Rubric("whys", RUBRIC.criteria), "Says why.")
            rubrics.add(cursor, OTHER, "Thinks.")
        for category, number in (("whys", 6), (OTHER.category, 3)):
            rows = [
                {**row, "draft": None, "revision": None, "category": category} for row in pairs(number, name=category)
            ]
            import_rows(store, rows, category)
        with store.write() as cursor:
            ids = [row[0] for row in cursor.execute("SELECT id FROM instructions ORDER BY id").fetchall()]
            for one in instructions.get(cursor, ids):
                items.add_draft(cursor, one, f"Draft {one.id} is bad.", "base", None)
            vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 0, 1, 0]]
            instructions.add_embeddings(cursor, "test", ids[:6], vectors)
        revise(store, [REFERENCE], 100, Job("revise", "Revising"))


@contextmanager
def filled(folder: Path, student: Path) -> Iterator[App]:
    fill(folder / "data")
    app = App(folder / "data", folder / "cache", "--student", str(student))
    app.environment = OFFLINE
    app.start()
    yield app
    app.stop()


@pytest.fixture
def running(tmp_path: Path, tiny_student: Path) -> Iterator[App]:
    with filled(tmp_path, tiny_student) as app:
        yield app


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """For tests that save nothing."""
    with filled(tmp_path_factory.mktemp("rubrics"), tiny_student) as app:
        yield app


def card(page: Page, name: str) -> Locator:
    return page.locator(f".category[data-name='{name}']")


def press(page: Page, name: str, button: str) -> Locator:
    """Press a button of the category's card; the card."""
    found = card(page, name)
    found.get_by_role("button", name=button, exact=True).first.click()
    return found


def save_version_2(page: Page, good: str) -> None:
    """Change what a good answer does, by the first criterion of "whys"."""
    whys = press(page, "whys", "Edit")
    whys.get_by_label("what a good answer does").first.fill(good)
    whys.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("Version 2 is saved.")).to_be_visible()


def test_an_edit_is_a_new_version_whose_items_are_stale_and_revised_again(running: App, page: Page) -> None:
    page.goto(running.url + "/rubrics")
    expect(page.locator(".chip.warn")).to_have_count(0)
    whys = press(page, "whys", "Edit")
    expect(whys.get_by_label("Criterion 1").first).to_be_focused()
    whys.get_by_label("what a good answer does").first.fill("Every word is true.")
    whys.get_by_role("button", name="Add a criterion").click()
    whys.get_by_role("textbox", name="Criterion 3").fill("Kind <i>")
    whys.get_by_label("what a good answer does").nth(2).fill("Warm.")
    whys.get_by_label("what a bad answer does").nth(2).fill("Cold.")
    whys.get_by_role("button", name="move criterion 3 up").click()
    whys.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_role("status").get_by_text("Version 2 is saved.")).to_be_visible()
    expect(whys.get_by_role("status")).to_be_in_viewport()
    expect(whys.get_by_role("button", name="Edit", exact=True)).to_be_focused()
    expect(whys.locator(".rubric > li > b")).to_have_text(["Accurate", "Kind <i>", "Short"])
    expect(whys.locator("h2")).to_contain_text("v2 by ")

    press(page, "whys", "History")
    history = whys.get_by_role("region", name="History")
    expect(history.locator("ol > li")).to_have_count(2)
    expect(history.locator("ol > li").first).to_contain_text("version 2 by ")
    expect(history.locator("ol > li").first.locator("time")).to_have_attribute("title", re.compile(r"\d:\d\d"))
    expect(history.locator("ins").first).to_have_text("Every word is true")
    expect(history).to_contain_text("added")

    expect(page.locator(".bar .chip.warn")).to_have_text("6 stale revisions")
    whys.get_by_role("link", name="6 stale revisions").click()
    expect(page.get_by_role("button", name="stale")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("a.row")).to_have_count(6)
    page.locator("a.row").first.click()
    expect(page.get_by_text("stale: written against v1")).to_be_visible()

    page.goto(running.url + "/rubrics")
    page.locator(".bar").get_by_role("button", name="Revise 6 again").click()
    expect(page.locator(".category").first).to_be_visible()
    expect(page.locator(".chip.warn")).to_have_count(0)
    expect(page.get_by_role("button", name="again")).to_have_count(0)


def test_a_job_that_begins_and_ends_between_two_looks_is_not_missed(running: App, page: Page, browser: Browser) -> None:
    context = browser.new_context()
    other = context.new_page()
    other.goto(running.url + "/rubrics")
    save_version_2(other, "Every word is true.")
    expect(other.locator(".bar .chip.warn")).to_have_text("6 stale revisions")

    page.clock.install()
    page.goto(running.url + "/rubrics")
    expect(page.locator(".bar .chip.warn")).to_have_text("6 stale revisions")
    page.clock.pause_at(datetime.now() + timedelta(hours=1))  # this page asks for the status no more
    page.locator(".bar").get_by_role("button", name="Revise 6 again").click()
    expect(other.locator(".chip.warn")).to_have_count(0)
    context.close()
    page.clock.resume()
    expect(page.locator(".chip.warn")).to_have_count(0)


def test_nothing_typed_is_lost_when_somebody_was_quicker(running: App, page: Page, browser: Browser) -> None:
    page.goto(running.url + "/rubrics")
    whys = press(page, "whys", "Edit")
    whys.get_by_label("what a bad answer does").first.fill("Mine: it misleads.")
    context = browser.new_context()
    other = context.new_page()
    other.goto(running.url + "/rubrics")
    save_version_2(other, "Theirs: it is true.")
    context.close()

    whys.get_by_role("button", name="Save as version 2").click()
    expect(whys.locator(".conflict .notice")).to_contain_text("saved version 2 at ")
    expect(whys.locator(".conflict ins")).to_have_text("Theirs: it is true")
    expect(whys.get_by_label("what a bad answer does").first).to_have_value("Mine: it misleads.")

    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()  # what was typed outlives a reload, and still says what it was made on
    press(page, "whys", "Edit")
    expect(whys.get_by_label("what a bad answer does").first).to_have_value("Mine: it misleads.")
    expect(whys.locator(".conflict .notice")).to_contain_text("Version 2 was saved since you began.")
    whys.get_by_role("button", name="Save mine as version 3").click()
    expect(page.get_by_text("Version 3 is saved.")).to_be_visible()
    expect(whys.locator("p.bad").first).to_have_text("Mine: it misleads.")
    expect(whys.locator("p.good").first).to_have_text("True.")
    press(page, "whys", "Edit")
    expect(whys.get_by_text("did not save is back")).to_have_count(0)


def test_what_is_no_rubric_is_refused_by_the_server_with_the_form_left_open(unchanged: App, page: Page) -> None:
    page.goto(unchanged.url + "/rubrics")
    whys = press(page, "whys", "Edit")
    whys.get_by_role("textbox", name="Criterion 2").fill("ACCURATE")
    whys.get_by_role("button", name="Save as version 2").click()
    expect(whys.locator(".notice")).to_contain_text("Two criteria have the same name")
    expect(whys.get_by_role("textbox", name="Criterion 2")).to_have_value("ACCURATE")
    whys.get_by_role("textbox", name="Criterion 2").fill("Short")
    whys.get_by_label("what a good answer does").first.fill("x" * 600)  # refused, not cut
    whys.get_by_role("button", name="Save as version 2").click()
    expect(whys.locator(".notice")).to_contain_text("its lines at most 500")
    expect(whys.get_by_label("what a good answer does").first).to_have_value("x" * 600)
    page.keyboard.press("Escape")
    expect(whys.locator("form")).to_have_count(0)
    press(page, "whys", "Edit")
    whys.get_by_role("button", name="Start from version 1").click()
    expect(whys.get_by_role("textbox", name="Criterion 2")).to_have_value("Short")


def test_a_category_is_renamed_merged_and_split(running: App, page: Page) -> None:
    page.goto(running.url + "/rubrics")
    found = press(page, "whys", "Rename")
    found.get_by_label("New name").fill("GUESSING <B>")
    found.locator("form").get_by_role("button", name="Rename").click()
    expect(found.locator(".notice")).to_contain_text("A category has or had this name")
    found.get_by_label("New name").fill("clear reasons")
    found.locator("form").get_by_role("button", name="Rename").click()
    expect(page.get_by_text("“whys” is called “clear reasons” now.")).to_be_visible()
    expect(card(page, "whys")).to_have_count(0)
    clear = card(page, "clear reasons")
    expect(clear).to_contain_text("6 sorted")
    expect(page.locator(".bar .chip.warn")).to_have_count(0)

    press(page, "clear reasons", "Members")
    expect(clear.locator(".members legend").first).to_contain_text("Group 1")
    clear.get_by_role("button", name="Tick these 2").click()
    clear.get_by_label("Name of the category").fill("short reasons")
    clear.get_by_role("button", name="Split off 2 members").click()
    expect(page.get_by_text("“short reasons” is a category of its own now")).to_be_visible()
    expect(card(page, "short reasons")).to_contain_text("2 sorted")
    expect(clear).to_contain_text("4 sorted")

    press(page, "clear reasons", "Members")
    clear.get_by_role("checkbox").first.check()
    clear.get_by_label("Move to").select_option(OTHER.category)
    clear.get_by_role("button", name="Move 1 member").click()
    expect(page.get_by_text("1 member was moved to")).to_be_visible()
    expect(card(page, OTHER.category)).to_contain_text("4 sorted")

    short = press(page, "short reasons", "Merge")
    short.get_by_label("Merge into").select_option(OTHER.category)
    short.locator("form").get_by_role("button", name="Merge").click()
    expect(page.get_by_text("“short reasons” is merged into")).to_be_visible()
    expect(card(page, "short reasons")).to_have_count(0)
    expect(card(page, OTHER.category)).to_contain_text("6 sorted")
    expect(page.locator(".bar .chip.warn")).to_have_text("3 stale revisions")

    other = press(page, OTHER.category, "History")
    told = other.get_by_role("region", name="History")
    expect(told).to_contain_text("merged short reasons into guessing <b>, with 2 members")
    expect(told).to_contain_text("split short reasons off clear reasons, with 2 members")
    expect(told).to_contain_text("renamed whys to clear reasons")
    expect(told).to_contain_text("version 1 of whys by bundled")


@pytest.fixture
def team(tmp_path: Path, tiny_student: Path) -> Iterator[App]:
    fill(tmp_path / "data")
    with Store(tmp_path / "data") as store:
        accounts.add(store, "anna", PASSWORD, "annotator")
        accounts.add(store, "olga", PASSWORD, "owner")
    app = App(tmp_path / "data", tmp_path / "cache", "--student", str(tiny_student))
    app.environment = OFFLINE
    app.start()
    yield app
    app.stop()


def test_an_annotator_sees_rubrics_and_changes_nothing(team: App, page: Page) -> None:
    page.goto(team.url + "/rubrics")
    log_in(page, "anna")
    whys = card(page, "whys")
    expect(page.locator(".masthead .me")).to_contain_text("anna")
    expect(whys).to_contain_text("Says why.")
    expect(whys.get_by_role("button")).to_have_text(["Members", "History"])
    press(page, "whys", "Members")
    expect(whys.locator(".members li")).to_have_count(6)
    expect(whys.get_by_role("checkbox")).to_have_count(0)
    expect(whys.get_by_role("button", name="Split off")).to_have_count(0)
    press(page, "whys", "History")
    expect(whys.get_by_role("region", name="History")).to_contain_text("version 1 by bundled")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_with_each_form_open_and_a_telephone_fits(
    unchanged: App, browser: Browser, theme: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(unchanged.url + "/rubrics")
    found = {}
    for button, sign in [
        ("Edit", "fieldset"),
        ("Rename", "form input"),
        ("Merge", "form select"),
        ("Members", ".members li"),
        ("History", ".rubric-history li"),
    ]:
        expect(press(page, "whys", button).locator(sign).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, button
        result = Axe().run(page, options=RULES).response
        assert len(result["passes"]) >= 10, "axe did not look"
        found[button] = [(one["id"], one["nodes"][0]["html"][:160]) for one in result["violations"]]
    context.close()
    assert found == {button: [] for button in found}
