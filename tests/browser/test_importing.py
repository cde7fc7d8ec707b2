"""The import part of the data page: a preview, columns mapped by hand, then the import."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import pairs

ROWS = [
    {"id": 7, "question": "Why is the sky blue?", "reply": "Light scatters.", "source": "<b>web</b>"},
    {"id": 8, "question": "Who wrote it?", "reply": "She did.", "source": "book"},
    {"id": 9, "note": "asks nothing"},
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    data = tmp_path_factory.mktemp("importing")
    with Store(data) as store:
        import_rows(store, pairs(2), "seeded")
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def test_a_file_is_shown_before_it_is_imported_and_a_column_is_mapped_by_hand(
    desk: App, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("\n".join(map(json.dumps, ROWS)))
    page.goto(desk.url + "/data")
    page.locator("input[type=file]").first.set_input_files(file)
    preview = page.locator(".preview")
    expect(preview).to_contain_text("3 read, 2 can be imported.")
    expect(preview).to_contain_text("2 rows have no reference answer.")
    expect(preview).to_contain_text("line 3: there is no instruction")
    expect(preview).to_contain_text("Why is the sky blue?")
    preview.get_by_label("reply", exact=True).select_option("output")
    expect(preview).to_contain_text("Light scatters.")
    expect(preview).not_to_contain_text("reference answer")
    expect(preview.get_by_label("reply", exact=True)).to_have_value("output")
    preview.get_by_label("question", exact=True).select_option("output")
    expect(page.locator(".data-files .notice")).to_contain_text("Two columns cannot both become output")
    expect(preview).to_contain_text("Light scatters.")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".report")).to_contain_text("3 read, 2 imported")
    expect(page.locator(".report")).to_contain_text("Kept as metadata: source.")
    expect(preview).to_have_count(0)
    expect(page.locator(".cards")).to_contain_text("mine")


def test_preferences_are_shown_as_pairs_on_wish(desk: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "preferences.jsonl"
    file.write_text(json.dumps({"prompt": "Why?", "chosen": "The good one.", "rejected": "The bad one."}))
    page.goto(desk.url + "/data")
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator(".preview")).to_contain_text("Kept as metadata: rejected.")
    page.get_by_label("Preferences as pairs").check()
    expect(page.locator(".preview")).not_to_contain_text("Kept as metadata")
    expect(page.locator(".preview")).to_contain_text("The bad one.")
