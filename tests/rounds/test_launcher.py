"""Starting and stopping: real processes, none of them a trainer."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.rounds.launcher import HERE, Launcher, Launchers, end_trainer
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import RoundSpec
from citing_app.rounds.status import read_status

# A worker that says who it is, as the trainer does, and then never ends, deaf to SIGTERM.
DEAF = """
import signal, sys, time
from pathlib import Path
from citing_app.rounds.owner import Owner
signal.signal(signal.SIGTERM, signal.SIG_IGN)
Owner.this_process("run").claim(Path(sys.argv[1]) / "run.json")
time.sleep(600)
"""


@pytest.fixture
def directory(tmp_path: Path) -> RoundDirectory:
    row = {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}
    return create(tmp_path / "my rounds", RoundSpec(1, "run", "student"), [row], [])


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_the_directory_takes_its_place_in_the_command_as_one_word(directory: RoundDirectory) -> None:
    launcher = Launcher("srun --job-name 'my job' python -m citing_app.worker {round}")
    assert launcher.command(directory) == [
        *("srun", "--job-name", "my job", "python", "-m", "citing_app.worker"),
        str(directory.path),
    ]


def test_a_command_without_a_place_for_the_round_is_refused() -> None:
    with pytest.raises(CitingError, match=r"no \{round\}"):
        Launcher("python -m citing_app.worker")


def test_a_command_that_cannot_be_split_is_refused() -> None:
    with pytest.raises(CitingError, match="never closed"):
        Launcher("python 'x {round}")


def test_launchers_have_names_and_here_is_always_one() -> None:
    launchers = Launchers.of({"slurm": "srun python -m citing_app.worker {round}", "gpus": "accelerate launch {round}"})
    assert list(launchers.named) == ["slurm", "gpus", HERE]
    assert [name for name, one in launchers.named.items() if one.is_elsewhere] == ["slurm"]
    assert launchers.get("gpus").template == "accelerate launch {round}"
    with pytest.raises(CitingError, match="no launcher “lost”; it knows slurm, gpus, here"):
        launchers.get("lost")
    assert Launchers.of({HERE: "nice python {round}"}).get(HERE).template == "nice python {round}"
    with pytest.raises(CitingError, match="name has up to 40"):
        Launchers.of({"a b": "x {round}"})


def test_a_command_that_does_not_exist_fails_the_round_with_a_sentence(directory: RoundDirectory) -> None:
    with pytest.raises(CitingError, match="no-such-command: No such file"):
        Launcher("no-such-command {round}").start(directory)
    assert read_status(directory).state == "failed"


def test_a_command_that_ends_before_it_trains_fails_the_round(directory: RoundDirectory) -> None:
    Launcher("python -c 'import sys; print(sys.argv[1]); sys.exit(3)' {round}").start(directory)
    assert eventually(lambda: read_status(directory).ended)
    assert read_status(directory).message == "The trainer could not be started (exit status 3); see worker.log."
    assert directory.log.read_text() == f"{directory.path}\n"


class FullDisk(RoundDirectory):
    """A round on a disk that takes no sentence until there is room."""

    def write_error(self, kind: str, message: str) -> None:
        if not (self.path / "room").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write_error(kind, message)


def test_why_a_command_ended_is_written_as_soon_as_the_disk_has_room(directory: RoundDirectory) -> None:
    full = FullDisk(directory.path)
    Launcher("python -c 'import sys; sys.exit(3)' {round}").start(full)
    time.sleep(1.0)
    assert read_status(directory).state == "waiting"
    (directory.path / "room").touch()
    assert eventually(lambda: read_status(directory).state == "failed")


def test_what_waits_in_an_engines_queue_is_not_started_again_by_an_app_that_restarts(directory: RoundDirectory) -> None:
    waits = "import sys, time; print(1, flush=True); time.sleep(600)"
    launcher = Launcher(f"python -c {shlex.quote(waits)} {{round}}")
    launcher.start(directory)
    assert eventually(lambda: directory.log.read_text() == "1\n")
    launcher.start(directory)
    owner = Owner.read(directory.launched)
    assert owner is not None
    assert owner.is_alive
    os.kill(owner.pid, signal.SIGKILL)
    assert eventually(lambda: read_status(directory).state == "failed")
    assert directory.log.read_text() == "1\n"


def test_a_command_by_env_or_by_its_path_goes_elsewhere_too_and_no_value_is_shown(directory: RoundDirectory) -> None:
    away = [Launcher(f"{words} --gres=gpu:1 x {{round}}") for words in ("/opt/slurm/srun", "env WANDB_KEY=secret srun")]
    assert all(launcher.is_elsewhere for launcher in away)
    assert not Launcher("env A=srun python {round}").is_elsewhere
    assert away[1].shown(directory) == f"env 'WANDB_KEY=…' srun --gres=gpu:1 x '{directory.path}'"


def test_a_deaf_worker_is_ended_by_force_and_counts_as_cancelled(directory: RoundDirectory) -> None:
    (directory.checkpoints / "step-000001").mkdir(parents=True)
    launcher = Launcher(f"python -c {shlex.quote(DEAF)} {{round}}")
    launcher.start(directory)
    assert eventually(lambda: read_status(directory).state == "running")
    end_trainer(directory, grace=0.5)
    owner = Owner.read(directory.run)
    assert owner is not None
    assert not owner.is_alive
    assert read_status(directory).state == "cancelled"
    assert not directory.checkpoints.exists()


def test_stopping_leaves_a_process_alone_that_only_has_the_pid(directory: RoundDirectory) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        replace(Owner.this_process("run"), pid=bystander.pid, process_started=1.0).claim(directory.run)
        end_trainer(directory, grace=0.2)
        assert bystander.poll() is None
        bystander.communicate(b"\n")
    assert bystander.returncode == 0
