"""Texts as they are seen: code and tables, white space, Markdown; and why people decide, and what is sent back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.people import accounts
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.browser.test_people import PASSWORD, log_in
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, instructions_in, pairs

PYTHON = "def mean(numbers):\n  total = sum(numbers)\n  return total / len(numbers)\n"
TABLE = "| name | born |\n|:-----|-----:|\n| Ada | 1815 |\n| Emmy | 1882 |\n"
PROSE = f"# Pioneers\n\nTwo of *many*:\n\n{TABLE}\n- [x] see [their lives](https://example.org/lives)\n\n```python\n{PYTHON}```\n"
NASTY = """<script>window.ran = 1</script>
<img src=x onerror="window.ran = 2"> <svg onload="window.ran = 3"></svg>

<div onclick="window.ran = 4" style="position:fixed;inset:0">over everything</div>

![far](https://example.org/far.png) ![near](data:image/svg+xml,<svg onload=window.ran=5>)

[run](javascript:window.ran=6) [run](JaVaScRiPt:window.ran=6) [run](data:text/html,<script>window.ran=7</script>)
[run](<vbscript:x>) [out](https://example.org/?a="onmouseover="window.ran=8) <javascript:window.ran=9>

<a href="javascript:window.ran=10">raw</a> <iframe src="https://example.org"></iframe> <form><input name=x></form>
<math><mtext><table><mglyph><style><img src=x onerror=window.ran=11></style></mglyph></table></mtext></math>
[turned \u202e round](https://example.org/\u202egro) <style>*{display:none}</style>
"""


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """An app of an owner and an annotator. Items 1 to 3 hold code, Markdown and what would run; the rest are short."""
    folder = tmp_path_factory.mktemp("seen")
    asked = instructions_in("train", "How is this done")
    texts = [
        (f"{next(asked)}\n\n{PYTHON}", PYTHON, PYTHON.replace("  ", "    ")),
        (next(asked), PROSE.replace("1815", "1800"), PROSE),
        (next(asked), "Nothing.", NASTY),
    ]
    with Store(folder / "data") as store:
        import_rows(store, [{"instruction": i, "draft": d, "revision": r} for i, d, r in texts] + pairs(7), "seen")
        drafted_before(store)
        accounts.add(store, "olga", PASSWORD, "owner")
        accounts.add(store, "anna", PASSWORD, "annotator")
    app = App(folder / "data", folder / "cache", "--student", str(tiny_student))
    app.environment = OFFLINE
    app.start()
    yield app
    app.stop()


def enter(page: Page, app: App, name: str, path: str = "/") -> None:
    page.goto(app.url + path)
    log_in(page, name)
    expect(page.locator(".masthead .me")).to_contain_text(name)


def lines(app: App) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (app.data / "journal" / "decisions.jsonl").read_text().splitlines()]


def pictured(page: Page, name: str) -> None:
    """Keep a picture where a person wants to look at it."""
    if "CITING_TEST_PICTURES" in os.environ:
        page.screenshot(path=Path(os.environ["CITING_TEST_PICTURES"]) / f"{name}.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_code_and_a_table_are_readable_plain_and_rendered(team: App, browser: Browser, theme: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=theme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    page = context.new_page()
    enter(page, team, "anna", "/?item=1")
    expect(page.locator(".revision-card .ws").first).to_be_visible()
    for one in ("h1", ".draft-card .words", ".revision-card .words", "del", "ins"):
        expect(page.locator(one).first).to_have_css("font-family", re.compile("mono"))
    expect(page.locator(".rubric-card")).not_to_have_css("font-family", re.compile("mono"))
    assert {node.get_attribute("data-sign") for node in page.locator("ins .ws:not(.end)").all()} == {"····"}
    expect(page.locator(".revision-card h2")).to_contain_text("10\u00a0% changed")
    pictured(page, f"code-{theme}-{width}")
    for item, name in ((1, "code"), (2, "markdown")):
        page.goto(f"{team.url}/?item={item}")
        expect(page.locator(".revision-card .hunk").first).to_be_visible()
        pictured(page, f"{name}-plain-{theme}-{width}")
        page.keyboard.press("m")
        expect(page.locator(".revision-card .rendered")).to_be_visible()
        expect(page.locator(".rendered .as-is")).to_have_count(0)
        pictured(page, f"{name}-rendered-{theme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        result = Axe().run(page, options=RULES).response
        assert [(found["id"], found["nodes"][0]["html"]) for found in result["violations"]] == []
        page.keyboard.press("m")
    page.keyboard.press("m")
    page.reload()  # remembered
    drawn = page.locator(".revision-card .rendered")
    expect(drawn.locator("td")).to_have_text(["Ada", "1815", "Emmy", "1882"])
    expect(drawn.locator("h3")).to_have_text("Pioneers")
    expect(drawn.locator("pre code")).to_have_text(PYTHON)
    expect(drawn.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(drawn.locator("li")).to_have_text("☑ see their lives (https://example.org/lives)")
    context.close()


def test_nothing_in_a_text_runs_loads_or_leads_astray_when_it_is_rendered(team: App, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    enter(page, team, "anna", "/?item=3")
    page.get_by_role("button", name="rendered").first.click()
    drawn = page.locator(".revision-card .rendered")
    expect(drawn).to_contain_text("over everything")
    expect(drawn.locator(".as-is")).to_have_count(0)
    assert page.evaluate("window.ran") is None
    kept = drawn.evaluate("box => [...box.querySelectorAll('*')].map((one) => one.tagName.toLowerCase())")
    assert set(kept) <= {"p", "code", "pre", "a", "small", "em", "strong", "br", "span"}
    links = drawn.locator("a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert len(links) == 2
    assert all(link.startswith("https://example.org/") for link in links)
    named = "box => [...box.querySelectorAll('*')].flatMap((one) => one.getAttributeNames())"
    assert set(drawn.evaluate(named)) <= {"href", "rel", "target", "class", "dir", "lang", "tabindex"}
    expect(drawn.locator(".unseen").first).to_have_text("U+202E")
    assert all(url.startswith((team.url, "data:", "blob:")) for url in asked)
    page.get_by_role("button", name="plain").first.click()
    expect(page.locator(".revision-card ins")).to_contain_text("<script>window.ran = 1</script>")


def test_a_note_is_written_by_key_kept_with_the_decision_and_found_in_browse(team: App, page: Page) -> None:
    enter(page, team, "anna", "/?item=4")
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("input.why")).to_be_focused()
    page.keyboard.type("Wrong year <b>")
    pictured(page, "note")
    page.keyboard.press("Enter")
    expect(page.locator("input.why")).to_have_count(0)
    expect(page.get_by_role("button", name="✎ Wrong year <b>")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator(".deck .note")).to_contain_text("item 4 rejected · saved")
    assert lines(team)[-1]["note"] == "Wrong year <b>"
    page.keyboard.press("n")
    page.locator("input.why").fill("Not decided yet")
    page.reload()
    expect(page.get_by_role("button", name="Not decided yet")).to_be_visible()
    page.keyboard.press("n")
    page.locator("input.why").fill("")
    page.keyboard.press("Enter")
    page.keyboard.press("r")  # without a note a rejection stays one key
    expect(page.locator(".deck .note")).not_to_contain_text("item 4 ")
    expect(page.locator(".deck .note")).to_contain_text("rejected · saved")
    assert "note" not in lines(team)[-1]

    page.reload()
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#notes-offered option")).to_have_attribute("value", "Wrong year <b>")
    page.keyboard.press("Escape")
    page.goto(f"{team.url}/?item=4")
    expect(page.locator(".history p.why")).to_have_text("✎ Wrong year <b>")
    page.goto(f"{team.url}/browse")
    page.get_by_role("button", name="with a note").click()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("✎ Wrong year <b>")
    page.get_by_label("Note holds").fill("wrong YEAR")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{team.url}/browse?note=wrong+YEAR")
    expect(page.locator(".row")).to_have_count(1)
    pictured(page, "browse-note")
    page.get_by_label("Note holds").fill("other")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing passes this filter")).to_be_visible()


def test_an_item_that_an_owner_sends_back_is_the_first_that_its_decider_sees(team: App, browser: Browser) -> None:
    hers, his = (browser.new_context().new_page() for _ in range(2))
    enter(hers, team, "anna", "/?item=9")
    expect(hers.locator(".revision-card .hunk").first).to_be_visible()
    hers.keyboard.press("a")
    expect(hers.locator(".deck .note")).to_contain_text("item 9 accepted · saved")
    hers.goto(f"{team.url}/?item=9")
    expect(hers.locator(".history li")).to_be_visible()
    expect(hers.get_by_role("button", name="Send back")).to_have_count(0)

    enter(his, team, "olga", "/?item=9")
    his.get_by_role("button", name="Send back").click()
    his.get_by_label("What should they look at?").fill("The second sentence is not true.")
    pictured(his, "send-back")
    his.keyboard.press("Enter")
    expect(his.locator(".deck .note")).to_contain_text("item 9 sent back to anna")
    expect(his.locator(".notice.sent")).to_contain_text("olga sent this item back to anna:")
    pictured(his, "sent-back")

    hers.goto(team.url)
    expect(hers.locator(".notice.sent")).to_contain_text("olga sent this item back to you:")
    expect(hers.locator(".notice.sent")).to_contain_text("The second sentence is not true.")
    expect(hers.get_by_text("item 9", exact=True)).to_be_visible()
    pictured(hers, "came-back")
    hers.keyboard.press("r")
    expect(hers.locator(".deck .note")).to_contain_text("item 9 rejected · saved")
    assert [line["annotator"] for line in lines(team) if line["revision"]["text"] == hers_text(team)] == [
        "anna",
        "olga",
        "anna",
    ]
    for page in (hers, his):
        page.context.close()


def hers_text(team: App) -> str:
    """The revision of the item that was sent back."""
    return str(
        next(line for line in lines(team) if line.get("note") == "The second sentence is not true.")["revision"]["text"]
    )
