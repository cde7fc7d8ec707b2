"""Rounds that are taken elsewhere: they need no device here, and a Ray cluster trains one for real."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.events import read_events
from citing_app.rounds.launcher import Launchers
from citing_app.rounds.status import read_status
from citing_app.settings import Settings
from citing_app.store import rounds
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import directory_of, move_round, queue, waiting
from citing_app.workflows.rounds.supervising import find_rounds, resume_round
from citing_app.workflows.rounds.training import cancel_round, plan, start_round
from citing_app.workflows.rounds.view import rounds_view
from citing_app.workflows.studio import Studio, open_studio
from tests.conftest import free_port
from tests.seeding import served_by, studio_with_accepted
from tests.worker.test_train import LAUNCHER, eventually

# A trainer that dies as soon as it has begun.
DIES = """
import sys
from pathlib import Path
from citing_app.rounds.owner import Owner
Owner.this_process("run").claim(Path(sys.argv[1]) / "run.json")
"""


@pytest.fixture
def away(tmp_path: Path, trainer: str) -> str:
    """A command that begins as one that goes to a cluster: `ssh` of a machine that is this one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ssh = folder / "ssh"
    ssh.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    ssh.chmod(0o755)
    return f"ssh cluster {trainer}"


@pytest.fixture
def settings(tmp_path: Path, tiny_student: Path, away: str, trainer: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    launchers = {"cluster": away, "here": trainer}
    return Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student), launchers=launchers)


@pytest.fixture
def studio(settings: Settings, warm_worker: WorkerProcess) -> Iterator[Studio]:
    opened = served_by(studio_with_accepted(settings, 8), warm_worker)
    yield opened
    for row in queue(opened):
        cancel_round(opened, row.number)
    assert eventually(lambda: not queue(opened))
    opened.close()


def states(studio: Studio) -> dict[int, str]:
    with studio.store.read() as cursor:
        return {row.number: row.state for row in rounds.all_rounds(cursor)}


def test_a_round_elsewhere_and_one_here_train_beside_each_other(studio: Studio) -> None:
    first = start_round(studio, Choices(items=2), "ada")  # the first launcher is the default
    here = start_round(studio, Choices(items=2, launcher="here"), "ada")
    second = start_round(studio, Choices(items=2, launcher="cluster"), "ada")
    assert directory_of(studio, first).read_spec().launcher == "cluster"
    began = {number: directory_of(studio, number).run for number in (first, here, second)}
    assert eventually(lambda: began[first].exists() and began[here].exists())
    assert eventually(lambda: not queue(studio), 120)
    assert states(studio) == {first: "finished", here: "finished", second: "finished"}
    # Two on one launcher never at once: the second began when the first had its result.
    assert directory_of(studio, second).run.stat().st_ctime >= directory_of(studio, first).result.stat().st_mtime


def test_a_round_elsewhere_leaves_the_device_to_others(studio: Studio) -> None:
    number = start_round(studio, Choices(items=2), "ada")
    assert eventually(lambda: read_status(directory_of(studio, number)).state == "running")
    with studio.device.turn("bulk", "drafting"):
        assert studio.device.waiting() == []
    assert plan(studio, Choices(items=2), {}).device == "elsewhere, by cluster"
    assert plan(studio, Choices(items=2, launcher="here"), {}).device == "device not known yet"


def test_a_resumed_round_waits_its_turn_and_can_be_moved_and_cancelled(studio: Studio) -> None:
    works = studio.launchers
    studio.launchers = Launchers.of({"cluster": f"ssh cluster {sys.executable} -c {shlex.quote(DIES)} {{round}}"})
    lost = [start_round(studio, Choices(items=2), "ada") for _ in range(2)]
    assert eventually(lambda: not queue(studio))
    assert set(states(studio).values()) == {"lost"}
    studio.launchers = works
    with studio.store.read() as cursor:  # others than the lost ones learned
        others = tuple(row[0] for row in cursor.execute("SELECT id FROM decisions ORDER BY number DESC").fetchall()[:2])
    trains = start_round(studio, Choices(decisions=others, epochs=50), "ada")
    assert eventually(lambda: read_status(directory_of(studio, trains)).state == "running")
    for number in lost:
        resume_round(studio, number)
    assert [(view["state"], view["place"]) for view in rounds_view(studio)][1:] == [("waiting", 2), ("waiting", 1)]
    assert [(one.number, one.before, one.is_last) for one in waiting(studio)] == [
        (lost[0], f"round {trains}", False),
        (lost[1], f"round {lost[0]}", True),
    ]
    move_round(studio, lost[1], up=True)
    assert [row.number for row in queue(studio)] == [trains, lost[1], lost[0]]
    cancel_round(studio, lost[0])
    assert eventually(lambda: not queue(studio), 120)
    assert states(studio) == {lost[0]: "cancelled", lost[1]: "finished", trains: "finished"}
    began = read_events(directory_of(studio, lost[1]).events)[0]["at"]
    assert began >= directory_of(studio, trains).result.stat().st_mtime


def test_a_launcher_that_the_host_does_not_know_is_refused(studio: Studio) -> None:
    with pytest.raises(CitingError, match="no launcher “lost”; it knows cluster, here"):
        start_round(studio, Choices(launcher="lost"), "ada")
    assert states(studio) == {}


def test_a_round_whose_launcher_is_gone_after_a_restart_fails_and_says_so(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "bin" / "ssh").write_text("#!/bin/sh\nexec sleep 20\n")  # a cluster that does not begin
    studio = studio_with_accepted(settings, 8)
    number = start_round(studio, Choices(items=2), "ada")
    waits = start_round(studio, Choices(items=2), "ada")
    studio.close()
    again = open_studio(replace(settings, launchers={}))
    try:
        find_rounds(again)
        assert eventually(lambda: not queue(again))
        assert states(again) == {number: "failed", waits: "failed"}
        assert "knows no launcher “cluster”" in str(read_status(directory_of(again, waits)).message)
        assert plan(again, Choices(), {}).pairs == 8  # their revisions wait again
    finally:
        again.close()


@pytest.fixture
def ray_address(tmp_path: Path) -> Iterator[str]:
    """The address of the job API of a Ray cluster on this machine."""
    if shutil.which("ray") is None:
        pytest.skip("ray is not installed: no round is submitted to a Ray cluster")
    port, dashboard = free_port(), free_port()
    start = ["ray", "start", "--head", "--port", str(port), "--dashboard-port", str(dashboard), "--num-cpus", "2"]
    environment = {**os.environ, "RAY_TMPDIR": "/tmp/ray-of-a-test"}
    subprocess.run(start, check=True, env=environment, timeout=120, capture_output=True)
    yield f"http://127.0.0.1:{dashboard}"
    subprocess.run(["ray", "stop", "--force"], check=True, env=environment, timeout=120, capture_output=True)


def test_a_ray_cluster_trains_a_round_as_this_machine_does(studio: Studio, ray_address: str) -> None:
    ray = f"ray job submit --address {ray_address} -- {LAUNCHER.template}"
    studio.launchers = Launchers.of({"ray": ray, "here": LAUNCHER.template})
    elsewhere = start_round(studio, Choices(items=8, launcher="ray"), "ada")
    assert eventually(lambda: not queue(studio), 240), directory_of(studio, elsewhere).log.read_text()
    assert states(studio) == {elsewhere: "finished"}, directory_of(studio, elsewhere).log.read_text()
    assert directory_of(studio, elsewhere).read_spec().batch_size == 8
    assert adapter_hash(directory_of(studio, elsewhere).adapter)
