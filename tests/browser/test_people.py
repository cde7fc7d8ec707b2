"""A team at the desk: logging in, deciding under one's own name, signing out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.people import accounts
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.seeding import pairs

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("team")
    with Store(folder / "data") as store:
        import_rows(store, pairs(4), "rows")
        accounts.add(store, "olga", PASSWORD, "owner")
        accounts.add(store, "anna", PASSWORD, "annotator")
    app = App(folder / "data", folder / "cache")
    app.environment = OFFLINE
    app.start()
    yield app
    app.stop()


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_an_annotator_logs_in_decides_under_their_name_and_signs_out(team: App, page: Page) -> None:
    page.goto(f"{team.url}/?item=2")
    expect(page).to_have_url(f"{team.url}/login?next=/%3Fitem%3D2")
    expect(page.get_by_label("Name")).to_be_focused()
    log_in(page, "anna")
    expect(page).to_have_url(f"{team.url}/?item=2")
    expect(page.locator(".masthead .me")).to_contain_text("anna")

    expect(page.get_by_role("button", name="Accept", exact=False)).to_be_enabled()
    page.keyboard.press("a")
    expect(page.locator(".deck .note")).to_contain_text("item 2 accepted · saved")
    [line] = (team.data / "journal" / "decisions.jsonl").read_text().splitlines()
    assert json.loads(line)["annotator"] == "anna"

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{team.url}/login")
    page.goto(f"{team.url}/rounds")
    expect(page.get_by_label("Password")).to_be_visible()


def test_what_only_owners_may_do_is_shown_to_owners_only(team: App, page: Page) -> None:
    shown = {}
    for name in ("anna", "olga"):
        page.goto(f"{team.url}/data")
        log_in(page, name)
        expect(page.locator(".masthead .me")).to_contain_text(name)
        expect(page.get_by_role("heading", name="Data sets")).to_be_visible()
        shown[name] = [
            page.get_by_role("button", name=button, exact=True).is_visible() for button in ("Import", "Draft answers")
        ]
        page.goto(f"{team.url}/rounds")
        expect(page.locator(".masthead .me")).to_be_visible()
        expect(page.get_by_text("Nothing is accepted").or_(page.get_by_text("The loss is watched"))).to_be_visible()
        shown[name].append(page.locator("button.start").is_visible())
        shown[name].append(page.get_by_text("Only an owner may train a round.").is_visible())
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Password")).to_be_visible()
    assert shown == {"anna": [False, False, False, True], "olga": [True, True, True, False]}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_login_page_is_accessible_and_fits(team: App, browser: Browser, theme: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 700},
        color_scheme=theme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto(f"{team.url}/rounds")
    log_in(page, "anna", f"a wrong password at {width} in {theme}")
    expect(page.get_by_role("alert")).to_have_text("This name and password do not fit; try again.")
    expect(page.get_by_label("Name")).to_have_value("anna")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    result = Axe().run(page, options=RULES).response
    assert len(result["passes"]) >= 10, "axe did not look"
    assert [(found["id"], found["nodes"][0]["html"]) for found in result["violations"]] == []
    context.close()


def test_the_login_page_needs_no_script(team: App, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{team.url}/rounds?round=1")
    log_in(page, "olga")
    expect(page).to_have_url(f"{team.url}/rounds?round=1")
    context.close()
