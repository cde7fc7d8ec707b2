"""What every test may ask for: real data where it is there, the prepared models, a browser, a free port."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_cache_path
from playwright.sync_api import Browser, sync_playwright

from citing_app.errors import CitingError
from citing_app.models import bundled, preparation
from citing_app.models.worker_client import WorkerProcess
from citing_app.processes import worker_environment
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from tests.tiny_models import (  # noqa: F401
    other_tiny_adapter,
    tiny_adapter,
    tiny_student,
    tiny_student_without_template,
)

CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
OFFLINE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
"""The environment of an app that fetches nothing."""
ROOT = Path(__file__).resolve().parent.parent
# Two files are tested at a time, and a worker process that takes every core for itself is slower than two beside it.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data sets, which a newcomer does not have."""
    folder = Path(os.environ.get("CITING_TEST_DATA") or ROOT / ".." / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the real data sets are not here (set CITING_TEST_DATA to their folder)")
    return folder.resolve()


@pytest.fixture(scope="session")
def bundled_student(bundled_cache: Path) -> Path:
    """The prepared bundled student; the test is skipped where it cannot be fetched."""
    return _prepared(bundled.STUDENT, bundled_cache)


@pytest.fixture(scope="session")
def bundled_embedder(bundled_cache: Path) -> Path:
    """The prepared bundled embedder; the test is skipped where it cannot be fetched."""
    return _prepared(bundled.EMBEDDER, bundled_cache)


@pytest.fixture(scope="session")
def model_cache(bundled_cache: Path, bundled_student: Path, bundled_embedder: Path) -> Path:
    """The cache folder with both bundled models prepared, as the app prepares them."""
    return bundled_cache


@pytest.fixture(scope="session")
def bundled_cache() -> Path:
    """Where the bundled models are prepared once for all tests: CITING_CACHE_DIR, else the user's own cache."""
    return Path(os.environ.get("CITING_CACHE_DIR") or user_cache_path("citing-studio"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, wherever this machine has it; ended with its module, as Playwright's loop runs in the main thread."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("Chromium is not installed: the pages are not tested in a browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command of a launcher whose trainers start with everything imported (tests/worker/forking.py)."""
    from tests.worker import forking

    path = tmp_path_factory.mktemp("trainer") / "socket"
    with socket.socket(socket.AF_UNIX, forking.KIND) as listener:
        listener.bind(str(path))
        listener.listen()
        command = [sys.executable, forking.__file__, str(listener.fileno())]
        server = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=worker_environment(),
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    yield f"{shlex.join([sys.executable, forking.__file__, str(path)])} {{round}}"
    server.communicate()


@pytest.fixture(scope="module")
def warm_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """A generation worker for all studios of a module (`served_by`); it does its imports once."""
    worker = WorkerProcess(tmp_path_factory.mktemp("worker") / "worker.log")
    yield worker
    worker.stop()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store, made once: its migrations are most of what a new store costs."""
    folder = tmp_path_factory.mktemp("migrated")
    Store(folder).close()
    return folder / "studio.duckdb"


@pytest.fixture
def store(tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """An empty store in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(migrated, folder)
    with Store(folder) as opened:
        yield opened


@pytest.fixture
def journal(store: Store) -> Journal:
    """The journal beside `store`."""
    return Journal(store.folder)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _prepared(model: bundled.BundledModel, cache: Path) -> Path:
    try:
        return preparation.prepare(model, cache)
    except CitingError as error:
        pytest.skip(f"{model.title} cannot be prepared here: {error}")
