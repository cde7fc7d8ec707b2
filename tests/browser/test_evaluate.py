"""The Evaluate page in a browser: the form, the chart by keys and by mouse, the texts behind it, and what is saved."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store.metrics import Metric
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.figures.measuring import evaluate
from citing_app.workflows.evaluation.figures.strengths import find_strengths
from citing_app.workflows.evaluation.requests import FindStrength
from citing_app.workflows.studio import open_studio
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.scripted_student import LengthEmbedder, ScriptedStudent, finished
from tests.seeding import instructions_in, old_means

MODELS = ("base", "round 1", "round 2")


def figures() -> list[Metric]:
    """Drafts of three models that get better, and their self-revisions, in two metrics; the last in one more."""
    measured = [
        Metric(model, "test split", answer, metric, value := 0.1 * (place + shift), value - 0.05, value + 0.05, 40)
        for place, model in enumerate(MODELS, 1)
        for answer, shift in (("draft", 0.5), ("self-revision", 0))
        for metric in ("token_f1", "rouge_l")
    ]
    return [*measured, Metric("round 2", "test split", "draft", "loss", 2.5, 2.4, 2.6, 39)]


def answered(weights: str, prompt: str) -> str:
    """Round 1 knows half of the answer; round 2 forgets it, and writes markup."""
    return {"one": "red green", "two": "<b>nothing</b>"}.get(weights, "red")


def seed(folder: Path) -> None:
    """Old means on the test split; and three models measured, with their answers, on questions."""
    studio = open_studio(Settings(folder / "data", folder / "cache"))
    studio.student, studio.embedder = ScriptedStudent(answered), LengthEmbedder()
    old_means(studio.store, figures())
    rows = [
        {"instruction": text, "output": "red green blue"} for text in islice(instructions_in("train", "Colours"), 12)
    ]
    import_rows(studio.store, rows, "questions", held_out=True)
    finished(studio, 1, "one", kind="sft")
    finished(studio, 2, "two", parent=1)
    evaluate(studio, [None, 1, 2], "questions", 12, Job("evaluate", ""))
    find_strengths(studio, FindStrength(round=2, dataset="questions", items=12), Job("strengths", ""))
    studio.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("evaluate")
    seed(folder)
    running = App(folder / "data", folder / "cache")
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def opened(app: App, page: Page, name: str = "the test split") -> Locator:
    page.goto(f"{app.url}/evaluate")
    heading = page.locator("h2", has_text=re.compile(rf"^{name}(?! · )"))  # not of a part of it
    card = page.locator("section.card").filter(has=heading)
    expect(card.locator(".chart-plot")).to_be_visible()
    card.locator(".chart-plot").scroll_into_view_if_needed()
    return card


def test_points_are_read_and_opened_by_keys(app: App, page: Page) -> None:
    card = opened(app, page)
    chart = card.locator(".chart")
    card.get_by_role("button", name="Save as CSV").focus()
    page.keyboard.press("Tab")
    point = chart.locator(".cursor")
    expect(point).to_be_focused()
    expect(point).to_have_accessible_name("draft · base, 0.150 (0.100–0.200), 40 answers")
    for key in ("ArrowRight", "ArrowDown", "End"):
        page.keyboard.press(key)
    expect(point).to_be_focused()
    expect(point).to_have_accessible_name("self-revision · round 2, 0.300 (0.250–0.350), 40 answers")
    expect(chart.locator(".chart-tip")).to_contain_text("0.300 (0.250–0.350)")
    page.keyboard.press("Enter")
    told = card.locator(".opened")
    expect(told).to_contain_text("round 2, self-revision, ROUGE-L: 0.300 [0.250, 0.350], 40 answers.")
    expect(told.get_by_role("link", name="Open round 2")).to_have_attribute("href", "/rounds?round=2")


def test_points_are_read_and_opened_by_the_mouse(app: App, page: Page) -> None:
    card = opened(app, page)
    chart = card.locator(".chart")
    mark = chart.locator(".chart-plot .mark.s0").nth(1)
    place = mark.bounding_box()
    assert place
    page.mouse.move(place["x"] + 9, place["y"] + 9)
    expect(chart.locator(".chart-tip")).to_contain_text("draft · round 1")
    page.mouse.click(place["x"] + 9, place["y"] + 9)
    expect(card.locator(".opened")).to_contain_text("round 1, draft, ROUGE-L: 0.250 [0.200, 0.300], 40 answers.")
    page.mouse.move(place["x"] + 120, place["y"] - 60)
    expect(chart.locator(".chart-tip")).to_have_count(0)


def test_a_metric_is_chosen_for_the_chart_and_the_table_has_them_all(app: App, page: Page) -> None:
    card = opened(app, page)
    card.get_by_label("metric").select_option(label="loss of the reference answer")
    expect(card.locator(".legend span")).to_have_text(["loss of the reference answer"])
    expect(card.locator(".chart-plot .mark")).to_have_count(1)
    rows = card.locator("table.measured").first.locator("tbody tr")
    expect(rows.locator("td")).to_have_text(["–", "–", "2.500 [2.400, 2.600]on 39 answers only"])
    card.get_by_text("All metrics").click()
    expect(card.locator("table.measured").last.locator("tbody tr")).to_have_count(5)


def test_what_is_drawn_is_saved_and_the_file_stands_alone(app: App, page: Page, tmp_path: Path) -> None:
    def saved(kind: str) -> Path:
        with page.expect_download() as download:
            card.get_by_role("button", name=f"Save as {kind}").click()
        assert download.value.suggested_filename == f"rouge-l-on-the-test-split.{kind.lower()}"
        download.value.save_as(tmp_path / kind)
        return tmp_path / kind

    card = opened(app, page)
    svg = saved("SVG").read_text(encoding="utf-8")
    assert "ROUGE-L on the test split" in "".join(ET.fromstring(svg).itertext())
    assert "class=" not in svg  # its looks are written into it
    assert "var(" not in svg
    assert svg.count("rgb(52, 84, 209)") > 5
    rows = saved("CSV").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "line,model,ROUGE-L,low,high,n"
    assert len(rows) == 7
    assert rows[1].split(",")[:2] == ["draft", "base"]
    assert saved("PNG").read_bytes().startswith(b"\x89PNG")


def test_a_point_opens_the_texts_behind_it_beside_the_other_models(app: App, page: Page) -> None:
    card = opened(app, page, "questions")
    expect(card.locator(".turn")).to_contain_text(["quality turns at round 2"] * 2)
    card.locator(".chart-plot .cursor").focus()
    for key in ("End", "Enter"):
        page.keyboard.press(key)
    found = card.locator(".opened")
    expect(found.locator(".differences li.worse")).to_have_count(2)
    expect(found.locator(".differences")).to_contain_text("to SFT on the same 12 rows")
    found.get_by_label("set against").select_option(label="round 1")
    first = found.locator(".pair-of-texts").first
    expect(first.locator("h4")).to_have_text(["round 1 0.800", "round 2 0.000"])
    expect(first.locator(".texts .said").last).to_have_text("<b>nothing</b>")
    expect(first.locator("del")).to_have_text("red green")
    expect(found.locator(".pair-of-texts")).to_have_count(10)
    found.get_by_role("button", name="Show more (2 left)").click()
    expect(found.locator(".pair-of-texts")).to_have_count(12)
    found.get_by_text("By category: which rubric helps, which harms").click()
    expect(found.get_by_role("row", name="no rubric matches 12")).to_be_visible()


def test_a_finished_round_says_first_whether_it_is_better_than_whom_and_by_how_much(app: App, page: Page) -> None:
    page.goto(f"{app.url}/rounds?round=2")
    told = page.locator(".better")
    expect(told.locator("p")).to_have_count(4)
    expect(told.locator("p").first).to_have_text("Round 2 is worse than SFT (round 1). See what it harmed")
    expect(told.locator("p").nth(1)).to_contain_text("Against SFT (round 1), ROUGE-L on questions: drafts −0.800 (95 %")
    expect(told.locator("p").nth(2)).to_contain_text(
        "Against the base model, ROUGE-L on questions: drafts −0.500 (95 %"
    )
    expect(told.locator("p.notice")).to_contain_text("It is far from the base model: KL 3.00 nats per token on")


def test_a_report_is_saved_and_opens_without_the_app(app: App, browser: Browser, page: Page, tmp_path: Path) -> None:
    opened(app, page)
    page.get_by_role("button", name="Save as a web page").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report").click()
    download.value.save_as(tmp_path / "report.html")
    context = browser.new_context(offline=True)
    alone, errors = context.new_page(), []
    alone.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.goto((tmp_path / "report.html").as_uri())
    expect(alone.locator(".chart-plot")).to_have_count(3)
    expect(alone.get_by_text("Round 2 is worse than SFT (round 1).")).to_be_visible()
    alone.get_by_label("metric").first.select_option(label="token F1")
    expect(alone.locator(".chart-plot").first).to_have_accessible_name("token F1 on questions · dev")
    assert errors == []
    context.close()


def test_the_form_asks_for_what_is_chosen_and_says_what_is_wrong(app: App, page: Page) -> None:
    opened(app, page)
    for name in ("base", "round 2"):
        page.get_by_role("checkbox", name=name).uncheck()
    items = page.get_by_label("at most")
    items.fill("7")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_role("alert")).to_have_text("Name one to twenty models: base, or the number of a round.")
    expect(items).to_have_value("7")
    page.get_by_role("checkbox", name="base").check()
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator('[data-job="evaluate"]')).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_best_strength_of_a_round_is_shown_with_its_doubt(app: App, page: Page) -> None:
    page.goto(f"{app.url}/evaluate")
    card = page.locator("section.card").filter(has=page.locator("h2", has_text="Strength"))
    card.get_by_role("combobox").nth(1).select_option("questions")
    expect(card.get_by_text("The base model answers these 7 rows best: round 2 does not help here.")).to_be_visible()
    expect(card.locator("tbody tr")).to_have_count(5)
    expect(card.locator("tbody tr").nth(2)).to_contain_text("−1.500")
    expect(card.locator(".chart-plot")).to_have_accessible_name("Loss by strength, questions · dev")
    expect(card.get_by_role("button", name=re.compile("^Save round"))).to_have_count(0)  # it would be the base model
    card.get_by_role("combobox").first.select_option("round 1")
    expect(card.locator("tbody")).to_have_count(0)


def test_the_page_is_chinese_and_loads_no_module_of_another_release(app: App, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(app.url)))
    page.add_init_script("localStorage.setItem('citing-language', 'zh')")
    card = opened(app, page, "测试集")
    expect(card.locator(".legend span")).to_have_text(["初稿", "自我修订"])
    expect(card.locator(".chart-plot")).to_have_accessible_name("ROUGE-L（测试集）")
    modules = [path for path in asked if "/lib/" in path or "/pages/" in path or "/vendor/" in path]
    assert len(modules) > 8
    (version,) = {path.split("/")[2] for path in modules}
    kept = page.request.get(f"{app.url}/studio/{version}/lib/panel.js")
    assert "immutable" in kept.headers["cache-control"]
    assert page.request.get(f"{app.url}/studio/0123456789/lib/panel.js").status == 404
    page.close()


@pytest.mark.parametrize("lost", ["lib/panel.js", "pages/evaluate.js"])
def test_a_page_whose_script_does_not_arrive_says_so(app: App, browser: Browser, lost: str) -> None:
    page = browser.new_page()
    page.route(f"**/{lost}", lambda route: route.abort())
    page.goto(f"{app.url}/evaluate")
    expect(page.get_by_text("This page could not be opened; load it again.")).to_be_visible()
    page.close()
