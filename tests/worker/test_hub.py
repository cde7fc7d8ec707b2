"""Students from a hub: one process fetches them, and it alone has the token; what keeps one away is told exactly."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.worker_client import WorkerProcess, WorkerStudent
from citing_app.processes import hub_environment, start_detached
from citing_app.worker.fetch import is_read
from tests.hub_server import Hub, serving

ASKED = [[{"role": "user", "content": "Why?"}]]
FETCHING = """
import sys
from citing_app.models.hub import fetch_student, is_here
told = []
try:
    fetch_student(sys.argv[1], lambda done, total: told.append(total))
    print("here", is_here(sys.argv[1]), max(told))
except Exception as error:
    print(error)
"""


@pytest.fixture
def hub(tiny_student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    pickled = tmp_path / "pickled"
    shutil.copytree(tiny_student, pickled)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    names = ("org/open", "org/gated", "org/private")
    students = dict.fromkeys(names, tiny_student) | {"org/pickled": pickled}
    with serving(Hub(students, gated={"org/gated"}, private={"org/private"})) as running:
        for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        yield running


def fetched(name: str, tmp_path: Path) -> str:
    """What the app's `fetch_student` says, in a process that has read this environment."""
    log = tmp_path / "said.log"
    log.unlink(missing_ok=True)
    assert start_detached(["python", "-c", FETCHING, name], log, hub_environment()).wait(120) == 0
    return log.read_text().strip().splitlines()[-1]


def test_a_gated_or_private_student_is_fetched_with_the_token_and_loaded_without_it(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_student: Path
) -> None:
    assert "is gated: accept its terms" in fetched("org/gated", tmp_path)
    assert "If it is private, start the app with your token" in fetched("org/private", tmp_path)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert fetched("org/gated", tmp_path).startswith("here True")
    said = fetched("org/private", tmp_path)
    assert said == f"here True {sum(path.stat().st_size for path in tiny_student.iterdir())}"
    assert {token for path, token in hub.asked[-3:]} == {hub.token}
    hub.asked.clear()
    worker = WorkerProcess(tmp_path / "worker.log", device="cpu")
    try:
        assert worker.device()["device"] == "cpu"
        events = list(worker.request("generate", model="org/private", prompts=ASKED, max_new_tokens=4))
    finally:
        worker.stop()
    assert [event["event"] for event in events] == ["started", "finished", "done"]
    assert [path for path, _ in hub.asked if "org/" in path] == []


def test_what_keeps_a_student_away_is_told(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no student org/nobody on the hub; check the name." in fetched("org/nobody", tmp_path)
    assert "org/pickled has no safetensors" in fetched("org/pickled", tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "the hub cannot be reached" in fetched("org/open", tmp_path)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "the hub cannot be reached" in fetched("org/open", tmp_path)


def test_a_download_can_be_cancelled(hub: Hub, tmp_path: Path) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", device="cpu")
    with pytest.raises(Cancelled):
        list(WorkerStudent(worker, "org/open", tmp_path).complete(ASKED, cancelled=lambda: True))  # type: ignore[arg-type]
    assert worker.pid is None


def test_pickles_and_second_copies_of_the_weights_are_not_fetched() -> None:
    files = ["config.json", "model-00001-of-00001.safetensors", "consolidated.safetensors", "pytorch_model.bin"]
    assert [file for file in files if is_read(file, files)] == files[:2]
    assert not is_read("onnx/config.json", files)
    assert is_read("consolidated.safetensors", ["consolidated.safetensors"])


def test_a_name_that_no_hub_could_have_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CitingError, match="There is no folder"):
        WorkerStudent(WorkerProcess(tmp_path / "log"), str(tmp_path / "gone"), tmp_path)._fetched(lambda: False)
