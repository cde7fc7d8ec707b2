"""A real app in a process of its own and a real Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from citing_app.store.database import Store
from tests.conftest import ROOT, free_port
from tests.seeding import drafted_before

expect.set_options(timeout=120_000)  # a busy machine is no fault of the page


class App:
    """`python app.py` on a data folder; it can be stopped and started again. `root` is where its code lies."""

    def __init__(self, data: Path, cache: Path, *flags: str) -> None:
        self.data, self.cache, self.flags = data, cache, flags
        self.root = ROOT
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "app.py", "--data-dir", str(self.data), "--port", str(self.port), *self.flags]
        with (self.data / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.root,
                stdout=log,
                stderr=log,
                env={**os.environ, "CITING_CACHE_DIR": str(self.cache), **self.environment},
            )
        deadline = time.monotonic() + 180
        while not self._answers():
            assert self.process.poll() is None, (self.data / "app.log").read_text()
            if time.monotonic() > deadline:
                self.stop()
                raise AssertionError("the app did not come up in three minutes")
            time.sleep(0.1)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(90)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=30):
                return True
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What the pages of a module share: scripts that are loaded, which takes longer than most tests."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(120_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of 1280 × 800, without what tests before left, that fails the test on any error in the page."""
    opened = context.new_page()
    errors: list[str] = []
    visited: set[str] = set()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("framenavigated", lambda frame: visited.add(frame.url))
    yield opened
    _forget(context, visited)
    assert errors == []


def _forget(context: BrowserContext, visited: set[str]) -> None:
    """Close the pages, and clear their cookies and storage."""
    for page in context.pages:
        page.close()
    context.clear_cookies()
    blank = context.new_page()
    session = context.new_cdp_session(blank)
    for origin in {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, visited) if parts.netloc}:
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage,indexeddb"})
    blank.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[App]:
    """The app as a newcomer starts it, but for the first drafts: the bundled student takes long to write them."""
    data = tmp_path_factory.mktemp("studio")
    with Store(data) as store:
        drafted_before(store)
    running = App(data, model_cache)
    running.start()
    yield running
    running.stop()
