"""The desk by hand: edits kept and dropped, criteria corrected, decisions changed, and the history of an item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from citing_app.store import revisions
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.store.revisions import NewRevision
from citing_app.workflows.data import importing
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, waiting

CJK = {"instruction": "天空为什么是蓝色的?", "draft": "天空是绿色的。", "revision": "天空是蓝色的。"}
UNCHANGED = {"instruction": "Say it again.", "draft": "The same words.", "revision": "The same words."}
UNSEEN = {"instruction": "What is not seen?", "draft": "one two", "revision": "one\u200b \u202etwo"}
RTL = {"instruction": "ترجم هذا.", "draft": "مرحبا\u200b بالعالم", "revision": "أهلا\u200b بالعالم"}

BY_TWO = {"instruction": "What do cats do?", "draft": "Cats bark.", "revision": "Cats meow.", "revision_author": "adam"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """An app on the bundled worked examples, whose models cannot be fetched."""
    data = tmp_path_factory.mktemp("desk")
    with Store(data) as store:
        Journal(data)
        importing.import_bundled(store)
        importing.import_rows(store, [CJK, UNCHANGED, RTL, UNSEEN, BY_TWO], "others")
        drafted_before(store)
        (found,) = [item for item in waiting(store) if item.instruction.text == BY_TWO["instruction"]]
        with store.write() as cursor:
            revisions.add(cursor, [NewRevision(found.id, "Cats sleep by day.", "zoe")])
    running = App(data, tmp_path_factory.mktemp("cache"), "--student", str(tiny_student))
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


def journal(app: App) -> list[dict[str, Any]]:
    path = app.data / "journal" / "decisions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def saved(page: Page, word: str) -> int:
    """Wait until the decision is saved; the number of the item it is on."""
    expect(page.locator(".deck .note")).to_contain_text(f"{word} · saved")
    return int(page.locator(".deck .note").inner_text().split()[1])


def decide_two(desk: App, page: Page, key: str, word: str) -> int:
    """Open the desk and decide its first two items by `key`; the number of the first."""
    page.goto(desk.url)
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    page.keyboard.press(key)
    first = saved(page, word)
    page.keyboard.press(key)
    expect(page.locator(".deck .note")).not_to_contain_text(f"item {first} ")
    saved(page, word)
    return first


def wait_for(page: Page, instruction: str, app: App) -> None:
    """Open the item with this instruction; the first 84 are the bundled ones."""
    number = next(n for n in range(85, 400) if instruction_of(page, app, n) == instruction)
    page.goto(f"{app.url}/?item={number}")
    expect(page.locator("h1")).to_have_text(instruction)


def instruction_of(page: Page, app: App, number: int) -> str | None:
    answer = page.request.post(f"{app.url}/gradio_api/call/item", data={"data": [number]}).json()
    stream = page.request.get(f"{app.url}/gradio_api/call/item/{answer['event_id']}").text()
    if "event: complete" not in stream:
        return None
    return str(json.loads(stream.split("data: ", 1)[1].splitlines()[0])[0]["instruction"])


def test_edits_are_dropped_by_key_and_by_click_and_what_is_shown_is_what_is_stored(desk: App, page: Page) -> None:
    page.goto(desk.url)
    edits = page.locator(".revision-card .hunk")
    expect(edits.nth(1)).to_be_visible()
    count = edits.count()
    page.keyboard.press("j")
    expect(edits.nth(0)).to_have_class("hunk at")
    page.keyboard.press("x")
    expect(edits.nth(0)).to_have_attribute("aria-pressed", "false")
    edits.nth(count - 1).click()
    expect(edits.nth(count - 1)).to_have_attribute("aria-pressed", "false")
    edits.nth(count - 1).click()
    expect(edits.nth(count - 1)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="final", exact=True).click()
    shown = page.locator(".revision-card .words").inner_text()
    page.get_by_role("button", name="inline", exact=True).click()
    accept = page.get_by_role("button", name=f"Accept {count - 1} of {count}")
    accept.click()
    saved(page, "accepted")
    line = journal(desk)[-1]
    assert line["kept_hunks"] == list(range(2, count + 1))
    assert line["final_text"] == shown
    assert line["final_text"] not in (line["draft"]["text"], line["revision"]["text"])
    assert 0 < line["seconds"] < 120


def test_what_is_accepted_in_part_cannot_turn_into_another_text_by_a_second_a(desk: App, page: Page) -> None:
    page.goto(desk.url)
    expect(page.locator(".revision-card .hunk").nth(1)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("a")
    number = saved(page, "accepted")
    page.goto(f"{desk.url}/?item={number}")
    expect(page.get_by_text("accepted by you: E and R change it, U undoes it")).to_be_visible()
    expect(page.get_by_role("button", name="Accept A")).to_be_disabled()
    made = len(journal(desk))
    page.keyboard.press("a")
    page.keyboard.press("r")
    assert saved(page, "rejected") == number
    assert [line["kind"] for line in journal(desk)[made:]] == ["undo", "reject"]
    expect(page.get_by_role("button", name="Reject R")).to_be_disabled()
    page.keyboard.press("a")
    assert saved(page, "accepted") == number
    assert journal(desk)[-1]["final_text"] == journal(desk)[-1]["revision"]["text"]


def test_a_double_click_decides_one_item(desk: App, page: Page) -> None:
    page.goto(desk.url)
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    made = len(journal(desk))
    page.get_by_role("button", name="Accept").dblclick()
    saved(page, "accepted")
    page.keyboard.press("s")
    saved(page, "skipped")
    assert [line["kind"] for line in journal(desk)[made:]] == ["accept", "skip"]


def test_undo_takes_back_the_change_that_was_just_made_to_an_older_decision(desk: App, page: Page) -> None:
    first = decide_two(desk, page, "a", "accepted")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("link", name=f"item {first}", exact=True)).to_be_visible()
    made = len(journal(desk))
    page.keyboard.press("r")
    assert saved(page, "rejected") == first
    expect(page.get_by_role("link", name=f"item {first}", exact=True)).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Skip")).to_be_enabled()  # the item is open again
    assert [line["kind"] for line in journal(desk)[made:]] == ["undo", "reject", "undo"]
    assert len({line["instruction"]["hash"] for line in journal(desk)[made:]}) == 1


def test_going_back_twice_shows_the_second_item_although_the_first_comes_late(desk: App, page: Page) -> None:
    first = decide_two(desk, page, "s", "skipped")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if (route.request.post_data_json or {}).get("fn_name") == "served_item" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/component_server/", hold_the_first)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(1000)  # in which the second one would have come, were it asked for beside the first
    held[0].continue_()
    page.wait_for_timeout(1000)  # in which the first one comes
    expect(page.get_by_role("link", name=f"item {first}", exact=True)).to_be_visible()


def test_a_text_that_cannot_be_saved_stays_in_the_editor(desk: App, page: Page) -> None:
    page.goto(desk.url)
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    asked = page.locator("h1").inner_text()
    page.keyboard.press("e")
    long = "word " * 20_001
    page.locator("textarea.editor").fill(long)
    page.keyboard.press("Control+Enter")  # at once: nothing has been kept in the browser by the way
    expect(page.get_by_role("alert")).to_contain_text("Your text is kept below.")
    expect(page.locator("h1")).to_have_text(asked)
    expect(page.locator("textarea.editor")).to_have_value(long)
    page.locator("textarea.editor").fill("Shorter.")
    page.keyboard.press("Control+Enter")
    saved(page, "edited and accepted")
    assert journal(desk)[-1]["final_text"] == "Shorter."


def test_free_editing_goes_on_from_the_edits_that_are_kept(desk: App, page: Page) -> None:
    page.goto(desk.url)
    edits = page.locator(".revision-card .hunk")
    expect(edits.first).to_be_visible()
    draft = page.locator(".draft-card .words").inner_text()
    for number in range(edits.count()):
        edits.nth(number).click()
    expect(page.locator(".warnings")).to_contain_text("This is the draft, unchanged.")
    page.keyboard.press("e")
    expect(page.locator("textarea.editor")).to_have_value(draft)
    page.keyboard.press("Control+End")
    page.keyboard.type(" And more.")
    page.keyboard.press("Control+Enter")
    saved(page, "edited and accepted")
    assert journal(desk)[-1]["final_text"] == f"{draft} And more."
    assert journal(desk)[-1]["kept_hunks"] == []


def test_the_criterion_of_an_edit_can_be_corrected(desk: App, page: Page) -> None:
    page.goto(desk.url)
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    page.keyboard.press("j")
    criteria = page.get_by_label("the criterion this edit serves")
    old = criteria.input_value()
    new = next(value for value in criteria.locator("option").all_inner_texts() if value not in (old, "not said"))
    page.keyboard.press("c")
    expect(criteria).to_be_focused()
    criteria.select_option(new)
    served = page.locator(".rubric-card li").filter(has_text=new).locator("b span")
    expect(served).to_contain_text("1")
    criteria.focus()
    page.keyboard.press("z")
    expect(criteria).to_have_value(new)  # a letter chooses nothing: letters are the desk's
    page.keyboard.press("a")
    saved(page, "accepted")
    assert journal(desk)[-1]["criteria"] == {"1": new}


def test_what_was_typed_is_there_again_after_leaving_the_editor_and_the_page(desk: App, page: Page) -> None:
    page.goto(desk.url)
    editor = page.locator("textarea.editor")
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    address = page.locator(".bar a.num").get_attribute("href")
    page.keyboard.press("e")
    revision = editor.input_value()
    editor.fill("Ten minutes of work.")
    page.keyboard.press("Escape")
    page.goto(f"{desk.url}{address}")
    expect(page.locator(".revision-card .hunk").first).to_be_visible()
    page.keyboard.press("e")
    expect(editor).to_have_value("Ten minutes of work.")
    expect(page.locator(".notice")).to_contain_text("what you typed here before")
    page.keyboard.press("Control+Enter")
    saved(page, "edited and accepted")
    assert "item=" not in page.url  # the address names an item only while it is shown
    page.keyboard.press("u")
    expect(page.locator(".deck .note")).to_contain_text("undone · saved")
    page.keyboard.press("e")
    expect(editor).to_have_value("Ten minutes of work.")
    page.get_by_role("button", name="Start from the revision").click()
    expect(editor).to_have_value(revision)
    page.keyboard.press("Control+Enter")
    saved(page, "accepted")


def test_of_several_teachers_revisions_one_is_chosen_and_decided_on(desk: App, page: Page) -> None:
    wait_for(page, BY_TWO["instruction"], desk)
    chosen, other = page.locator(".revision-card"), page.locator(".other-card")
    expect(chosen).to_contain_text("zoe")
    expect(other).to_contain_text("Cats 1barkmeow.")
    page.keyboard.press("t")
    expect(chosen).to_contain_text("adam")
    expect(other).to_contain_text("zoe")
    page.keyboard.press("a")
    saved(page, "accepted")
    line = journal(desk)[-1]
    assert (line["revision"]["author"], line["final_text"]) == ("adam", "Cats meow.")


def test_the_text_of_who_came_too_late_is_kept_and_can_be_copied(desk: App, page: Page, browser: Browser) -> None:
    page.goto(desk.url)
    expect(page.locator("h1")).to_be_visible()
    address = page.locator(".bar a.num").get_attribute("href")
    page.keyboard.press("e")
    page.locator("textarea.editor").fill("Mine, but too late.")
    other = browser.new_page()
    other.goto(f"{desk.url}{address}")
    expect(other.locator(".revision-card .hunk").first).to_be_visible()
    other.keyboard.press("r")
    saved(other, "rejected")
    other.close()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice")).to_contain_text("was already decided by")
    expect(page.locator("textarea.editor")).to_have_value("Mine, but too late.")
    page.keyboard.press("Escape")
    expect(page.locator("textarea.editor")).to_have_count(0)


def test_a_decision_is_changed_and_undone_in_another_session_and_the_history_tells_it(
    desk: App, page: Page, browser: Browser
) -> None:
    page.goto(desk.url)
    expect(page.locator("h1")).to_be_visible()
    page.keyboard.press("a")
    number = saved(page, "accepted")
    later = browser.new_context(viewport={"width": 1280, "height": 800})
    second = later.new_page()
    second.goto(f"{desk.url}/?item={number}")
    expect(second.locator(".deck .note")).to_contain_text("accepted by you")
    second.keyboard.press("r")
    assert saved(second, "rejected") == number
    second.goto(f"{desk.url}/?item={number}")
    lines = second.locator(".history li")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("rejected it")
    expect(lines.nth(2)).to_contain_text("undone")
    second.keyboard.press("u")
    expect(second.locator(".deck .note")).to_contain_text("undone · saved")
    expect(second.get_by_role("button", name="Skip")).to_be_enabled()
    expect(lines).to_have_count(4)
    assert [line["kind"] for line in journal(desk)[-4:]] == ["accept", "undo", "reject", "undo"]
    later.close()


def test_a_revision_like_its_draft_is_said_quietly_and_can_be_accepted(desk: App, page: Page) -> None:
    wait_for(page, UNCHANGED["instruction"], desk)
    expect(page.locator(".warnings")).to_contain_text("This is the draft, unchanged.")
    page.keyboard.press("e")
    page.locator("textarea.editor").fill("word " * 60)
    expect(page.locator(".warnings")).to_contain_text("times as long as the draft")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    saved(page, "accepted")


def test_chinese_is_compared_by_character_and_text_from_right_to_left_keeps_its_direction(
    desk: App, page: Page
) -> None:
    wait_for(page, CJK["instruction"], desk)
    expect(page.locator(".revision-card del")).to_have_text("绿")
    expect(page.locator(".revision-card ins")).to_have_text("蓝")
    wait_for(page, UNSEEN["instruction"], desk)
    expect(page.locator(".revision-card .unseen")).to_have_text(["U+200B", "U+202E"])
    wait_for(page, RTL["instruction"], desk)
    expect(page.locator("h1")).to_have_css("direction", "rtl")
    expect(page.locator(".revision-card .words")).to_have_css("direction", "rtl")


def test_keys_under_an_input_method_decide_nothing(desk: App, page: Page) -> None:
    page.goto(desk.url)
    expect(page.locator("h1")).to_be_visible()
    heading, before = page.locator("h1").inner_text(), len(journal(desk))
    for composing in ("isComposing: true", "keyCode: 229"):
        page.evaluate(f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: 'a', {composing}, bubbles: true}}))")
    page.keyboard.press("Control+a")
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text(heading)
    assert len(journal(desk)) == before
