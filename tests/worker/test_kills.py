"""A trainer killed at random points and resumed ends as one that never stopped (CITING_TEST_KILLS_ROUND kills)."""

from __future__ import annotations

import os
import random
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.checkpoints import newest_complete
from citing_app.rounds.events import read_events
from citing_app.rounds.launcher import Launcher
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import RoundSpec
from citing_app.rounds.status import RoundStatus, read_status
from tests.worker.test_train import ACCELERATE, PYTHON, eventually

KILLS = int(os.environ.get("CITING_TEST_KILLS_ROUND", "2"))
DYING_FIRST = [True, False] if "CITING_TEST_KILLS_ROUND" in os.environ else [False]
ROWS, BATCH, EPOCHS = 24, 2, max(12, KILLS)
STEPS = EPOCHS * ROWS // BATCH
LAUNCHER = Launcher(f"env OMP_NUM_THREADS=1 {shlex.quote(sys.executable)} -m citing_app.worker {{round}}")


def row(number: int) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": "Why is the sky blue? " * (1 + number % 5)}],
        "completion": [{"role": "assistant", "content": f"Air scatters {number} " * (1 + number % 3)}],
    }


def make(root: Path, student: Path, number: int) -> RoundDirectory:
    shape = {"epochs": EPOCHS, "batch_size": BATCH, "device": "cpu", "checkpoint_seconds": 1}
    spec = RoundSpec(number, f"run-{number}", str(student), **shape)  # type: ignore[arg-type]
    return create(root / "rounds", spec, map(row, range(ROWS)), map(row, range(30, 37)))


def wait(directory: RoundDirectory, seconds: float) -> RoundStatus:
    deadline = time.monotonic() + seconds
    while not (status := read_status(directory)).ended and time.monotonic() < deadline:
        time.sleep(0.05)
    return status


def workers_of(directory: RoundDirectory) -> list[int]:
    found = psutil.process_iter(["pid", "cmdline", "status"])
    return [
        process.pid
        for process in found
        if str(directory.path) in (process.info["cmdline"] or []) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def kill(directory: RoundDirectory, chance: random.Random) -> None:
    """Kill the trainer while it loads, or some steps further on than it is, within a step, a save or an evaluation."""
    deadline, step = time.monotonic() + 120, read_status(directory).step
    goal = step + chance.randint(1, STEPS * 5 // 6 // KILLS) if chance.random() < 0.8 else step
    while not directory.run.exists() or (read_status(directory).step < goal and time.monotonic() < deadline):
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.3 if goal > step else 3.0))
    owner = Owner.read(directory.run)
    assert owner is not None
    assert owner.is_alive, directory.log.read_text()
    os.kill(owner.pid, signal.SIGKILL)
    assert wait(directory, 20).state == "lost"


def test_a_round_killed_again_and_again_ends_as_one_that_was_not(tiny_student: Path, tmp_path: Path) -> None:
    whole, killed = make(tmp_path, tiny_student, 1), make(tmp_path, tiny_student, 2)
    LAUNCHER.start(whole)
    assert wait(whole, 300).state == "finished", whole.log.read_text()
    chance = random.Random(3)
    LAUNCHER.start(killed)
    for _ in range(KILLS):
        kill(killed, chance)
        assert read_status(killed).resumable
        assert not killed.result.exists()
        killed.release()
        assert read_status(killed).state == "waiting"
        LAUNCHER.start(killed)
    done, expected = wait(killed, 300), read_status(whole)
    assert done.state == "finished", killed.log.read_text()
    assert adapter_hash(killed.adapter) == adapter_hash(whole.adapter)
    assert (done.losses, done.validation_losses) == (expected.losses, expected.validation_losses)
    assert (done.result or {})["train_loss"] == (expected.result or {})["train_loss"]
    assert (done.result or {})["examples"] == (expected.result or {})["examples"]
    assert any(event.get("step", 0) > 0 for event in read_events(killed.events) if event["kind"] == "resume")
    assert not killed.unfinished_adapter.exists()
    deadline = time.monotonic() + 60
    while workers_of(killed) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workers_of(killed) == []
    assert not killed.checkpoints.exists()


@pytest.mark.parametrize("dies_first", DYING_FIRST)
def test_a_round_of_two_processes_of_which_one_is_killed_can_be_resumed(
    dies_first: bool, tiny_student: Path, tmp_path: Path
) -> None:
    directory = make(tmp_path, tiny_student, 1)
    Launcher(f"{PYTHON} {ACCELERATE} -m citing_app.worker {{round}}").start(directory)
    assert eventually(lambda: newest_complete(directory.checkpoints) is not None, 120), directory.log.read_text()
    owner = Owner.read(directory.run)
    assert owner is not None
    launcher = psutil.Process(owner.pid).ppid()
    (other,) = (pid for pid in workers_of(directory) if pid not in (owner.pid, launcher))
    os.kill(owner.pid if dies_first else other, signal.SIGKILL)
    assert eventually(lambda: workers_of(directory) == [], 60)  # the other one, too, and what launched them
    assert "the round ended without an adapter" in directory.log.read_text()
    assert read_status(directory).resumable, read_status(directory).message
    assert newest_complete(directory.checkpoints) is not None
