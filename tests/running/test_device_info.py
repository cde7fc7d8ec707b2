"""What is known of the device, and whether a round fits beside chat, with a worker that the test describes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.spec import RoundSpec
from citing_app.running.device_info import KnownDevice, room_beside
from citing_app.settings import Settings
from citing_app.store import rounds
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.rounds.training import cancel_round, plan, start_round
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import pairs

GB = 10**9
GPU = {"device": "cuda:0", "name": "a GPU", "dtype": "bfloat16", "free_bytes": 80 * GB, "held_bytes": 0}
CPU = {"device": "cpu", "name": "a CPU", "dtype": "float32", "free_bytes": 80 * GB, "held_bytes": 0}


class Worker(WorkerProcess):
    """A worker that is asked only what it computes on; counts how often it is started."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(Path("worker.log"))
        self.told = told
        self.started = 0
        self.runs = False

    @property
    def pid(self) -> int | None:
        return 1 if self.runs else None

    def device(self) -> dict[str, Any]:
        self.started += not self.runs
        self.runs = True
        return self.told

    def stop(self) -> None:
        self.runs = False


@pytest.fixture
def settings(tmp_path: Path, tiny_student: Path) -> Settings:
    launchers = {"here": "python -m citing_app.worker {round}", "slurm": "srun python -m citing_app.worker {round}"}
    return Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student), launchers=launchers)


@pytest.fixture
def studio(settings: Settings) -> Iterator[Studio]:
    opened = open_studio(settings)
    yield opened
    opened.close()


def known_by(studio: Studio, worker: Worker) -> KnownDevice:
    return KnownDevice(worker, studio.store, studio.launchers)


def trained(studio: Studio, number: int, device: str, launcher: str = "here") -> None:
    """Record a round that was trained on this device."""
    spec = asdict(RoundSpec(number, f"run-{number}", "student", launcher=launcher))
    result = {"device": device, "device_name": "its name", "dtype": "bfloat16", "tokens_per_second": 9000.0}
    with studio.store.write() as cursor:
        rounds.add(cursor, spec, None, "ada", [])
        rounds.set_state(cursor, number, "finished", result)


def test_there_is_room_on_a_gpu_only_where_a_worker_says_so(studio: Studio, settings: Settings) -> None:
    worker = Worker(GPU)
    known = known_by(studio, worker)
    has_room = room_beside(known, lambda: settings.student, settings.cache_dir)
    assert known.info(may_start=True) == GPU
    assert has_room()
    worker.told = {**GPU, "free_bytes": 1000}
    assert not has_room()
    worker.stop()  # sent away: what it said was free then says nothing now
    worker.told = GPU
    assert not has_room()
    assert known.info(may_start=True) == {"device": "cuda:0", "name": "a GPU", "dtype": "bfloat16"}
    assert worker.started == 1


def test_on_a_cpu_the_machines_memory_decides_and_no_worker_is_started_again(
    studio: Studio, settings: Settings
) -> None:
    worker = Worker(CPU)
    known = known_by(studio, worker)
    known.info(may_start=True)
    worker.stop()
    assert room_beside(known, lambda: settings.student, settings.cache_dir)()
    assert known.info()["free_bytes"] != CPU["free_bytes"]
    assert worker.started == 1


def test_where_nothing_is_known_a_worker_is_asked_whether_there_is_room(studio: Studio, settings: Settings) -> None:
    worker = Worker({**GPU, "free_bytes": 1000})
    known = known_by(studio, worker)
    assert known.info() == {}
    assert not room_beside(known, lambda: settings.student, settings.cache_dir)()
    assert worker.started == 1


def test_after_a_restart_the_newest_round_trained_here_tells_the_device(studio: Studio, settings: Settings) -> None:
    worker = Worker(CPU)
    known = known_by(studio, worker)
    trained(studio, 1, "cpu")
    trained(studio, 2, "cuda:0")
    trained(studio, 3, "cpu", launcher="slurm")
    trained(studio, 4, "cpu", launcher="gone")
    assert known.info() == {"device": "cuda:0", "name": "its name", "dtype": "bfloat16"}
    assert not room_beside(known, lambda: settings.student, settings.cache_dir)()
    trained(studio, 5, "cpu")
    assert room_beside(known, lambda: settings.student, settings.cache_dir)()
    assert worker.started == 0


def test_a_round_queued_while_one_trains_after_a_restart_is_written_for_the_gpu(studio: Studio) -> None:
    worker = Worker(CPU)
    restarted = replace(studio, known_device=known_by(studio, worker))
    import_rows(studio.store, pairs(4), "set")
    accept_pending(studio.store, studio.journal, "ada")
    trained(studio, 1, "cuda:0")
    with restarted.device.turn("round", "round 1"):
        number = start_round(restarted, Choices(), "ada")
        spec = directory_of(restarted, number).read_spec()
        assert (spec.batch_size, spec.accumulation) == (8, 1)
        assert plan(restarted, Choices(), restarted.device_info()).device == "cuda:0 · its name"
        cancel_round(restarted, number)
    assert worker.started == 0
