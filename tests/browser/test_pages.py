"""Pages and bad luck: what a person sees when texts are hostile, others are quicker, or the studio is away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.data import importing
from citing_app.workflows.desk import reviewing
from citing_app.workflows.desk.leases import Leases
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import drafted_before

PATHS = (
    *("/", "/browse", "/insights", "/rounds", "/curriculum", "/race", "/chat"),
    *("/evaluate", "/comparisons", "/arena", "/rubrics", "/teacher", "/data"),
)
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> **bold** ${1+1} {{x}}'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """An app whose student is tiny and whose models cannot be fetched: the desk works all the same."""
    data = tmp_path_factory.mktemp("desk")
    with Store(data) as store:
        Journal(data)
        importing.import_bundled(store)
        rows = [
            {"instruction": f"{HOSTILE} {n}", "draft": f"draft {n} {HOSTILE}", "revision": f"revised {n} {HOSTILE}"}
            for n in range(10)
        ]
        importing.import_rows(store, rows, "hostile")
        drafted_before(store)
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1280), ("light", 2560)])
def test_every_page_opens_without_errors_and_fits_the_window(
    desk: App, browser: Browser, theme: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for path in PATHS:
        page.goto(desk.url + path)
        expect(page.locator(".page, .gr-page").first).to_be_visible()
        expect(page.locator(".opening")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert ("dark" in (page.evaluate("document.body.className"))) == (theme == "dark"), path
    context.close()
    # Leaving a page cuts the stream that Gradio was reading, and it says so.
    assert [error for error in errors if "AbortError" not in error and "Connection errored out" not in error] == []


def test_a_model_that_cannot_be_fetched_is_one_sentence_with_a_retry_and_the_desk_goes_on(
    desk: App, page: Page
) -> None:
    page.goto(desk.url)
    job = page.locator('[data-job="prepare_embedder"]')
    expect(job).to_contain_text("all-MiniLM-L6-v2", timeout=60_000)
    expect(job.get_by_role("button", name="Retry")).to_be_visible(timeout=60_000)
    expect(page.locator("h1")).to_be_visible()
    job.get_by_role("button", name="Retry").click()
    expect(job.get_by_role("button", name="Cancel")).to_be_visible()


def test_hostile_text_is_shown_as_text(desk: App, page: Page) -> None:
    with_hostile = next(n for n in range(85, 200) if HOSTILE in item(desk, page, n).get("instruction", ""))
    page.goto(f"{desk.url}/?item={with_hostile}")
    expect(page.locator("h1")).to_contain_text("<img src=x onerror=")
    expect(page.locator(".draft-card .words")).to_contain_text(
        "<script>document.title=2</script> **bold** ${1+1} {{x}}"
    )
    assert page.locator(".page img").count() == 0
    assert page.title() == "CITING Studio"


def test_an_item_has_an_address_and_a_decision_by_someone_else_is_told_with_the_text_kept(
    desk: App, page: Page, browser: Browser
) -> None:
    page.goto(desk.url)
    expect(page.locator("h1")).to_be_visible()
    address = page.locator(".bar a").get_attribute("href")
    other = browser.new_page()
    other.goto(f"{desk.url}{address}")
    expect(other.locator("h1")).to_have_text(page.locator("h1").inner_text())
    other.keyboard.press("r")
    expect(other.locator(".deck .note")).to_contain_text("rejected · saved")

    page.keyboard.press("e")
    page.locator("textarea.editor").fill("words that must not be lost")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice")).to_contain_text("was already decided by")
    expect(page.locator("textarea.editor")).to_have_value("words that must not be lost")
    other.close()


def test_typing_never_decides_and_an_empty_edit_is_refused(desk: App, page: Page) -> None:
    page.goto(desk.url)
    heading = page.locator("h1").inner_text()
    page.keyboard.press("e")
    page.locator("textarea.editor").fill("")
    page.keyboard.type("arsu?")
    expect(page.locator("textarea.editor")).to_have_value("arsu?")
    page.locator("textarea.editor").fill("  ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice")).to_contain_text("empty")
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text(heading)
    page.keyboard.press("?")
    expect(page.locator("dialog.sheet")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("h1")).to_have_text(heading)


def test_keys_pressed_faster_than_the_server_answers_all_count(desk: App, page: Page) -> None:
    page.goto(desk.url)
    expect(page.locator("h1")).to_be_visible()
    before = len(journal(desk))
    for key in "aaraa":
        page.keyboard.press(key)
    expect(page.locator(".deck .note")).to_contain_text("accepted · saved")
    page.wait_for_function("() => !document.querySelector('.deck .note').textContent.includes('saving')")
    page.goto(desk.url + "/rounds")
    assert [line["kind"] for line in journal(desk)[before:]] == ["accept", "accept", "reject", "accept", "accept"]


def test_a_decision_made_while_the_studio_is_away_is_saved_when_it_is_back(desk: App, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(desk.url)
    expect(page.locator("h1")).to_be_visible()
    before = len(journal(desk))
    desk.stop()
    page.keyboard.press("a")
    expect(page.locator(".deck .note")).to_contain_text("not saved yet")
    assert len(journal(desk)) == before
    desk.start()
    expect(page.locator(".deck .note")).to_contain_text("accepted · saved")
    assert [line["kind"] for line in journal(desk)[before:]] == ["accept"]
    page.close()


def test_files_are_imported_with_a_report_and_bad_ones_with_a_sentence(desk: App, page: Page, tmp_path: Path) -> None:
    good = tmp_path / "mine.jsonl"
    good.write_text('{"instruction": "Say hello.", "output": "Hello."}\n{"instruction": ""}\nnot json\n')
    page.goto(desk.url + "/data")
    page.locator("input[type=file]").set_input_files(good)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".report")).to_contain_text("3 read, 1 imported")
    expect(page.locator(".report")).to_contain_text("line 3: the line is not JSON")
    expect(page.locator(".cards")).to_contain_text("mine")

    held_out = tmp_path / "held.jsonl"
    held_out.write_text("".join(f'{{"instruction": "Say {n}.", "output": "{n}"}}\n' for n in range(12)))
    page.goto(desk.url + "/data")
    page.locator("input[type=file]").set_input_files(held_out)
    page.get_by_label("Only to measure on").check()
    page.get_by_role("button", name="Import", exact=True).click()
    cells = page.locator(".cards tr", has_text="held").first.locator("td")
    expect(cells).to_have_text([re.compile("^held"), "0", "0", "12", re.compile("^Rename")])

    bad = tmp_path / "picture.json"
    bad.write_bytes(b"\x89PNG\r\n")
    page.goto(desk.url + "/data")
    page.locator("input[type=file]").set_input_files(bad)
    expect(page.locator(".data-files .notice")).to_contain_text("picture.json is not")
    with page.expect_response("**/gradio_api/queue/join*"):
        page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".data-files .notice")).to_have_count(1)  # the preview does not say it a second time
    expect(page.locator(".data-files .notice")).to_contain_text("picture.json is not")


def test_an_export_in_a_trainers_columns_is_downloaded_with_its_count(desk: App, page: Page) -> None:
    page.goto(desk.url + "/data")
    page.get_by_label("Columns").select_option("preference")
    page.get_by_label("Format").select_option(".csv")
    expect(page.locator(".exporting .estimate")).to_contain_text(re.compile(r"\d accepted revisions"))
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="accepted-preference.csv").click()
    with page.expect_download() as card:
        page.get_by_role("link", name="accepted-preference-card.md").click()
    assert "## Licence" in card.value.path().read_text(encoding="utf-8")
    (first, *_) = download.value.path().read_text(encoding="utf-8").splitlines()
    assert first.startswith("prompt,chosen,rejected,instruction,input,turns,category,")


def test_a_round_goes_on_when_browser_and_app_are_gone_and_is_found_again(desk: App, page: Page) -> None:
    page.goto(desk.url + "/rounds")
    page.locator("button.start").click()
    expect(page.get_by_text("Round 1").first).to_be_visible()
    expect(page.locator(".rounds")).to_contain_text("step")
    page.locator("button.cancel").focus()
    step = page.locator(".rounds .figures strong").first
    before = step.inner_text()
    expect(step).not_to_have_text(before)  # drawn anew at the next step
    expect(page.locator("button.cancel")).to_be_focused()
    page.goto("about:blank")
    desk.stop()
    desk.start()
    page.goto(desk.url + "/rounds?round=1")
    expect(page.get_by_text("held-out loss before")).to_be_visible()
    with Store(desk.data / "none") as empty:
        assert reviewing.queue(empty, Leases(), "ada")["items"] == []


def item(app: App, page: Page, number: int) -> dict[str, str]:
    """An item as the endpoint gives it; nothing where there is none."""
    base = f"{app.url}/gradio_api/call/item"
    event = page.request.post(base, data={"data": [number]}).json()["event_id"]
    text = page.request.get(f"{base}/{event}").text()
    if "event: complete" not in text:
        return {}
    found: list[dict[str, str]] = json.loads(text.split("data: ", 1)[1].splitlines()[0])
    return found[0]


def journal(app: App) -> list[dict[str, object]]:
    return [json.loads(line) for line in (app.data / "journal" / "decisions.jsonl").read_text().splitlines()]
