"""English and Chinese: the switch, every page in Chinese, and back without losing anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from citing_app.store.database import Store
from tests.browser.conftest import App
from tests.browser.test_pages import PATHS
from tests.conftest import OFFLINE
from tests.seeding import drafted_before

NAMES = frozenset(
    re.findall(
        r"\w+",
        "CITING Studio LoRA SFT DPO APO FIGA RRHF RAFT RLHF RLOO "
        "ROUGE JSON JSONL CSV Parquet gzip Zstandard Alpaca Dolly ShareGPT Python CPU "
        "Markdown Shift MiniLM all Cohen Krippendorff Ctrl Esc "
        "README teacher instruction input output prompt completion messages rejected chosen jsonl parquet csv bundled",
    )
)
"""Words that a Chinese page shows as they are: names, formats, fields, and the data set's own name."""
ENGLISH_WORDS = """
() => {
  const theirs = "[lang=''], [lang=en], script, style, template, textarea, .said, .example";
  const found = [];
  const look = (text, where) => found.push(...(text.match(/[A-Za-z]{3,}/g) ?? []).map((word) => [word, where]));
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(theirs) || !element.checkVisibility()) continue;
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) look(node.data, node.data.trim());
    for (const name of ["placeholder", "aria-label", "title"]) look(element.getAttribute(name) ?? "", name);
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    data = tmp_path_factory.mktemp("words")
    with Store(data) as store:
        drafted_before(store)
    app = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    app.environment = OFFLINE
    app.start()
    yield app
    app.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of an English browser that fails the test on an error of a script."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(120_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    # Leaving a page cuts the stream that Gradio was reading, and it says so.
    assert [error for error in errors if "AbortError" not in error] == []


def switch(page: Page, language: str) -> None:
    page.locator("button.language:visible").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_every_page_is_chinese_after_the_switch_and_english_after_the_way_back(running: App, page: Page) -> None:
    page.goto(running.url)
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    switch(page, "zh-CN")
    expect(page.get_by_role("button", name="接受")).to_be_visible()
    english = {}
    for path in PATHS:
        page.goto(running.url + path)
        expect(page.locator(".page, .gr-page").first).to_be_visible()
        expect(page.locator(".opening, .nothing:not(.card)")).to_have_count(0)
        words = [found for found in page.evaluate(ENGLISH_WORDS) if found[0] not in NAMES]
        if words:
            english[path] = words
    assert english == {}
    switch(page, "en")
    expect(page.get_by_role("link", name="Review")).to_be_visible()


def test_what_the_server_says_and_what_gradio_draws_is_chinese_too(running: App, page: Page) -> None:
    page.goto(running.url)
    switch(page, "zh-CN")
    page.goto(f"{running.url}/?item=999999")
    expect(page.locator(".notice")).to_have_text("没有条目 999999。")
    page.goto(running.url + "/chat")
    expect(page.get_by_label("模型", exact=True).locator("option")).to_have_text(["基础模型"])
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_role("alert")).to_have_text("请先写点什么。")
    page.goto(running.url + "/data")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_text("请先选择文件。")).to_be_visible()


def test_the_switch_loses_nothing_that_is_typed(running: App, page: Page) -> None:
    said: list[str] = []

    def close(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.accept()

    page.on("dialog", close)
    page.goto(running.url)
    expect(page.locator("h1")).to_be_visible()
    page.keyboard.press("e")
    page.locator("textarea.editor").fill("words that must not be lost")
    page.locator("button.language:visible").click()
    expect(page.locator("textarea.editor")).to_have_value("words that must not be lost")
    assert said == ["Something on this page is not saved yet: save it or leave it first."]
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("textarea.editor").press("Escape")
    expect(page.locator("textarea.editor")).to_have_count(0)
