"""What is chosen on dev, in a browser: rows elsewhere to stop by, the part to measure on, gentler later rounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from citing_app.method.parts import part_of
from citing_app.settings import Settings
from citing_app.store import curricula, instructions, rounds
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.studio import open_studio
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, studio_with_accepted


@pytest.fixture
def app(tmp_path: Path, tiny_student: Path, trainer: str) -> Iterator[App]:
    """An app with four accepted revisions, and a data set to measure on only."""
    studio = studio_with_accepted(settings_of(tmp_path, tiny_student), 4)
    rows = [{"instruction": f"Elsewhere {n}?", "output": f"Answer {n}."} for n in range(12)]
    import_rows(studio.store, rows, "elsewhere", held_out=True)
    drafted_before(studio.store)
    studio.close()
    flags = ["--student", str(tiny_student), "--launcher", f"here={trainer}"]
    running = App(tmp_path / "data", tmp_path / "cache", *flags)
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def settings_of(tmp_path: Path, student: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "cache", student=str(student))


def test_the_forms_choose_on_dev(app: App, page: Page, tmp_path: Path, tiny_student: Path) -> None:
    page.goto(app.url + "/rounds")
    page.get_by_text("More choices").click()
    page.get_by_label("validated on").select_option(label="elsewhere · dev")
    expect(page.get_by_text("answers of elsewhere · dev, which no round learns")).to_be_visible()
    expect(page.get_by_label("epochs")).to_have_attribute("placeholder", "2")
    page.get_by_label("steps at most").fill("1")
    page.get_by_label("learning rate").fill("0.0001")
    page.get_by_role("button", name="Train a round").click()
    expect(page.get_by_text("validated on elsewhere · dev: compares only with rounds")).to_be_visible()

    page.goto(app.url + "/curriculum")
    page.get_by_text("More choices").click()
    page.get_by_label("from the second round on").select_option("gentler")
    page.get_by_label("validated on").select_option("elsewhere")
    page.get_by_label("measured on", exact=True).select_option("elsewhere")
    page.get_by_role("combobox", name="part", exact=True).select_option("test")
    page.get_by_label("stop after a round that is worse").check()
    expect(page.get_by_role("combobox", name="part", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Start the curriculum").click()
    expect(page.get_by_role("heading", name="Curriculum 1")).to_be_visible()

    page.goto(app.url + "/evaluate")
    parts = page.get_by_role("combobox", name="part", exact=True)
    expect(parts).to_have_text("all rows" + "dev, to choose by" + "test, to report")
    page.close()  # one that asks a stopped app is an error
    app.stop()
    studio = open_studio(settings_of(tmp_path, tiny_student))
    with studio.store.read() as cursor:
        (made,) = curricula.all_curricula(cursor)
        (spec,) = (one.spec for one in rounds.all_rounds(cursor) if one.number == 1)
        dev = [row for row in instructions.never_trained(cursor, "elsewhere", 100) if part_of(row.hash) == "dev"]
    studio.close()
    chosen = {name: made.settings[name] for name in ("later", "evaluate", "part", "stop_when_worse")}
    assert chosen == {"later": "gentler", "evaluate": "elsewhere", "part": "dev", "stop_when_worse": True}
    assert made.settings["choices"]["validate_on"] == "elsewhere"
    assert (spec["max_steps"], spec["learning_rate"], spec["patience"]) == (1, 1e-4, 1)
    validation = (tmp_path / "data" / "rounds" / "0001" / "validation.jsonl").read_text().splitlines()
    assert len(validation) == len(dev)
