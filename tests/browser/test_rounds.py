"""The rounds page in a browser, while one round trains and a newer one waits."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from citing_app.processes import process_started
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory, Row, create
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import RoundSpec
from citing_app.settings import Settings
from citing_app.workflows.adapters.importing import import_adapter
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.rounds.supervising import import_round, record
from citing_app.workflows.studio import Studio, open_studio
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, pairs
from tests.workflows.adapters.test_tree import ROW

NOTHING_LIES_OVER_THE_FOCUS = """() => {
    const { x, y } = document.activeElement.getBoundingClientRect();
    return document.elementFromPoint(x + 20, y + 9) === document.activeElement;
}"""


def waiting_round(studio: Studio, number: int, kind: str = "citing", rows: Sequence[Row] = (ROW,)) -> RoundDirectory:
    """A recorded round that nobody has begun."""
    spec = RoundSpec(number, f"run-{number}", studio.settings.student, kind=kind)
    directory = create(studio.rounds_folder, spec, rows, [])
    record(studio, directory, "ada")
    return directory


def losses(directory: RoundDirectory, train: Sequence[float], held_out: Sequence[tuple[int, float]]) -> None:
    """What a trainer told of its steps and of the held-out answers."""
    events = EventLog(directory.events)
    for step, loss in enumerate(train, 1):
        events.add("step", step=step, steps=len(train), loss=loss, learning_rate=1e-4, tokens=step)
    for step, loss in held_out:
        events.add("validation", step=step, loss=loss)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path, tiny_adapter: Path) -> Iterator[App]:
    """An app with an imported adapter, round 1, round 2 that trains, and rounds 3 and 4, of SFT, that wait.

    Round 5, of SFT, was cancelled, and round 6 made a reward model. The last tests are those that change any of it.
    """
    folder = tmp_path_factory.mktemp("rounds")
    studio = open_studio(Settings(folder / "data", folder / "cache", student=str(tiny_student)))
    drafted_before(studio.store)
    import_rows(studio.store, pairs(4), "set")
    accept_pending(studio.store, studio.journal, "ada")
    import_adapter(studio, tiny_adapter, None, "ada")
    run = waiting_round(studio, 2).run
    waiting_round(studio, 3)
    answers = [ROW | {"instruction": name} for name in ("a", "b")]
    waiting_round(studio, 4, "sft", answers)
    cancelled = waiting_round(studio, 5, "sft", answers)
    losses(cancelled, [3.0, 2.5, 2.75, 2.0], [(0, 2.9), (4, 2.6)])
    cancelled.write_error("cancelled", "The round was cancelled.")
    import_round(studio, 5)
    reward = waiting_round(studio, 6, "reward", answers)
    shutil.copytree(tiny_adapter, reward.adapter)
    found = {"value": 0.55, "low": 0.34, "high": 0.74, "n": 20}
    reward.result.write_text(json.dumps({"adapter_hash": "abc", "accuracy": found, "weak": True}))
    import_round(studio, 6)
    studio.close()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as trainer:
        owner = replace(Owner.this_process("run-2"), pid=trainer.pid, process_started=process_started(trainer.pid))
        run.write_text(json.dumps(asdict(owner)))
        judge = ("--judge", "careful=http://127.0.0.1:9/v1")
        running = App(folder / "data", folder / "cache", "--student", str(tiny_student), *judge)
        running.environment = OFFLINE
        running.start()
        yield running
        running.stop()
        trainer.communicate(b"\n")


def test_the_form_names_the_round_that_trains_and_an_imported_one_is_not_trained_again(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds")
    expect(page.get_by_role("heading", name="Round 2")).to_be_visible()
    page.get_by_role("button", name="New round").click()
    expect(page.get_by_text("Round 2 is training; this one waits its turn.")).to_be_visible()
    expect(page.get_by_label("carries on from")).to_have_value("")  # an imported one is carried on by choice only
    page.get_by_role("button", name="Round 1").click()
    expect(page.get_by_role("link", name="Chat with it")).to_be_visible()
    expect(page.get_by_text("Is the student better? It has not been measured yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Measure it")).to_have_attribute("href", "/evaluate")
    expect(page.get_by_role("button", name="Train it again")).to_have_count(0)


def test_the_list_says_what_each_round_learns_and_of_an_ended_one_its_kind(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds")
    listed = page.locator(".rounds ol")
    for number, learns in {4: "SFT, 2 answers", 5: "SFT", 1: "imported"}.items():
        expect(listed.locator(f"[data-key='{number}'] small")).to_contain_text(f"{learns} · from the base model")


def test_losses_are_read_point_by_point_smoothed_or_not_and_saved(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds?round=5")
    chart = page.locator(".losses .chart")
    expect(chart.locator(".chart-plot")).to_have_accessible_name("Loss of round 5 by step")
    legend = chart.locator(".legend > span")
    expect(legend).to_have_text(["training loss, each step", "training loss, smoothed", "held-out loss"])
    expect(chart.locator(".axis-label")).to_have_text(["loss, nats per token", "step"])
    page.get_by_label("smoothing").select_option(label="none")
    expect(legend).to_have_text(["training loss", "held-out loss"])
    chart.locator(".cursor").focus()
    page.keyboard.press("ArrowRight")
    expect(chart.locator(".chart-tip")).to_have_text("training loss · step 2" + "2.500")
    held_out = chart.locator("path.line.s0")
    before = str(held_out.get_attribute("d"))
    page.get_by_label("logarithmic").check()
    expect(held_out).not_to_have_attribute("d", before)
    with page.expect_download() as download:
        chart.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "loss-of-round-5-by-step.csv"
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == 'line,step,"loss, nats per token",low,high,n'
    assert [line for line in lines if line.startswith("held-out")] == [
        "held-out loss,0,2.9,,,",
        "held-out loss,4,2.6,,,",
    ]


def test_a_round_that_trains_is_cancelled_after_a_question(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds?round=2")
    card = page.locator(".rounds > .card").last
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator(".strip .job", has_text="Training round 2").get_by_role("button").click()
    assert asked == ["Cancel this round? What it has learned so far is lost."]
    card.locator("button.cancel").click()
    expect(card.get_by_role("alert")).to_contain_text("What it has learned so far is lost.")
    expect(card.get_by_role("button", name="Cancel the round")).to_be_visible()
    expect(card.get_by_role("button", name="Keep training")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_have_count(0)
    expect(card.locator("button.cancel")).to_have_text("Cancel")


def test_a_reward_model_says_how_right_it_is_and_is_offered_as_a_reward_alone(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds?round=6")
    detail = page.locator(".rounds > .card").last
    expect(detail.get_by_text("right on held-out pairs")).to_be_visible()
    expect(detail.locator(".figures")).to_contain_text("55\u00a0% [34\u00a0%, 74\u00a0%], n = 20")
    expect(detail.get_by_text("so its scores mean little")).to_be_visible()
    expect(detail.get_by_role("link", name="Chat with it")).to_have_count(0)
    page.get_by_role("button", name="New round").click()
    expect(page.get_by_label("carries on from").locator("option")).to_have_text(["the base model", "round 1"])
    kind = page.get_by_label("learns", exact=True)
    kind.select_option("rlhf")
    rewards = ["likeness to the reference answer", "round 6"]
    expect(page.get_by_label("rewarded by").locator("option")).to_have_text(rewards)
    kind.select_option("reward")
    expect(page.get_by_label("carries on from")).to_have_count(0)


def test_a_judge_can_rank_candidates_and_what_its_calls_take_is_told_before(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds")
    page.get_by_role("button", name="New round").click()
    kind, told = page.get_by_label("learns", exact=True), page.get_by_role("status").filter(has_text="256 calls")
    kind.select_option("raft")
    page.get_by_label("the best by").select_option("judge:careful")
    expect(told).to_contain_text("at most $0.00")  # sixteen instructions, eight candidates, two orders, at home
    kind.select_option("rrhf")
    expect(told).to_have_count(0)
    page.get_by_text("More choices").click()
    page.get_by_label("ranks candidates by").select_option(label="the judge careful")
    expect(page.get_by_role("button", name="Sample candidates for accepted revisions")).to_be_visible()
    expect(page.get_by_text("The parent has no candidates for these revisions")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Train RRHF"))).to_be_disabled()
    kind.select_option("edits")
    expect(page.get_by_label("edits of").locator("option")).to_have_text(["all criteria"])


def test_how_many_revisions_wait_is_told_beside_what_the_form_would_learn(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds")
    new = page.get_by_role("button", name="New round")
    new.click()
    page.get_by_label("learns", exact=True).select_option("sft")
    page.get_by_label("at most", exact=True).fill("3")
    page.get_by_label("at most", exact=True).blur()
    expect(page.locator(".figures strong").first).to_have_text("3")  # answers: what the form would learn
    expect(page.get_by_text("4 accepted revisions wait to be learned")).to_be_visible()
    expect(new.locator(".chip")).to_have_text("3")
    page.get_by_label("learns", exact=True).select_option("citing")
    expect(new.locator(".chip")).to_have_text("4")


def test_that_a_round_is_not_there_is_said_until_another_is_chosen(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds?round=9")
    expect(page.get_by_text("There is no round 9.")).to_be_visible()
    page.get_by_role("button", name="Round 3").click()
    expect(page.get_by_text("There is no round 9.")).to_have_count(0)


def test_on_a_phone_the_chosen_round_comes_into_view_and_reading_goes_on_there(app: App, page: Page) -> None:
    def begins(name: str) -> None:
        heading = page.get_by_role("heading", name=name)
        expect(heading).to_be_focused()
        expect(heading).to_be_in_viewport(ratio=1)
        page.wait_for_function(NOTHING_LIES_OVER_THE_FOCUS)

    page.set_viewport_size({"width": 390, "height": 480})
    page.goto(app.url + "/rounds?round=4")
    begins("Round 4")
    page.get_by_role("button", name="Round 1").click()
    begins("Round 1")
    page.wait_for_timeout(1500)  # in which the list is asked for again
    begins("Round 1")
    page.get_by_role("button", name="New round").click()
    begins("New round")
    page.set_viewport_size({"width": 1280, "height": 480})
    page.get_by_role("button", name="Round 3").click()
    expect(page.get_by_role("heading", name="Round 3")).to_be_visible()
    expect(page.get_by_role("button", name="Round 3")).to_be_focused()


def test_a_waiting_round_is_one_line_in_the_queues_order_and_has_not_started(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds?round=4")
    jobs = page.locator(".strip .job[data-job^=round]")
    expect(jobs).to_have_text(
        [re.compile("^Training round 2"), "round 3 waits for round 2Cancel", "round 4 waits for round 3Cancel"]
    )
    expect(jobs.nth(1)).not_to_be_visible()
    page.locator(".strip summary", has_text="2 more wait").click()
    expect(jobs.nth(1)).to_be_visible()
    expect(jobs.locator(".meter")).to_have_count(1)
    expect(page.locator(".strip").get_by_text(re.compile("^round"))).to_have_count(2)
    detail = page.locator(".rounds > .card").last
    expect(detail.get_by_role("status")).to_have_text("round 4 waits for round 3")
    expect(detail.locator("dt", has_text="queued")).to_be_visible()
    expect(detail.locator("dt", has_text="started")).to_have_count(0)
    earlier = page.get_by_role("button", name="earlier in the queue")
    expect(page.get_by_role("button", name="later in the queue")).to_be_disabled()
    earlier.click()
    expect(earlier).to_be_disabled()
    expect(jobs).to_contain_text(["Training round 2", "round 4 waits for round 2", "round 3 waits for round 4"])
    page.get_by_role("button", name="Round 2").click()
    expect(detail.locator("dt", has_text="started")).to_be_visible()


def test_a_kind_that_learns_samples_has_them_made_from_its_form(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds")
    page.get_by_role("button", name="New round").click()
    page.get_by_label("learns", exact=True).select_option("raft")
    expect(page.get_by_text("The parent has no candidates that this reward has scored")).to_be_visible()
    expect(page.get_by_label("the best by")).to_have_value("reference")
    form = page.locator(".sampling")
    expect(form.get_by_role("status")).to_have_text("16 instructions, 128 texts to write.")
    form.get_by_label("candidates each").fill("3")
    page.keyboard.press("Tab")
    expect(form.get_by_role("status")).to_have_text("16 instructions, 48 texts to write.")
    form.get_by_label("candidates each").fill("")
    page.keyboard.press("Tab")
    expect(form.get_by_role("status")).to_have_text("16 instructions, 128 texts to write.")
    page.get_by_role("button", name="Sample candidates").click()
    told = re.compile("^Sampling candidates|sampling waits for round 2")  # the device may be round 2's by then
    expect(page.locator("[data-job='sample']")).to_contain_text(told)


def test_a_round_just_made_is_shown_although_a_list_from_before_comes_late(app: App, page: Page) -> None:
    held: list[tuple[Route, APIResponse]] = []

    def hold_a_list(route: Route) -> None:
        if (route.request.post_data_json or {}).get("fn_name") == "served_rounds" and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    page.goto(app.url + "/rounds")
    page.get_by_role("button", name="New round").click()
    train = page.get_by_role("button", name="Train a round on 4 revisions")
    expect(train).to_be_enabled()
    page.route("**/component_server/", hold_a_list)
    while not held:
        page.wait_for_timeout(50)
    train.click()
    expect(page.get_by_role("heading", name="Round 7")).to_be_visible()
    route, response = held[0]
    route.fulfill(response=response)
    page.wait_for_timeout(1000)  # in which it is drawn, were it heeded
    expect(page.get_by_role("heading", name="Round 7")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
