"""A kind of round of one's own: one file for the kind, one for its loss, and the studio has it everywhere.

They are those of docs/extending.md. The studio is copied, so that the files lie where a person would put them;
nothing else of it is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Page, expect

from citing_app.rounds.layout import RoundDirectory
from citing_app.settings import Settings
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.studio import open_studio
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.examples import copy_studio, write_example
from tests.seeding import drafted_before, pairs


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[App]:
    """A copy of the studio with the kind `brief` in it, four accepted revisions and an answer each."""
    root, data = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("own-kind")
    copy_studio(root)
    write_example(root, "citing_app/kinds/brief.py")
    write_example(root, "citing_app/worker/trainers/scaled.py")
    studio = open_studio(Settings(data, data / "cache", student=str(tiny_student)))
    import_rows(studio.store, pairs(4), "set")
    accept_pending(studio.store, studio.journal, "ada")
    drafted_before(studio.store)
    studio.close()
    shutil.copytree(data, root / "data")  # the command's own: one process at a time can use a data folder
    running = App(data, data / "cache", "--student", str(tiny_student))
    running.root, running.environment = root, OFFLINE
    running.start()
    yield running
    running.stop()


def eventually(found: Callable[[], Any], seconds: float = 300) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.3)
    return value


def finished(client: Client, number: int) -> dict[str, Any]:
    """The round as the endpoint shows it once it has ended."""

    def ended() -> Any:
        found = {one["round"]: one for one in client.predict(api_name="/rounds")}.get(number)
        return found if found and found["state"] in ("finished", "failed", "lost") else None

    view: dict[str, Any] = eventually(ended)
    assert view["state"] == "finished", view["message"]
    return view


def command(app: App, cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m citing_app` in the copy of the studio, on the copy of its data."""
    line = [sys.executable, "-m", "citing_app", "--data-dir", str(app.root / "data"), *app.flags, *arguments]
    environment = {**os.environ, **OFFLINE, "CITING_CACHE_DIR": str(cache)}
    return subprocess.run(line, cwd=app.root, env=environment, capture_output=True, check=False, text=True, timeout=600)


def test_the_endpoint_starts_it_and_refuses_what_it_does_not_offer_or_is_no_kind(app: App) -> None:
    client = Client(app.url, verbose=False)
    for asked, sentence in (
        ({"kind": "../brief"}, "one of citing, apo, brief,"),
        ({"kind": "brief", "objective": "draft"}, "The objective is no choice of rounds of the kind “brief”"),
    ):
        with pytest.raises(AppError, match=sentence):
            client.predict(api_name="/start_round", **asked)
    number = client.predict(kind="brief", items=2, api_name="/start_round")
    view = finished(client, number)
    assert (view["kind"], view["items"], view["result"]["rows"]) == ("brief", 2, 2)
    assert view["result"]["train_loss"] > 1000  # its loss is its own: an untrained student's is about six


def test_the_page_offers_it_with_its_own_words_and_starts_it(app: App, page: Page) -> None:
    page.goto(app.url + "/rounds")
    page.get_by_role("button", name="New round").click()
    expect(page.get_by_label("learns to", exact=True)).to_be_visible()
    page.get_by_label("learns", exact=True).select_option(label="to be brief")
    expect(page.get_by_text("LoRA on brief drafts")).to_be_visible()
    expect(page.get_by_label("learns to", exact=True)).to_have_count(0)  # it offers no objective
    page.get_by_label("at most", exact=True).fill("1")
    page.get_by_label("at most", exact=True).blur()
    page.get_by_role("button", name="Train briefly on 1 revision").click()
    expect(page.get_by_text("Brief, 1 revision · ")).to_be_visible()
    client = Client(app.url, verbose=False)
    newest = max(one["round"] for one in client.predict(api_name="/rounds"))
    assert finished(client, newest)["kind"] == "brief"


def test_the_command_knows_it_and_trains_it(app: App, bundled_cache: Path, bundled_embedder: Path) -> None:
    assert "brief, to be brief" in " ".join(command(app, bundled_cache, "round", "--help").stdout.split())
    done = command(app, bundled_cache, "--json", "round", "--kind", "brief", "--items", "1")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    directory = RoundDirectory(app.root / "data" / "rounds" / f"{made['round']:04d}")
    assert directory.adapter.is_dir()
    assert json.loads(directory.spec.read_text())["kind"] == "brief"
