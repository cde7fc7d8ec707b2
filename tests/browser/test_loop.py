"""The whole loop as a person does it: read, accept, edit, reject, skip, undo, train, chat.

Nothing tells the browser when things are ready except what the page shows.
"""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import App

MINUTES = 60_000


def decide(page: Page, key: str) -> str:
    """Press a key and return what was saved."""
    heading = page.locator("h1").inner_text()
    page.keyboard.press(key)
    expect(page.locator(".deck .note")).to_contain_text("saved")
    expect(page.locator("h1")).not_to_have_text(heading)
    return heading


def journal(app: App) -> list[dict[str, object]]:
    return [json.loads(line) for line in (app.data / "journal" / "decisions.jsonl").read_text().splitlines()]


def test_the_whole_loop(app: App, page: Page) -> None:
    page.goto(app.url)
    expect(page.locator("h1")).to_be_visible()

    # Read: instruction, draft, revision with its edits, and the rubric stand side by side without scrolling.
    expect(page.locator(".rubric-card li").first).to_be_visible()
    expect(page.locator(".revision-card ins").first).to_be_in_viewport()
    expect(page.locator(".draft-card")).to_be_in_viewport()
    expect(page.locator(".deck")).to_be_in_viewport()

    # Decide by keyboard.
    decide(page, "a")
    decide(page, "r")
    decide(page, "s")
    assert [line["kind"] for line in journal(app)] == ["accept", "reject", "skip"]

    # Edit, then accept: what is stored is what was typed.
    page.keyboard.press("e")
    page.locator("textarea.editor").fill("My own <b>words</b>.\nAnd a second line.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".deck .note")).to_contain_text("edited and accepted · saved")
    assert journal(app)[-1]["final_text"] == "My own <b>words</b>.\nAnd a second line."

    # Undo brings the item back to the front.
    edited = journal(app)[-1]["instruction"]["instruction"]  # type: ignore[index]
    page.keyboard.press("u")
    expect(page.locator("h1")).to_have_text(str(edited))
    decide(page, "a")

    for _ in range(3):
        decide(page, "a")
    accepted = [line["kind"] for line in journal(app)].count("accept")
    assert accepted == 5

    # Train: one button, live progress, a result.
    page.goto(app.url + "/rounds")
    button = page.locator("button.start")
    expect(button).to_have_text("Train a round on 5 revisions")
    page.get_by_text("More choices").click()
    page.get_by_label("epochs").fill("1")  # after each, all held-out answers are measured
    button.click()
    expect(page.locator(".figures")).to_contain_text("step")
    page.reload()
    expect(page.get_by_text("held-out loss before")).to_be_visible(timeout=15 * MINUTES)
    expect(page.locator(".chart-plot").first).to_be_visible()
    result = json.loads((app.data / "rounds" / "0001" / "result.json").read_text())
    expect(page.locator(".facts")).to_contain_text(result["adapter_hash"][:16])

    # Chat with what came out: the pane says which weights answered.
    page.get_by_role("link", name="Chat with it").click()
    expect(page.get_by_label("Model", exact=True)).to_have_value("1")
    page.get_by_placeholder("Ask something").fill("What is the capital of France?")
    page.keyboard.press("Enter")
    expect(page.locator(".message .who").first).to_contain_text(f"round 1 · {result['adapter_hash'][:8]}")
    expect(page.locator(".message.assistant .said")).not_to_be_empty()
