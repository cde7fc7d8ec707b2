"""The app and the trainer killed at random points while a round trains (CITING_TEST_KILLS_ROUND kills)."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from citing_app.rounds.owner import Owner
from citing_app.rounds.status import read_status
from citing_app.settings import Settings
from citing_app.store import rounds
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import directory_of, queue
from citing_app.workflows.rounds.supervising import find_rounds
from citing_app.workflows.rounds.training import repeat_round, start_round
from citing_app.workflows.rounds.view import rounds_view
from citing_app.workflows.studio import Studio, open_studio
from tests.browser.conftest import App
from tests.conftest import OFFLINE
from tests.seeding import drafted_before, pairs
from tests.worker.test_train import eventually

KILLS = int(os.environ.get("CITING_TEST_KILLS_ROUND", "2"))


@contextmanager
def opened(settings: Settings) -> Iterator[Studio]:
    studio = open_studio(settings)
    yield studio
    studio.close()


def processes_of(folder: Path) -> list[list[str]]:
    """The living processes that were started for this data folder, but for this one."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = process.cmdline()
            if process.status() != psutil.STATUS_ZOMBIE and any(str(folder) in part for part in command):
                found.append(command)
    return found


def kill_trainer(run: Path) -> None:
    owner = Owner.read(run)
    if owner is not None and owner.is_alive:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(owner.pid).kill()


def test_a_round_whose_app_and_trainer_are_killed_again_and_again_ends_as_one_that_was_left_alone(
    tiny_student: Path, trainer: str, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student), launchers={"here": trainer})
    with opened(settings) as studio:
        import_rows(studio.store, pairs(60), "set")
        accept_pending(studio.store, studio.journal, "ada")
        drafted_before(studio.store)
        whole = start_round(studio, Choices(), "ada")
        assert eventually(lambda: not queue(studio), 300)
        again = repeat_round(studio, whole, "ada")
        directory = directory_of(studio, again)
    flags = ["--student", str(tiny_student), "--launcher", f"here={trainer}"]
    app = App(settings.data_dir, settings.cache_dir, *flags)
    app.environment = OFFLINE
    chance = random.Random(11)
    for _ in range(KILLS):
        app.start()
        time.sleep(chance.uniform(0, 6))
        assert app.process is not None
        if chance.random() < 0.7:
            kill_trainer(directory.run)
            time.sleep(chance.uniform(0, 1))
        app.process.kill()
        app.process.wait()
        if chance.random() < 0.3:
            kill_trainer(directory.run)
    app.start()
    assert eventually(lambda: read_status(directory).state == "finished", 300), directory.log.read_text()
    app.stop()
    with opened(settings) as studio:
        find_rounds(studio)
        second, first = rounds_view(studio)
        with studio.store.read() as cursor:
            assert [row.state for row in rounds.all_rounds(cursor)] == ["finished", "finished"]
    assert (second["round"], first["round"]) == (again, whole)
    assert second["result"]["adapter_hash"] == first["result"]["adapter_hash"]
    assert not directory.unfinished_adapter.exists()
    assert eventually(lambda: not processes_of(settings.data_dir), 20), processes_of(settings.data_dir)
