"""Rounds that wait for each other, are reordered, cancelled, found again after a restart, and trained again."""

from __future__ import annotations

import fcntl
import json
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from citing_app.errors import CitingError
from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.events import read_events
from citing_app.rounds.launcher import Launchers
from citing_app.rounds.owner import Owner
from citing_app.rounds.status import read_status
from citing_app.settings import Settings
from citing_app.store import rounds
from citing_app.store.database import Cursor, Store
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import directory_of, move_round, queue, waiting
from citing_app.workflows.rounds.supervising import find_rounds, resume_round
from citing_app.workflows.rounds.training import cancel_round, plan, repeat_round, start_round
from citing_app.workflows.rounds.view import made_from, rounds_view
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import served_by, studio_with_accepted
from tests.worker.test_launchers import DIES
from tests.worker.test_train import LAUNCHER, eventually

TWO = Choices(items=2)
LONG = Choices(items=2, epochs=50)


@pytest.fixture
def settings(tmp_path: Path, tiny_student: Path, trainer: str) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student), launchers={"here": trainer})


@pytest.fixture
def studio(settings: Settings, warm_worker: WorkerProcess) -> Iterator[Studio]:
    opened = served_by(studio_with_accepted(settings, 8), warm_worker)
    yield opened
    opened.close()


# A trainer on another host that was last heard of long ago.
SILENT = """
import sys, time
from dataclasses import replace
from pathlib import Path
from citing_app.rounds.owner import Owner
folder = Path(sys.argv[1])
while not (folder / "begin").exists():
    time.sleep(0.05)
replace(Owner.this_process("run"), host="elsewhere", heartbeat=1.0).claim(folder / "run.json")
"""


class FullDisk(Store):
    """A store that takes nothing while its disk is full."""

    is_full = False

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        if self.is_full:
            raise CitingError("The disk is full: nothing was saved. Free some space and try again.")
        with super().write() as cursor:
            yield cursor


def states(studio: Studio) -> dict[int, str]:
    with studio.store.read() as cursor:
        return {row.number: row.state for row in rounds.all_rounds(cursor)}


def began(studio: Studio, number: int) -> float:
    return float(read_events(directory_of(studio, number).events)[0]["at"])


def all_ended(studio: Studio) -> bool:
    return not queue(studio)


def test_rounds_wait_for_each_other_in_an_order_that_can_be_changed(studio: Studio) -> None:
    for choices in (LONG, TWO, TWO):
        start_round(studio, choices, "ada")
    assert eventually(lambda: read_status(directory_of(studio, 1)).state != "waiting")
    assert [one.sentence for one in waiting(studio)] == ["round 2 waits for round 1", "round 3 waits for round 2"]
    move_round(studio, 3, up=True)
    assert [row.number for row in queue(studio)][-2:] == [3, 2]
    assert [one.sentence for one in waiting(studio)] == ["round 3 waits for round 1", "round 2 waits for round 3"]
    assert eventually(lambda: all_ended(studio), 120)
    assert states(studio) == {1: "finished", 2: "finished", 3: "finished"}
    assert began(studio, 1) < began(studio, 3) < began(studio, 2)
    with studio.store.read() as cursor:
        assert [row.items for row in rounds.all_rounds(cursor)] == [2, 2, 2]


def test_one_that_waits_is_cancelled_and_gives_its_revisions_back(studio: Studio) -> None:
    start_round(studio, TWO, "ada")
    start_round(studio, TWO, "ada")
    cancel_round(studio, 2)
    assert eventually(lambda: states(studio)[2] == "cancelled")
    assert not directory_of(studio, 2).run.exists()
    with pytest.raises(CitingError, match="does not wait"):
        move_round(studio, 2, up=True)
    assert eventually(lambda: all_ended(studio))
    assert len(made_from(studio, start_round(studio, Choices(), "ada"))["decisions"]) == 6


def test_after_a_restart_the_queue_goes_on_in_its_order(
    studio: Studio, settings: Settings, warm_worker: WorkerProcess
) -> None:
    for choices in (LONG, TWO, TWO):
        start_round(studio, choices, "ada")
    assert eventually(lambda: read_status(directory_of(studio, 1)).state != "waiting")
    move_round(studio, 3, up=True)
    studio.close()
    with_again = served_by(open_studio(settings), warm_worker)
    try:
        find_rounds(with_again)
        assert [job.name for job in with_again.jobs.all()] == ["round 1", "round 3", "round 2"]
        assert eventually(lambda: all_ended(with_again), 120)
        assert began(with_again, 3) < began(with_again, 2)
        assert set(states(with_again).values()) == {"finished"}
    finally:
        with_again.close()


def test_a_trainer_that_does_not_heed_a_cancel_is_ended_and_no_process_is_left(studio: Studio) -> None:
    directory = directory_of(studio, start_round(studio, Choices(), "ada"))
    assert eventually(directory.run.exists)
    owner = Owner.read(directory.run)
    assert owner is not None
    psutil.Process(owner.pid).suspend()  # it will never heed the wish, nor SIGTERM
    cancel_round(studio, 1)
    assert eventually(lambda: states(studio)[1] == "cancelled", 20)
    assert not owner.is_alive


def test_a_cancelled_round_is_cancelling_until_its_end_is_imported(studio: Studio) -> None:
    studio.store.__class__ = FullDisk
    assert isinstance(studio.store, FullDisk)
    directory = directory_of(studio, start_round(studio, TWO, "ada"))
    assert eventually(directory.run.exists)
    studio.store.is_full = True
    cancel_round(studio, 1)
    assert eventually(lambda: read_status(directory).ended)
    assert [view["state"] for view in rounds_view(studio)] == ["cancelling"]
    studio.store.is_full = False
    assert eventually(lambda: all_ended(studio))
    assert [view["state"] for view in rounds_view(studio)] == ["cancelled"]


def test_a_round_trained_again_has_the_same_adapter_and_says_what_it_repeats(studio: Studio) -> None:
    start_round(studio, Choices(items=2, seed=5), "ada")
    assert eventually(lambda: all_ended(studio))
    again = repeat_round(studio, 1, "bob")
    assert eventually(lambda: all_ended(studio))
    second, first = rounds_view(studio)
    assert (second["round"], second["repeats"], second["started_by"], second["items"]) == (again, 1, "bob", 2)
    assert second["result"]["adapter_hash"] == first["result"]["adapter_hash"]
    made, remade = made_from(studio, 1), made_from(studio, again)
    assert made["decisions"] == remade["decisions"]
    assert made["spec"]["seed"] == remade["spec"]["seed"] == 5
    assert made["rows"] == {"draft": 2, "revise": 2}
    assert list(made["spec"]["prompts"]) == ["student_revision"]


def test_a_killed_trainer_is_resumed_and_the_adapter_is_that_of_one_that_was_not(studio: Studio) -> None:
    whole = start_round(studio, TWO, "ada")
    assert eventually(lambda: all_ended(studio))
    again = repeat_round(studio, whole, "ada")
    directory = directory_of(studio, again)
    assert eventually(directory.run.exists)
    owner = Owner.read(directory.run)
    assert owner is not None
    psutil.Process(owner.pid).kill()
    assert eventually(lambda: all_ended(studio), 120)
    second, first = rounds_view(studio)
    assert (second["state"], second["resumable"]) == ("finished", False)
    assert (directory.path / "run.json.1").exists()
    assert second["result"]["adapter_hash"] == first["result"]["adapter_hash"]


def test_an_app_that_closed_finds_a_trainer_that_died_meanwhile_and_goes_on(
    studio: Studio, settings: Settings, warm_worker: WorkerProcess
) -> None:
    directory = directory_of(studio, start_round(studio, TWO, "ada"))
    assert eventually(directory.run.exists)
    studio.close()
    owner = Owner.read(directory.run)
    assert owner is not None
    psutil.Process(owner.pid).kill()
    assert eventually(lambda: not owner.is_alive)
    with_again = served_by(open_studio(settings), warm_worker)
    try:
        find_rounds(with_again)
        assert eventually(lambda: all_ended(with_again), 120)
        assert states(with_again) == {1: "finished"}
    finally:
        with_again.close()


def test_a_trainer_that_dies_every_time_is_given_up_until_a_person_resumes_it(studio: Studio, tmp_path: Path) -> None:
    dies = f"test -e {tmp_path}/mended || {{ sleep 2; kill -9 $!; }}"
    studio.launchers = Launchers.of({"here": f"sh -c '{LAUNCHER.template} & {dies}; wait'"})
    number = start_round(studio, TWO, "ada")
    assert eventually(lambda: all_ended(studio), 120)
    assert states(studio)[number] == "lost"
    assert rounds_view(studio)[0]["resumable"]
    (tmp_path / "mended").touch()
    resume_round(studio, number)
    with pytest.raises(CitingError, match="cannot be resumed: it goes on already"):
        resume_round(studio, number)  # from another window
    assert eventually(lambda: all_ended(studio), 120)
    (view,) = rounds_view(studio)
    assert (view["state"], view["items"]) == ("finished", 2)
    with pytest.raises(CitingError, match="cannot be resumed: it has ended"):
        resume_round(studio, number)


def test_a_round_that_failed_at_its_end_is_resumed_from_its_checkpoint(studio: Studio) -> None:
    whole = start_round(studio, TWO, "ada")
    assert eventually(lambda: all_ended(studio))
    again = repeat_round(studio, whole, "ada")
    directory = directory_of(studio, again)
    directory.unfinished_adapter.touch()  # no folder can be made where a file is
    assert eventually(lambda: all_ended(studio), 120)
    assert eventually(lambda: bool(rounds_view(studio)[0]["resumable"]))  # as soon as its trainer is gone
    failed = rounds_view(studio)[0]
    assert (failed["state"], failed["items"]) == ("failed", 0)
    assert [path.name for path in directory.checkpoints.iterdir()] == [f"step-{failed['steps']:06d}"]
    directory.unfinished_adapter.unlink()
    resume_round(studio, again)
    assert eventually(lambda: all_ended(studio), 120)
    second, first = rounds_view(studio)
    assert (second["state"], second["items"]) == ("finished", 2)
    assert second["result"]["adapter_hash"] == first["result"]["adapter_hash"]
    assert [event["step"] for event in read_events(directory.events) if event["kind"] == "resume"] == [second["steps"]]
    assert not directory.checkpoints.exists()
    with pytest.raises(CitingError, match="cannot be resumed: it has ended"):
        resume_round(studio, again)
    assert second["result"]["tokens_per_second"] is None  # no step was left
    assert plan(studio, Choices(), {"device": "cpu"}).seconds > 0


def test_a_round_that_failed_before_its_first_checkpoint_is_not_resumed_and_says_so(studio: Studio) -> None:
    studio.launchers = Launchers.of({"here": "false {round}"})
    number = start_round(studio, TWO, "ada")
    assert eventually(lambda: states(studio)[number] == "failed", 60)
    with pytest.raises(CitingError, match="cannot be resumed: it left no checkpoint"):
        resume_round(studio, number)


def test_what_a_later_round_learned_is_not_learned_again_by_resuming_an_earlier_one(studio: Studio) -> None:
    works = studio.launchers
    studio.launchers = Launchers.of({"here": f"python -c {shlex.quote(DIES)} {{round}}"})
    first = start_round(studio, TWO, "ada")
    assert eventually(lambda: states(studio)[first] == "lost", 60)
    studio.launchers = works
    later = start_round(studio, TWO, "ada")
    with pytest.raises(CitingError, match="A later round learned"):
        resume_round(studio, first)
    assert eventually(lambda: all_ended(studio), 120)
    assert states(studio) == {first: "lost", later: "finished"}


def test_an_end_that_the_disk_does_not_take_is_imported_later_and_the_next_round_follows(studio: Studio) -> None:
    studio.store.__class__ = FullDisk
    assert isinstance(studio.store, FullDisk)
    first, second = (start_round(studio, TWO, "ada") for _ in range(2))
    assert eventually(directory_of(studio, first).run.exists)
    studio.store.is_full = True
    assert eventually(lambda: read_status(directory_of(studio, first)).ended)
    job = studio.jobs.get(f"round {first}")
    assert job is not None
    assert eventually(lambda: "disk is full" in job.message)
    assert states(studio)[first] == "waiting"
    studio.store.is_full = False
    assert eventually(lambda: all_ended(studio), 120)
    assert states(studio) == {first: "finished", second: "finished"}


def test_a_trainer_that_is_heard_of_again_while_its_round_is_taken_over_is_watched_on(studio: Studio) -> None:
    studio.launchers = Launchers.of({"here": f"python -c {shlex.quote(SILENT)} {{round}}"})
    directory = directory_of(studio, start_round(studio, TWO, "ada"))
    with (directory.path / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (directory.path / "begin").touch()
        assert eventually(lambda: read_status(directory).resumable)
        time.sleep(1.5)  # by now the app waits for the lock to take the round over
        owner = Owner.read(directory.run)
        assert owner is not None
        directory.run.write_text(json.dumps(asdict(replace(owner, heartbeat=time.time()))))
    time.sleep(1.5)
    directory.write_error("failed", "It ended on its own.")
    assert eventually(lambda: all_ended(studio), 20)
    assert (states(studio), directory.takeovers) == ({1: "failed"}, 0)
