"""The data page in a browser: a file is imported and taken back with a confirmation, a data set renamed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, pairs


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    data = tmp_path_factory.mktemp("batches")
    with Store(data) as store:
        import_rows(store, pairs(3), "decided", by="ada", file="decided.jsonl")
        accept_pending(store, Journal(data), "ada")
        drafted_before(store)
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def test_an_import_is_taken_back_and_a_data_set_renamed(batches: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "lamps.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in pairs(2, name="Lamp")), encoding="utf-8")
    page.goto(batches.url + "/data")
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_text("lamps.jsonl").first).to_be_visible()
    page.get_by_label("Data set", exact=True).fill("lamps <i>")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".report")).to_contain_text("2 read, 2 imported")
    page.reload()
    page.locator("tr").get_by_role("button", name="Take back lamps.jsonl").click()
    asked = page.locator(".asked")
    expect(asked).to_contain_text("This removes 2 rows and 2 drafts with their revisions.")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_have_count(0)

    page.get_by_role("button", name="Rename lamps <i>").click()
    page.get_by_label("New name of lamps <i>").fill("decided")
    page.get_by_role("button", name="Save").click()
    expect(asked).to_contain_text("There is a data set decided already")
    page.get_by_label("New name of lamps <i>").fill("lights")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Rename lights")).to_be_visible()

    page.locator("tr").get_by_role("button", name="Take back lamps.jsonl").click()
    asked.get_by_role("button", name="Take back lamps.jsonl").click()
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Rename lights")).to_have_count(0)


def test_what_is_decided_is_kept_and_named(batches: App, page: Page) -> None:
    page.goto(batches.url + "/data")
    page.get_by_role("button", name="Delete decided").click()
    expect(page.locator(".asked")).to_contain_text("The data set decided stays, since it is in use")
    expect(page.locator(".asked")).to_contain_text("decided: 3 (“Question")
    page.get_by_role("button", name="Take back decided.jsonl").click()
    expect(page.locator(".asked")).to_contain_text("stays, since it is in use")
    expect(page.get_by_role("button", name="Delete bundled")).to_have_count(0)
