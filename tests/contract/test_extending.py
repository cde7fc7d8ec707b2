"""The examples of docs/extending.md and docs/pages.md run as they stand: a teacher, a judge and a page of one's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from citing_app.store.database import Store
from tests.browser.conftest import App
from tests.conftest import OFFLINE, ROOT
from tests.examples import add_lines, copy_studio, write_example
from tests.seeding import item, seed
from tests.teacher_server import TeacherServer, serving
from tests.workflows.drafts.test_revising import drafts


def run(folder: Path, name: str, *arguments: str) -> str:
    """What the example prints, run in this folder on the data folder beside it."""
    write_example(folder, name)
    places = {"CITING_DATA_DIR": str(folder / "data"), "CITING_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, name, *arguments],
        cwd=folder,
        env={**os.environ, **places, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_teacher_of_ones_own_revises_drafts(tmp_path: Path) -> None:
    with Store(tmp_path / "data") as store:
        (one,) = drafts(store, 1)
    assert run(tmp_path, "own_teacher.py") == "{'ok': 1}\n"
    with Store(tmp_path / "data") as store:
        found = item(store, one)
    assert found.state == "waiting"
    assert found.revision_author == "shouting"
    assert str(found.revision).endswith("CHARACTERS WERE ASKED!")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda prompt: "A" if "A: Draft 0 is good." in prompt else "B", "revision (ok, ok)\n"),
        (lambda prompt: "A", "no clear preference (ok, ok)\n"),
        (lambda prompt: "Hard to say.", "no clear preference (malformed, malformed)\n"),
    ],
)
def test_a_judge_of_ones_own_asks_in_both_orders(tmp_path: Path, answer: Callable[[str], str], said: str) -> None:
    with Store(tmp_path / "data") as store:
        (one,) = seed(store, 1)
    with serving(TeacherServer(answer)) as server:
        assert run(tmp_path, "own_judge.py", str(one.id), "judge", server.url) == said
        assert sum(server.billed.values()) >= 2


def test_a_page_of_ones_own_is_in_the_navigation_and_checks_what_it_is_asked(tmp_path: Path, browser: Browser) -> None:
    root, data = tmp_path / "copy", tmp_path / "data"
    root.mkdir()
    copy_studio(root)
    write_example(root, "citing_app/ui/hello.py")
    write_example(root, "assets/pages/hello.js")
    add_lines(root)
    app = App(data, data / "cache")
    app.root, app.environment = root, {**OFFLINE, "CITING_ANNOTATOR": "ada"}
    app.start()
    try:
        page = browser.new_page()
        page.goto(app.url)
        page.get_by_role("link", name="Hello").click()
        page.get_by_role("button", name="Greet").click()
        expect(page.get_by_role("heading", name="Hello, ada! Hello, ada!")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Greet").click()
        expect(page.get_by_role("alert")).to_have_text("The number of greetings is a whole number between 1 and 3.")
        page.close()
    finally:
        app.stop()
