"""The Models page in a browser: a student of a hub is looked at, downloaded, cancelled, resumed and used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from citing_app.rounds.finished import create_finished
from citing_app.rounds.spec import RoundSpec
from citing_app.store.database import Store
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.hub_server import Hub, serving
from tests.seeding import drafted_before

NAME = "org/another"


@pytest.fixture
def hub(tiny_student_without_template: Path) -> Iterator[Hub]:
    """A hub with one student, that takes seconds to send its weights."""
    with serving(Hub({NAME: tiny_student_without_template}, licence="<b>mit</b>", slow=0.1)) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, tiny_student: Path, tiny_adapter: Path, hub: Hub) -> Iterator[App]:
    """An app with a finished round of its student, and this hub."""
    with Store(tmp_path / "data") as store:
        drafted_before(store)
    spec = RoundSpec(1, "run-1", str(tiny_student))
    weights = tiny_adapter / "adapter_model.safetensors"
    (tmp_path / "data" / "rounds").mkdir()
    create_finished(tmp_path / "data" / "rounds", spec, weights, {}, {"adapter_hash": "a" * 64})
    running = App(tmp_path / "data", tmp_path / "cache", "--student", str(tiny_student))
    running.environment = {**OFFLINE, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hub")}
    running.environment |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0"}
    running.start()
    yield running
    running.stop()


def look(page: Page, name: str) -> None:
    page.get_by_label("Hub name, or folder on the app's machine").fill(name)
    page.get_by_role("button", name="Look it up").click()


def test_a_student_of_the_hub_is_downloaded_and_used(app: App, page: Page, hub: Hub, tiny_student: Path) -> None:
    page.goto(app.url + "/models")
    in_use = page.locator(".card.chosen")
    expect(in_use).to_contain_text(f"{tiny_student}a folder · in use")
    expect(in_use).to_contain_text("512 tokens")
    expect(page.get_by_text("Each start with this flag chooses it again")).to_be_visible()
    look(page, "org/nobody")
    expect(page.get_by_role("alert")).to_contain_text("There is no student org/nobody on the hub")
    look(page, NAME)
    another = page.locator(".models .card", has=page.get_by_role("heading", name=NAME))
    expect(another).to_contain_text("<b>mit</b>")
    expect(another).to_contain_text("fits, takes about")
    assert not any(path.endswith(".safetensors") for path, _ in hub.asked)

    another.get_by_role("button", name="Download").click()
    download = page.locator(".download")
    expect(download.get_by_role("progressbar")).to_be_visible()
    page.reload()
    expect(download).to_contain_text("MB")
    download.get_by_role("button", name="Cancel").click()
    expect(download).to_contain_text("it resumes where it stopped")
    assert Axe().run(page, options=RULES).response["violations"] == []
    hub.slow = 0
    download.get_by_role("button", name="Resume the download").click()
    expect(another.get_by_role("button", name="Use this student")).to_be_enabled()
    expect(download).to_have_count(0)
    another.get_by_role("button", name="Use this student").click()
    expect(in_use).to_contain_text(NAME)

    first = page.locator(".models .card", has_text=tiny_student.name)
    expect(first).to_contain_text("Its rounds cannot be chatted with or continued until you use it again.")
    first.get_by_role("link", name="1", exact=True).click()
    expect(page.get_by_text(f"It is of the student {tiny_student.name}")).to_be_visible()
    expect(page.get_by_role("link", name="Chat with it")).to_have_count(0)
    page.goto(app.url + "/chat")
    expect(page.get_by_label("Model", exact=True)).to_have_value("base")
