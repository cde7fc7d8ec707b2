"""WCAG 2.2 AA by axe, on every page in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from citing_app.store.database import Store
from tests.browser.conftest import App
from tests.browser.test_pages import PATHS
from tests.conftest import OFFLINE
from tests.seeding import drafted_before

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
"""Of a rule that is kept one element is told, not all of them, which takes most of the time."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    data = tmp_path_factory.mktemp("axe")
    with Store(data) as store:
        drafted_before(store)
    app = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    app.environment = OFFLINE
    app.start()
    yield app
    app.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(running: App, browser: Browser, theme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    found = []
    for path in PATHS:
        page.goto(running.url + path)
        expect(page.locator(".page, .gr-page").first).to_be_visible()
        expect(page.locator(".opening, .nothing:not(.card)")).to_have_count(0)
        result = Axe().run(page, options=RULES).response
        assert len(result["passes"]) >= 10, "axe did not look"
        for violation in result["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{path} {violation['id']}: {nodes}")
    context.close()
    assert found == []
