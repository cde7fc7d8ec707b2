"""The teacher page with a real server that misbehaves: prices, a limit, failed calls, several teachers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from citing_app.store import instructions, items
from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.processes import command_of
from tests.teacher_server import TeacherServer, serving
from tests.worker.test_train import eventually

KEY = "sk-canary-5d1e"
BEHAVIOURS = ["good", "good", "refuse", "reset", "broken"]


@pytest.fixture(scope="module")
def server() -> Iterator[TeacherServer]:
    with serving(TeacherServer()) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path, server: TeacherServer) -> Iterator[App]:
    data = tmp_path_factory.mktemp("teacher")
    with Store(data) as store:
        rows = [{"instruction": f"Say {n}. behave:{BEHAVIOURS[n % 5]}", "output": f"Answer {n}."} for n in range(20)]
        import_rows(store, rows, "mine")
        with store.write() as cursor:
            for one in instructions.without_draft(cursor, "base", 10):
                items.add_draft(cursor, one, f"Draft of {one.id} <b>is</b> bad.", "base", None)
    flags = ["--student", str(tiny_student), "--teacher", "first", "--teacher-url", server.url]
    running = App(
        data,
        tmp_path_factory.mktemp("cache"),
        *flags,
        "--teacher",
        f"second={server.url}",
        "--judge",
        f"third={server.url}",
    )
    running.environment = {**OFFLINE, "CITING_TEACHER_KEY": KEY}
    running.start()
    yield running
    running.stop()


def open_page(page: Page, app: App) -> None:
    page.goto(f"{app.url}/teacher")
    expect(page.get_by_role("heading", name="Teachers")).to_be_visible()


def test_a_connection_is_tested_and_says_how_it_went(app: App, page: Page) -> None:
    open_page(page, app)
    page.get_by_role("button", name="Test connection").first.click()
    expect(page.get_by_text(re.compile(r"first answered in \d+\.\d seconds\."))).to_be_visible()
    expect(page.locator("table")).to_contain_text("first")


def test_the_failed_test_of_a_model_with_a_long_name_can_be_dismissed(
    tmp_path: Path, tiny_student: Path, page: Page
) -> None:
    name = "laboratory/a-model-whose-name-has-more-than-forty-characters"
    flags = ["--student", str(tiny_student), "--teacher", f"{name}=http://127.0.0.1:9/v1"]
    running = App(tmp_path / "data", tmp_path / "cache", *flags)
    running.environment = OFFLINE
    running.start()
    try:
        open_page(page, running)
        page.get_by_role("button", name="Test connection").click()
        failed = page.locator(f".job.failed[data-job='check_teacher {name}']")
        expect(failed).to_be_visible()
        failed.get_by_role("button", name="Dismiss").click()
        expect(failed).to_have_count(0)
    finally:
        page.close()  # one that asks a stopped app is an error
        running.stop()


def test_prices_and_a_limit_are_saved_and_wrong_ones_are_said(app: App, page: Page) -> None:
    open_page(page, app)
    page.get_by_label("first: dollars per million tokens sent").fill("2")
    page.locator("form.prices button").first.click()
    expect(page.get_by_role("alert")).to_contain_text("The price of what is answered is a number between 0 and 10,000.")
    for name, price in (("first", "2"), ("second", "3"), ("third", "4")):
        page.get_by_label(f"{name}: dollars per million tokens sent").fill(price)
        page.get_by_label(f"{name}: dollars per million tokens answered").fill("8")
        page.get_by_label(f"{name}: dollars per million tokens answered").press("Enter")
        expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_label("spending limit in dollars").fill("20")
    page.get_by_label("spending limit in dollars").press("Enter")
    expect(page.locator(".figures")).to_contain_text("$20.00")
    page.reload()
    expect(page.get_by_label("second: dollars per million tokens sent")).to_have_value("3")
    expect(page.get_by_role("heading", name="Judges")).to_be_visible()
    expect(page.get_by_label("third: dollars per million tokens sent")).to_have_value("4")


def test_what_is_typed_and_not_sent_outlives_the_saving_of_something_else(app: App, page: Page) -> None:
    open_page(page, app)
    limit, sent = (
        page.get_by_label("spending limit in dollars"),
        page.get_by_label("first: dollars per million tokens sent"),
    )
    saved = limit.input_value()
    limit.fill("35")
    sent.fill("-4")
    sent.press("Enter")  # the browser itself refuses it
    sent.fill("")
    sent.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The price of what is sent is a number between 0 and 10,000.")
    expect(limit).to_have_value("35")
    expect(sent).to_have_value("")
    sent.fill("2.5")
    sent.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(sent).to_be_focused()
    expect(limit).to_have_value("35")
    page.reload()
    expect(sent).to_have_value("2.5")
    expect(limit).to_have_value(saved)


def test_revisions_are_written_and_what_did_not_come_is_shown_and_asked_again(
    app: App, page: Page, server: TeacherServer
) -> None:
    open_page(page, app)
    expect(page.get_by_text("10 revisions to write")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"first: 10 calls, about [\d,]+ tokens and \$0\.\d+, at most \$\d"))
    ).to_be_visible()
    page.get_by_role("button", name="Write 10 revisions").click()
    expect(page.get_by_role("heading", name="Failed revisions")).to_be_visible(timeout=60_000)
    expect(page.locator(".failed-calls")).to_contain_text("refused")
    expect(page.locator(".failed-calls")).to_contain_text("fate unknown")
    unknown = page.get_by_text("They are not sent again before you say so.")
    expect(unknown).to_be_visible()
    before = server.seen.total()
    page.get_by_role("button", name="Send again", exact=True).click()
    expect(unknown).to_have_count(0)
    expect(unknown).to_be_visible(timeout=60_000)  # the server breaks this connection each time
    assert server.seen.total() > before
    assert KEY not in page.content()


def test_several_teachers_revise_and_stand_side_by_side(app: App, page: Page) -> None:
    open_page(page, app)
    group = page.get_by_role("group", name="teachers of mine")
    group.get_by_label("second").check()
    expect(page.get_by_role("button", name=re.compile(r"Write \d+ revisions?"))).to_be_enabled()
    page.get_by_role("button", name=re.compile(r"Write \d+ revisions?")).click()
    expect(page.get_by_text("Every draft has its revisions.")).to_be_visible(timeout=60_000)
    page.reload()
    expect(group.get_by_label("second")).to_be_checked()
    page.goto(f"{app.url}/browse?state=waiting&text=behave:good")
    page.locator(".list a").first.click()
    expect(page.locator(".desk.several")).to_contain_text("first")
    expect(page.locator(".desk.several")).to_contain_text("second")
    expect(page.locator(".desk.several")).to_contain_text("<b>is</b>")


def test_a_teacher_is_added_tested_set_asked_and_removed(app: App, page: Page, server: TeacherServer) -> None:
    open_page(page, app)
    page.get_by_role("button", name="Add a teacher").click()
    page.get_by_label("server", exact=True).select_option("ollama")
    expect(page.get_by_label("URL")).to_have_value("http://127.0.0.1:11434/v1")
    page.get_by_label("model, as the server calls it").fill("llama <b>3</b>")
    page.get_by_label("URL").fill(server.url)
    page.get_by_label("name here").fill("added")
    page.locator(".adding summary").click()
    page.get_by_label("extra headers").fill("Authorization: Bearer x")
    page.get_by_role("button", name="Add the teacher").click()
    expect(page.get_by_role("alert")).to_contain_text("The header Authorization looks like a key.")
    page.get_by_label("extra headers").fill("X-Title: Studio")
    page.get_by_role("button", name="Add the teacher").click()
    expect(page.locator(".behind .told")).to_contain_text("added was added.")
    page.reload()
    card = page.locator(".setup.teacher", has=page.get_by_text("added", exact=True))
    expect(card).to_contain_text("llama <b>3</b>")
    expect(card.get_by_placeholder("free")).to_have_count(2)
    card.get_by_role("button", name="Test connection").click()
    expect(card).to_contain_text("added answered in")
    card.get_by_role("button", name="Settings").click()
    expect(card.get_by_label("extra headers")).to_have_value("X-Title: Studio")
    expect(card.get_by_label("URL")).to_have_value(server.url)
    card.get_by_label("URL").fill("127.0.0.1:9/v1")
    card.get_by_role("button", name="Save the settings").click()
    expect(card.get_by_role("alert")).to_contain_text("The URL of added must begin with http:// or https://")
    card.get_by_label("URL").fill(f"{server.url}/chat/completions")
    card.get_by_label("longest answer in tokens").fill("1")
    card.get_by_role("button", name="Save the settings").click()
    expect(card.get_by_role("alert")).to_contain_text("The longest answer is a whole number between 64 and 200,000.")
    card.get_by_label("longest answer in tokens").fill("7000")
    card.get_by_label("reasoning effort").select_option("low")
    card.get_by_role("button", name="Save the settings").click()
    expect(page.locator(".behind .told")).to_contain_text("The settings of added are saved.")
    expect(card).not_to_contain_text("added answered in")  # what was tested may be elsewhere now
    card.get_by_role("button", name="Settings").click()
    expect(card.get_by_label("URL")).to_have_value(server.url)
    page.get_by_role("group", name="teachers of mine").get_by_label("added").check()
    page.get_by_role("button", name=re.compile(r"Write \d+ revision")).click()
    eventually(lambda: any(one["max_tokens"] == 7000 for one in server.requests))
    told = page.locator(".behind .told, .behind [role=alert]")
    for _ in range(60):  # calls that break are sent again for half a minute, and until then it stays
        page.reload()
        expect(page.get_by_role("group", name="teachers of mine").get_by_label("added")).to_be_checked()
        card.get_by_role("button", name="Remove").click()
        card.get_by_role("button", name="Remove this teacher").click()
        expect(told.first).to_contain_text(re.compile("added has calls under way|added was removed"))
        if "removed" in told.first.inner_text():
            break
        page.wait_for_timeout(1000)
    expect(page.locator(".behind .told")).to_contain_text("These data sets now use other teachers: mine.")
    asked = [(one["model"], one["reasoning_effort"]) for one in server.requests if one["max_tokens"] == 7000]
    assert set(asked) == {("llama <b>3</b>", "low")}
    page.reload()
    expect(page.get_by_role("heading", name="Teachers")).to_be_visible()
    expect(card).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_page_fits_a_phone(app: App, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, app)
    page.get_by_role("button", name="Add a teacher").click()
    page.locator(".adding summary").click()
    page.get_by_role("button", name="Settings").first.click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []


def test_no_file_and_no_child_of_the_app_holds_the_key(app: App, page: Page) -> None:
    page.goto(f"{app.url}/data")
    page.get_by_label("draft and revise").fill("1")
    page.get_by_role("button", name="Draft answers").click()
    assert app.process is not None
    parent = psutil.Process(app.process.pid)
    deadline = time.monotonic() + 60
    while not (children := [child for child in parent.children(recursive=True) if "serve" in command_of(child)]):
        assert time.monotonic() < deadline, "no worker was started"
        time.sleep(0.1)
    assert KEY in parent.environ().values()
    assert [child for child in children if KEY in str(child.environ())] == []
    page.close()  # one that asks a stopped app is an error
    app.stop()
    files = [path for path in app.data.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
    with Store(app.data) as store, store.read() as cursor:
        rows = cursor.execute("SELECT * FROM teacher_calls").fetchall()
    assert rows
    assert KEY not in json.dumps(rows, default=str)
