"""The arena: blind from outside, over HTTP; and a session of votes by keyboard, to the names."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from citing_app.store import answers
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.people import accounts
from tests.answering import answer, answered
from tests.browser.conftest import App
from tests.browser.test_accessibility import RULES
from tests.conftest import OFFLINE
from tests.seeding import pairs

PASSWORDS = {"olga": "the owner's password", "anna": "the annotator's password", "ben": "another's password"}
FLAGGED = pairs(1, "test")[0]["instruction"]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app for a team, in which two models have answered six test rows; one answer names its maker."""
    folder = tmp_path_factory.mktemp("arena")
    with Store(folder / "data") as store:
        base, _ = answered(store, 6, "base", "round 3")
        with store.write() as cursor:
            answers.add(cursor, [answer(base, FLAGGED, "As ChatGPT, I cannot say.")])
        for name, password in PASSWORDS.items():
            accounts.add(store, name, password, "owner" if name == "olga" else "annotator")
    running = App(folder / "data", folder / "cache")
    running.environment = OFFLINE
    running.start()
    yield running
    running.stop()


class Voter:
    """An annotator's program: the endpoints and the page's server functions, as text."""

    def __init__(self, app: App, name: str) -> None:
        self.http = httpx.Client(base_url=app.url, timeout=120)
        assert self.http.post("/login", data={"username": name, "password": PASSWORDS[name]}).json()["success"]

    def endpoint(self, name: str, **arguments: Any) -> str:
        event = self.http.post(f"/gradio_api/call/v2/{name}", json=arguments).json()["event_id"]
        return self.http.get(f"/gradio_api/call/v2/{name}/{event}").text

    def answer(self, name: str, **arguments: Any) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.endpoint(name, **arguments).split("data: ")[-1])[0]
        return told

    def page(self, function: str, **body: Any) -> str:
        parts = self.http.get("/config", params={"page": "arena"}).json()["components"]
        named = f"served_{function}"
        (component,) = [part["id"] for part in parts if named in (part["props"].get("server_fns") or ())]
        data = {"data": body, "component_id": component, "fn_name": named, "session_hash": "x"}
        return self.http.post("/gradio_api/component_server/", json=data).text


@pytest.fixture(scope="module")
def anna(arena: App) -> Iterator[Voter]:
    voter = Voter(arena, "anna")
    yield voter
    voter.http.close()


def secrets(app: App) -> set[str]:
    """Whatever tells the models apart: names, keys, hashes, and the session's seed."""
    lines = Journal(app.data, "vote").read()
    assert lines
    told = {line["seed"] for line in lines}
    for line in lines:
        for side in ("left", "right"):
            model = line[side]["model"]
            told |= {line[side]["key"], model["key"], model["name"], model["student"], str(model["adapter_hash"])}
    return {*told, "round", "adapter", "model", "seed"} - {"None"}


def test_what_is_told_of_a_pair_before_the_vote_says_nothing_of_the_models(arena: App, anna: Voter) -> None:
    told, asked = [anna.endpoint("pair"), anna.page("arena")], json.loads(anna.page("arena"))
    shapes = set()
    now = asked["open"]
    while now["next"]:
        pair = now["next"][0]
        told.append(json.dumps(now, ensure_ascii=False))
        texts = {pair["left"], pair["right"]}
        assert list(pair) == ["pair", "place", "turns", "instruction", "input", "left", "right", "names_maker"]
        assert pair["names_maker"] == any("ChatGPT" in text for text in texts)
        shapes.add((len(pair["pair"]), len(now["session"]["session"]), *now, *now["session"]))
        voted = anna.page("vote", pair=pair["pair"], prefer="tie", request_id=uuid.uuid4().hex)
        told.append(voted)
        now = json.loads(voted)
    assert len(shapes) == 1
    assert not [(secret, text) for secret in secrets(arena) for text in told if secret in text]
    shown = json.loads(anna.page("reveal", session=now["session"]["session"]))
    assert {one["model"]: one["left"] for one in shown["stood"]} == {"base": 3, "round 3": 3}


def test_a_vote_on_another_persons_or_an_unknown_token_is_one_sentence(arena: App, anna: Voter) -> None:
    olga = Voter(arena, "olga")
    hers = olga.answer("pair", pairs=2)["pair"]["pair"]
    sentence = "This pair isn't one of yours; ask for the next pair."
    for token in (hers, "unknown", "' OR 1=1 --"):
        assert json.loads(anna.page("vote", pair=token, prefer="left", request_id="r")) == {"error": sentence}
        assert sentence in anna.endpoint("vote", pair=token, prefer="left")
    assert "The vote is one of left, right, tie, both_bad and skip." in anna.page("vote", pair=hers, prefer="3")
    assert olga.answer("vote", pair=hers, prefer="right", request_id="mine")["session"]["voted"] == 1
    assert olga.answer("vote", pair=hers, prefer="right", request_id="mine")["session"]["voted"] == 1
    assert "You have voted on this pair already" in olga.endpoint("vote", pair=hers, prefer="left")
    session = olga.answer("pair")["session"]["session"]
    assert "There is no such session of yours" in anna.endpoint("undo_vote", session=session)
    undone = olga.answer("undo_vote")
    assert (undone["session"]["voted"], undone["pair"]["pair"]) == (0, hers)
    assert "There is nothing to undo." in olga.endpoint("undo_vote")
    assert olga.answer("vote", pair=hers, prefer="right")["session"]["voted"] == 1
    assert olga.answer("reveal")["pairs"][0]["prefer"] in ("right", None)
    olga.http.close()


def log_in(arena: App, page: Page, name: str) -> None:
    page.goto(arena.url + "/login?next=/arena")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORDS[name])
    page.press("input[name=password]", "Enter")


def test_a_session_by_keyboard_ends_with_the_names(arena: App, page: Page) -> None:
    log_in(arena, page, "ben")
    page.get_by_label("pairs").fill("4")
    page.get_by_role("button", name="Start voting").click()
    place, deck = page.locator(".bar b"), page.locator(".arena-deck")
    expect(place).to_have_text("Pair 1 of 4")
    expect(deck).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
    heights = page.locator(".arena-pair section").evaluate_all("found => found.map((one) => one.offsetHeight)")
    assert len(heights) == 2
    assert heights[0] == heights[1] > 0
    first = page.locator("h1").inner_text()
    page.keyboard.press("1")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("group", name="Articulate").get_by_role("button", name="Left")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("ArrowLeft")
    expect(place).to_have_text("Pair 2 of 4")
    page.keyboard.press("u")
    expect(place).to_have_text("Pair 1 of 4")
    expect(page.locator("h1")).to_have_text(first)
    expect(page.locator(".bar .note")).to_have_text("undone · saved")
    page.keyboard.press("ArrowRight")
    expect(place).to_have_text("Pair 2 of 4")
    expect(page.locator(".bar .note")).to_have_text("pair 1 voted on · saved")
    page.reload()
    expect(place).to_have_text("Pair 2 of 4")
    for key in ("ArrowDown", "b", "s"):  # faster than the server answers
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="All 4 pairs are done")).to_be_visible()
    expect(page.locator(".page.arena")).not_to_contain_text(re.compile("base|round 3"))
    page.get_by_role("button", name="Show the names").click()
    row = page.locator("table.plain tbody tr").first
    expect(row).to_contain_text("overall")
    expect(page.get_by_role("heading", name="round 3 against base")).to_be_visible()
    outcomes = page.locator(".arena-named summary b")
    expect(outcomes).to_have_count(4)
    assert outcomes.all_inner_texts()[1:] == ["tie", "both bad", "skipped"]
    page.locator(".arena-named summary").first.click()
    expect(page.locator(".arena-named h3").first).to_have_text(re.compile("^(base|round 3)$"))
    assert Axe().run(page, options=RULES).response["violations"] == []
    lines = [
        (line["outcome"], line["overall"]) for line in Journal(arena.data, "vote").read() if line["person"] == "ben"
    ]
    said = [("ok", "left"), ("undo", None), ("ok", "right"), ("ok", "tie"), ("ok", "both_bad"), ("skip", None)]
    assert lines == said
    page.get_by_role("button", name="Back to the arena").click()
    expect(page.get_by_role("heading", name="Your earlier sessions")).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
