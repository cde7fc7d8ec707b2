"""The adapters page in a browser: the tree, a name, an export that is downloaded, an import, and a deletion."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from citing_app.settings import Settings
from citing_app.store.metrics import Metric
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.studio import open_studio
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, old_means, pairs
from tests.workflows.adapters.test_adapters_as_they_are import packed
from tests.workflows.adapters.test_foreign_adapters import zipped
from tests.workflows.adapters.test_tree import trained


@dataclass
class Family:
    """An app with a round and its child, and an adapter that it does not know yet."""

    app: App
    stranger: Path


@pytest.fixture(scope="module")
def family(
    tmp_path_factory: pytest.TempPathFactory, tiny_student: Path, tiny_adapter: Path, other_tiny_adapter: Path
) -> Iterator[Family]:
    folder = tmp_path_factory.mktemp("family")
    studio = open_studio(Settings(folder / "data", folder / "cache", student=str(tiny_student)))
    drafted_before(studio.store)
    import_rows(studio.store, pairs(4), "set")
    accept_pending(studio.store, studio.journal, "ada")
    first = trained(studio, tiny_adapter, decisions=2)
    trained(studio, other_tiny_adapter, parent=first, decisions=1)
    figures = [
        Metric("round 2", "test split", kind, "rouge_l", 0.25, 0.2, 0.3, 58) for kind in ("draft", "self-revision")
    ]
    old_means(studio.store, figures)
    studio.close()
    app = App(folder / "data", folder / "cache", "--student", str(tiny_student))
    app.environment = OFFLINE
    app.start()
    yield Family(app, zipped(other_tiny_adapter, folder / "stranger.zip"))
    app.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_telephone_shows_all_of_it(family: Family, browser: Browser, theme: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(family.app.url + "/adapters")
    first = page.locator("li[data-round='1'] > .adapter")
    first.get_by_role("button", name="Delete").click()
    expect(first.get_by_role("button", name="Keep it")).to_be_focused()
    first.get_by_text("Export").click()
    found = Axe().run(page, options=RULES).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
    assert [(violation["id"], violation["nodes"][0]["html"][:160]) for violation in found] == []


def test_a_round_is_named_exported_and_deleted_and_a_stranger_comes_in(family: Family, page: Page) -> None:
    page.goto(family.app.url + "/rounds")
    page.get_by_role("link", name="Adapters").click()
    first = page.locator("li[data-round='1'] > .adapter")
    second = page.locator("li[data-round='1'] li[data-round='2'] > .adapter")
    expect(second).to_contain_text("the test split drafts, ROUGE-L 0.250 · self-revisions, ROUGE-L 0.250")
    expect(first).to_contain_text("held-out loss 2.000 → 1.500")

    first.get_by_role("button", name="Name it").click()
    first.get_by_label("Name of round 1").fill("<b>the first</b>")
    page.keyboard.press("Enter")
    expect(first.locator("b")).to_have_text("<b>the first</b>")

    second.get_by_role("button", name="Blend", exact=True).click()
    second.get_by_label("Strength").fill("")
    page.keyboard.press("Enter")
    expect(second.locator("input:invalid")).to_have_count(1)
    second.get_by_label("mix with").select_option("<b>the first</b>")
    second.get_by_label("Strength").fill("1.25")
    page.keyboard.press("Enter")
    expect(second.get_by_role("alert")).to_have_text("The strength of a mix is a share: choose one between 0 and 1.")
    second.get_by_label("Strength").fill("0.25")
    second.locator("form").get_by_role("button", name="Blend").click()
    blend = page.locator("li[data-round='2'] li[data-round='3'] > .adapter")
    expect(blend).to_contain_text("blend of 0.25 · round 2 + 0.75 · round 1", timeout=60_000)
    second.get_by_role("button", name="Delete").click()
    expect(second).to_contain_text("These descend from it and stay as they are: round 3.")
    blend.get_by_role("button", name="Delete").click()
    expect(blend.get_by_role("alert")).to_contain_text("it measured stays on record.")
    expect(blend).not_to_contain_text("revisions wait")
    blend.get_by_role("button", name="Delete the adapter").click()

    second.get_by_text("Export").click()
    second.get_by_role("button", name="as an adapter (PEFT)").click()
    with page.expect_download() as download:
        second.get_by_role("link", name="download").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        assert "round-0002-adapter/README.md" in packed.namelist()

    second.get_by_role("button", name="Name it").click()
    second.get_by_label("Name of round 2").fill("\u202eturned")
    page.keyboard.press("Enter")
    first.get_by_role("button", name="Delete").click()
    expect(first).to_contain_text("cannot be trained again: turned.")
    first.get_by_role("button", name="Keep it").click()
    expect(first.locator(".asked")).to_have_count(0)
    first.get_by_role("button", name="Delete").click()
    first.get_by_role("button", name="Delete the adapter").click()
    expect(first).to_contain_text("deleted")
    page.reload()
    expect(first.get_by_role("link", name="Chat")).to_have_count(0)
    expect(second.get_by_role("link", name="Chat")).to_be_visible()

    page.locator("input[type=file]").set_input_files(family.stranger)
    page.get_by_label("Name of the adapter").fill("stranger")
    page.get_by_role("button", name="Import the adapter").click()
    expect(page.get_by_text("It is round 4.")).to_be_visible()
    expect(page.locator(".masthead")).to_contain_text("student: round 2")  # a stranger is not what was trained here
    page.reload()
    expect(page.locator("li[data-round='4'] > .adapter b")).to_have_text("stranger")
    page.goto(family.app.url + "/rounds?round=1")
    expect(page.get_by_text("Its adapter was deleted.")).to_be_visible()


def test_gguf_that_cannot_be_and_a_zip_of_two_adapters_are_told_on_the_page(
    family: Family, page: Page, tiny_adapter: Path, other_tiny_adapter: Path, tmp_path: Path
) -> None:
    page.goto(family.app.url + "/adapters")
    base = page.locator("li[data-round='base'] > .adapter")
    base.get_by_text("Export").click()
    base.get_by_role("button", name="as GGUF (llama.cpp, Ollama)").click()
    expect(page.get_by_text("llama.cpp's converter does not know this student's")).to_be_visible(timeout=60_000)

    several = packed(tmp_path / "two.zip", **{"checkpoint-10": tiny_adapter, "checkpoint-20": other_tiny_adapter})
    page.locator("input[type=file]").set_input_files(several)
    page.get_by_role("button", name="Import the adapter").click()
    expect(page.get_by_text("say which folder is meant: checkpoint-10, checkpoint-20.")).to_be_visible()
    page.get_by_label("Folder in the zip").fill("checkpoint-20")
    page.get_by_role("button", name="Import the adapter").click()
    expect(page.get_by_text(re.compile("It is round [45]."))).to_be_visible()
