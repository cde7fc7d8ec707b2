"""The race page in a browser: planned, started, found again after a reload, its table at the end; and cancelled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, instructions_in


@pytest.fixture
def track(tmp_path: Path, tiny_student: Path, trainer: str) -> Iterator[App]:
    """An app with ten train instructions, a data set to measure on, and a student whose answers end early."""
    student = shutil.copytree(tiny_student, tmp_path / "student")
    (student / "generation_config.json").write_text(json.dumps({"eos_token_id": list(range(3, 100))}))
    with Store(tmp_path / "data") as store:
        texts = zip(range(10), instructions_in("train"), strict=False)
        import_rows(store, [{"instruction": text, "output": "The sky looks blue."} for _, text in texts], "sky")
        rows = [{"instruction": f"What is it {n}?", "output": f"Answer {n}."} for n in range(12)]
        import_rows(store, rows, "<b>here</b>", held_out=True)
        drafted_before(store)
    running = App(tmp_path / "data", tmp_path / "cache", "--student", str(student), "--launcher", f"here={trainer}")
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def choose(page: Page, track: App) -> None:
    """A race of two methods, with one seed, on the data set to measure on."""
    page.goto(track.url + "/race")
    page.get_by_label("instructions in each round").fill("4")
    page.get_by_label("seeds").fill("1")
    page.get_by_text("More choices").click()
    page.get_by_label("learning rates").select_option("own")
    page.get_by_label("answers measured at most").fill("3")
    page.get_by_role("checkbox", name="<b>here</b>").check()
    expect(page.get_by_role("region", name="What each method would do").locator("tbody tr")).to_have_count(2)


def test_a_race_runs_through_a_reload_to_its_table_and_another_is_cancelled(track: App, page: Page) -> None:
    page.goto(track.url + "/rounds")
    page.get_by_role("link", name="Race").click()
    choose(page, track)
    expect(page.locator(".plan")).to_contain_text("2 runs of")
    page.get_by_label("budget of each run").fill("300")
    expect(page.get_by_role("alert")).to_contain_text("A budget of 300 does not pay for citing")
    page.get_by_label("budget of each run").fill("")
    expect(page.locator(".plan").get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Start the race").click()
    runs = page.get_by_role("region", name="Runs").locator("tbody tr")
    expect(runs.first).to_contain_text("CITING")
    expect(page.get_by_role("button", name="Start the race")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Race 1")).to_contain_text("running")
    table = page.locator("table.raced")
    expect(table.locator("tbody th")).to_have_text(["CITING", "SFT", "where all began"], timeout=15 * 60_000)
    expect(table.locator("tbody tr").nth(1).locator("td").first).to_contain_text("rank")
    expect(page.locator(".race-set h3")).to_contain_text("<b>here</b> · test")
    expect(page.get_by_role("heading", name="Race 1")).to_contain_text("finished")
    wins = page.locator("table.wins tbody tr")
    expect(wins).to_have_count(2)
    expect(wins.first.locator("td").nth(1)).to_contain_text(" – ")
    expect(wins.first.locator("td").nth(2)).to_have_text("")
    expect(page.get_by_text("By reference there is only overall")).to_be_visible()
    expect(page.locator(".race-set .legend")).to_have_text("CITINGSFT")
    expect(page.get_by_text("Runs: 2 of 2 are done")).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.get_by_role("button", name="Save as Markdown").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report").click()
    assert "| where all began |" in download.value.path().read_text(encoding="utf-8")

    choose(page, track)  # another one, which is cancelled for good; the older one is opened by a button
    page.get_by_role("button", name="Start the race").click()
    newest = page.locator(".race-card").first
    newest.get_by_role("button", name="Cancel").click()
    expect(newest.get_by_role("heading")).to_contain_text("cancelled")
    expect(page.get_by_role("button", name="Start the race")).to_be_visible()
    expect(newest.get_by_role("button", name="Continue")).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("table.raced")).to_be_visible()
