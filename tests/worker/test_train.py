"""Rounds really trained: a tiny random student, a real worker process, two steps."""

from __future__ import annotations

import json
import math
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from citing_app.processes import PROJECT_ROOT, worker_environment
from citing_app.rounds.adapter import adapter_hash, adapter_weights
from citing_app.rounds.events import read_events
from citing_app.rounds.launcher import Launcher, end_trainer
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import Parent, RoundSpec
from citing_app.rounds.status import RoundStatus, read_status
from citing_app.worker.failure import describe
from citing_app.worker.train import main

# One thread each: two would only fight over the machine with what else is tested on it.
PYTHON = f"env OMP_NUM_THREADS=1 {shlex.quote(sys.executable)} -m"
LAUNCHER = Launcher(f"{PYTHON} citing_app.worker {{round}}")
ACCELERATE = (
    "accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --main_process_port 0 "
    "--mixed_precision no --dynamo_backend no"
)
SECRET = "sk-a-secret-that-no-worker-may-see"


def row(number: int) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": "Why is the sky blue? " * (1 + number % 5)}],
        "completion": [{"role": "assistant", "content": f"Air scatters {number} " * (1 + number % 3)}],
        "task": "draft",
    }


# The second step has one row: of two processes one has none.
TRAIN, VALIDATION = [row(number) for number in range(9)], [row(number) for number in range(20, 25)]


def make(root: Path, student: Path, number: int = 1, train: list[Any] | None = None, **changes: Any) -> RoundDirectory:
    spec = RoundSpec(number, f"run-{number}", str(student), **{"epochs": 1, "device": "cpu", **changes})
    return create(root / "rounds", spec, TRAIN if train is None else train, VALIDATION)


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def train(directory: RoundDirectory, launcher: Launcher = LAUNCHER) -> RoundStatus:
    launcher.start(directory)
    assert eventually(lambda: read_status(directory).ended), directory.log.read_text()
    return read_status(directory)


def owner_of(directory: RoundDirectory) -> Owner:
    owner = Owner.read(directory.run)
    assert owner is not None
    return owner


@pytest.fixture(scope="module")
def environments() -> list[bytes]:
    """What the worker of `finished` had in its environment, as the system knows it."""
    return []


@pytest.fixture(scope="module")
def finished(tiny_student: Path, environments: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> RoundDirectory:
    directory = make(tmp_path_factory.mktemp("finished"), tiny_student)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPENAI_API_KEY", SECRET)
        environment.setenv("CITING_TEACHER_KEY", SECRET)
        LAUNCHER.start(directory)
    assert eventually(directory.run.exists)
    environments.append(Path(f"/proc/{owner_of(directory).pid}/environ").read_bytes())
    assert eventually(lambda: read_status(directory).ended), directory.log.read_text()
    return directory


@pytest.fixture
def endless(tiny_student: Path, tmp_path: Path) -> Iterator[RoundDirectory]:
    """A round that has trained a step and would go on for hours."""
    directory = make(tmp_path, tiny_student, epochs=100_000)
    LAUNCHER.start(directory)
    assert eventually(lambda: read_status(directory).step > 0), directory.log.read_text()
    yield directory
    end_trainer(directory, grace=5)


def test_two_steps_train_an_adapter_and_report_it(finished: RoundDirectory) -> None:
    status = read_status(finished)
    assert (status.state, status.step, status.steps, status.message) == ("finished", 2, 2, None), (
        finished.log.read_text()
    )
    assert [step for step, _ in status.losses] == [1, 2]
    assert [step for step, _ in status.validation_losses] == [0, 2]
    assert status.validation_losses[1][1] < status.validation_losses[0][1]
    result = status.result or {}
    assert set(result) == {
        *("adapter_hash", "adapter_bytes", "validation_loss_before", "validation_loss_after", "train_loss", "steps"),
        *("tokens", "tokens_per_second", "seconds", "device", "device_name", "dtype", "rows", "rows_dropped"),
        *("examples", "cost", "validation_loss_best", "margin_before", "margin_after"),
    }
    assert result["adapter_hash"] == adapter_hash(finished.adapter)
    assert result["adapter_bytes"] == adapter_weights(finished.adapter).stat().st_size
    assert result["validation_loss_after"] == status.validation_losses[1][1]
    assert (result["steps"], result["rows"], result["rows_dropped"], result["device"]) == (2, 9, 0, "cpu")
    assert math.isfinite(result["train_loss"])
    assert result["tokens"] == status.tokens


def test_every_phase_is_told_in_order(finished: RoundDirectory) -> None:
    states = [event["state"] for event in read_events(finished.events) if event["kind"] == "state"]
    assert states == ["loading", "training", "evaluating", "training", "evaluating", "training", "saving"]


def test_the_adapter_moved_and_holds_nothing_of_the_base(finished: RoundDirectory) -> None:
    weights = load_file(adapter_weights(finished.adapter))
    assert all("lora_" in name for name in weights)
    moved = [tensor for name, tensor in weights.items() if "lora_B" in name]
    assert len(moved) == 2 * 7
    assert all(tensor.abs().max() > 0 for tensor in moved)
    assert not list(finished.path.glob("**/*.bin"))
    assert not finished.unfinished_adapter.exists()


def test_no_secret_reaches_the_worker(finished: RoundDirectory, environments: list[bytes]) -> None:
    assert b"OMP_NUM_THREADS=1" in environments[0]
    assert SECRET.encode() not in environments[0]
    assert SECRET not in finished.spec.read_text() + finished.log.read_text()


def test_an_ended_worker_leaves_no_zombie(finished: RoundDirectory) -> None:
    pid = owner_of(finished).pid
    assert eventually(lambda: not psutil.pid_exists(pid), seconds=10)


def test_the_same_seed_gives_the_same_adapter(finished: RoundDirectory, tiny_student: Path, tmp_path: Path) -> None:
    status = train(make(tmp_path, tiny_student))
    assert (status.result or {})["adapter_hash"] == adapter_hash(finished.adapter)


def test_a_second_worker_leaves_a_round_alone(finished: RoundDirectory) -> None:
    before = finished.result.read_text()
    assert main([str(finished.path)]) == 1
    assert finished.result.read_text() == before
    assert not finished.error.exists()


def test_a_cancelled_round_stops_within_a_step(endless: RoundDirectory) -> None:
    endless.request_cancel()
    before = len(read_status(endless).losses)
    assert eventually(lambda: read_status(endless).ended)
    assert read_status(endless).state == "cancelled"
    assert len(read_status(endless).losses) <= before + 1
    assert not endless.adapter.exists()


def test_sigterm_cancels(endless: RoundDirectory) -> None:
    os.kill(owner_of(endless).pid, signal.SIGTERM)
    assert eventually(lambda: read_status(endless).ended)
    assert read_status(endless).message == "The round was cancelled."


def test_a_round_outlives_the_app_and_a_killed_worker_is_lost(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student, epochs=100_000)
    app = (
        "import sys; from pathlib import Path; from citing_app.rounds.launcher import Launcher; "
        "from citing_app.rounds.layout import RoundDirectory; "
        "Launcher(sys.argv[1]).start(RoundDirectory(Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", app, LAUNCHER.template, str(directory.path)]
    subprocess.run(command, check=True, env=worker_environment(), timeout=30)
    assert eventually(lambda: read_status(directory).step > 0), directory.log.read_text()
    assert read_status(directory).state == "running"
    os.kill(owner_of(directory).pid, signal.SIGKILL)
    assert eventually(lambda: read_status(directory).state == "lost", seconds=10)
    assert "ended without a word" in (read_status(directory).message or "")


def test_two_processes_train_the_round_that_one_trains(
    finished: RoundDirectory, tiny_student: Path, tmp_path: Path
) -> None:
    directory = make(tmp_path, tiny_student)
    status = train(directory, Launcher(f"{PYTHON} {ACCELERATE} -m citing_app.worker {{round}}"))
    alone = read_status(finished)
    assert status.state == "finished", directory.log.read_text()
    assert status.tokens == alone.tokens
    for mine, theirs in ((status.losses, alone.losses), (status.validation_losses, alone.validation_losses)):
        assert [step for step, _ in mine] == [step for step, _ in theirs]
        assert [loss for _, loss in mine] == pytest.approx([loss for _, loss in theirs], rel=1e-4)


def test_two_gloo_processes_have_the_gradients_of_one(tiny_student: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    # The parent is random in both halves: from a new adapter half of the gradients would be zero.
    parent = Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter))
    rows = TRAIN[:5]  # fewer than a step
    with_others = [one | {"rejected": row(3)["completion"]} for one in rows]
    directories = [
        make(tmp_path, tiny_student, 2, train=rows, parent=parent, kind="citing"),
        make(tmp_path, tiny_student, 3, train=with_others, parent=parent, kind="apo"),
    ]
    script = str(PROJECT_ROOT / "tests" / "worker" / "gradients.py")
    environment = {**worker_environment(), "OMP_NUM_THREADS": "1"}
    for file, launch in (("1", []), ("2", ["-m", *ACCELERATE.split()])):
        command = [sys.executable, *launch, script, file, *(str(one.path) for one in directories)]
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    for directory in directories:
        alone, together = gradients(directory, "1"), gradients(directory, "2")
        assert alone.keys() == together.keys()
        assert len(alone) == 2 * 2 * 7
        for name, gradient in alone.items():
            assert gradient.abs().max() > 1e-4, name
            torch.testing.assert_close(together[name], gradient, rtol=1e-4, atol=1e-6)


def gradients(directory: RoundDirectory, processes: str) -> dict[str, torch.Tensor]:
    """What so many processes found for this round."""
    with safe_open(directory.path / processes, "pt") as file:
        assert file.metadata() == {"processes": processes}
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"student": "/no/such/student"}, "There is no folder /no/such/student"),
        ({"max_length": 8}, "No row fits into 8 tokens"),
        ({"parent": Parent(1, "../0001/adapter", "abc")}, "holds no adapter in safetensors"),
        ({"device": "cuda"}, "no CUDA GPU"),
    ],
)
def test_what_cannot_be_trained_ends_in_one_sentence(
    changes: dict[str, Any], sentence: str, tiny_student: Path, tmp_path: Path
) -> None:
    if changes.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    directory = make(tmp_path, **{"student": tiny_student, **changes})
    assert main([str(directory.path)]) == 1
    status = read_status(directory)
    assert status.state == "failed"
    assert sentence in (status.message or "")
    assert "Traceback" not in directory.error.read_text()


def test_a_parent_with_other_weights_than_planned_is_refused(
    tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    directory = make(tmp_path, tiny_student, parent=Parent(1, str(tiny_adapter), "0" * 64))
    assert main([str(directory.path)]) == 1
    assert "has changed" in (read_status(directory).message or "")


def test_a_row_that_is_none_is_named(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student, train=[*TRAIN, {"prompt": TRAIN[0]["prompt"]}])
    assert main([str(directory.path)]) == 1
    assert "Row 10 of train.jsonl is not a training row" in (read_status(directory).message or "")


def test_a_damaged_spec_fails_the_round(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student)
    directory.spec.write_text(json.dumps({**json.loads(directory.spec.read_text()), "epochs": "two"}))
    assert main([str(directory.path)]) == 1
    assert "epochs must be" in (read_status(directory).message or "")


def test_a_round_cancelled_before_it_began_never_loads(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student)
    directory.request_cancel()
    assert main([str(directory.path)]) == 1
    assert read_status(directory).state == "cancelled"
    assert read_events(directory.events) == []


def test_memory_that_ran_out_is_told_as_such() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(10**15)
    assert describe(caught.value)[0] == "out_of_memory"
    assert describe(torch.OutOfMemoryError("CUDA out of memory."))[0] == "out_of_memory"
    assert describe(RuntimeError("shapes do not match"))[0] == "failed"
