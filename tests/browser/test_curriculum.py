"""The curriculum page in a browser: started with one button, waiting for people, paused, continued, cancelled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from citing_app.store import curricula
from citing_app.store.database import Store
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.data.importing import import_rows
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, instructions_in


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """An app with ten train instructions and their answers, a student that drafts in a moment, and a curriculum."""
    data = tmp_path_factory.mktemp("school")
    with Store(data) as store:
        texts = zip(range(10), instructions_in("train"), strict=False)
        import_rows(store, [{"instruction": text, "output": f"Answer {n}."} for n, text in texts], "<b>school</b>")
        finished_curriculum(store)
        drafted_before(store)
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    # No model hub: the bundled embedder cannot be fetched, and no rubric is assigned; the curriculum needs none.
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def finished_curriculum(store: Store) -> None:
    """A curriculum of one round, of which one of three drafts was not revised, measured on the test split."""
    figure = {"answer": "draft", "name": "loss", "value": 2.5, "low": 2.0, "high": 3.0, "n": 29}
    figures = [figure | {"model": "base"}, figure | {"model": "round 1", "value": 1.5}]
    rate = {"other": "base", "judge": "rouge_l", "rate": 0.625, "low": 0.5, "high": 0.75, "n": 29, "crosses_half": True}
    measured = {"figures": figures, "judged": [rate], "not_judged": "The disk is full: nothing was saved."}
    made = {"draft": {"items": [1, 2, 3]}, "revise": {"revised": 2}, "decide": {"accepted": 2}}
    with store.write() as cursor:
        number = curricula.add(cursor, CurriculumSettings(rounds=1).to_json(), "ada")
        for stage, detail in (made | {"train": {"number": 1}, "evaluate": measured}).items():
            curricula.write_stage(cursor, number, 1, stage, detail, is_done=True)
        curricula.set_state(cursor, number, "finished")


def test_what_did_not_come_and_on_how_much_was_measured_is_told(school: App, page: Page) -> None:
    page.goto(school.url + "/curriculum")
    card = page.locator(".card", has=page.get_by_role("heading", name="Curriculum 1"))
    expect(card.locator("table.stages tbody td").nth(2)).to_have_text("2 · 1 not revised")
    measured = card.get_by_role("region", name="measured on the test split")
    expect(measured.locator("thead")).to_contain_text("answers measured")
    expect(measured.locator("tbody tr")).to_have_text([re.compile(r"^the base model292\.500"), re.compile("291\\.500")])
    judged = card.get_by_role("listitem").filter(has_text="62.5 % against base (50.0–75.0, n = 29)")
    expect(judged).to_contain_text("could be reversed")
    expect(judged).to_contain_text("The disk is full")
    page.evaluate("localStorage.setItem('citing-language', 'zh')")
    page.reload()
    expect(page.get_by_text("测量数据：测试集")).to_be_visible()
    expect(page.get_by_text("的胜率 62.5%（50.0–75.0，n = 29）")).to_be_visible()


def test_a_curriculum_waits_for_people_is_paused_survives_a_reload_and_is_cancelled(school: App, page: Page) -> None:
    page.goto(school.url + "/rounds")
    page.get_by_role("link", name="Curriculum").click()
    page.get_by_label("rounds", exact=True).fill("2")
    page.get_by_label("instructions in each").fill("3")
    page.get_by_text("More choices").click()
    page.get_by_label("replayed answers").fill("0.5")
    page.get_by_role("button", name="Start the curriculum").click()
    first = page.locator("table.stages tbody tr").first
    expect(first.locator("td").nth(0)).to_have_text("3")
    expect(first.get_by_role("link", name="3 wait for people")).to_be_visible()
    expect(page.get_by_role("heading", name="Curriculum 2")).to_contain_text("waiting for people")
    expect(page.locator("[data-job=curriculum]")).to_contain_text("3 revisions wait for people")
    expect(page.locator("[data-job=curriculum]")).not_to_contain_text("left")
    assert Axe().run(page, options=RULES).response["violations"] == []
    first.get_by_role("link", name="3 wait for people").click()
    expect(page.locator(".chip.only")).to_contain_text("curriculum 2, its newest round")
    headings = []
    for _ in range(4):  # the fourth is the first again: nothing else of the queue is among them
        headings.append(page.locator("h1").inner_text())
        page.keyboard.press("s")
        expect(page.locator("h1")).not_to_have_text(headings[-1])
    assert len(set(headings)) == 3
    page.goto(school.url + "/curriculum")
    page.locator(".card").get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    page.reload()
    expect(page.get_by_text("paused")).to_be_visible()
    expect(page.get_by_role("button", name="Start the curriculum")).to_have_count(0)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".card").get_by_role("button", name="Pause")).to_be_visible()
    page.locator(".card").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled")).to_be_visible()
    expect(page.get_by_role("button", name="Start the curriculum")).to_be_visible()


def test_a_data_sets_name_is_text_and_a_wrong_number_gets_one_sentence(school: App, page: Page) -> None:
    page.goto(school.url + "/curriculum")
    page.get_by_text("More choices").click()
    expect(page.get_by_label("measured on").locator("option")).to_contain_text(["the test split", "<b>school</b>"])
    page.get_by_label("rounds", exact=True).fill("0")
    page.get_by_role("button", name="Start the curriculum").click()
    expect(page.get_by_role("alert")).to_contain_text("The number of rounds")
    expect(page.get_by_label("rounds", exact=True)).to_have_value("0")
    page.get_by_label("rounds", exact=True).fill("2")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_that_the_studio_is_away_is_said_until_it_is_back(school: App, page: Page) -> None:
    page.goto(school.url + "/curriculum")
    expect(page.get_by_role("heading", name="New curriculum")).to_be_visible()
    page.route("**/component_server/**", lambda route: route.fulfill(content_type="application/json", body="null"))
    expect(page.get_by_role("alert")).to_contain_text("The studio did not answer")
    page.unroute("**/component_server/**")
    expect(page.get_by_role("alert")).to_have_count(0)
