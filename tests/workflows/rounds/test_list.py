"""The list of rounds comes from the store, the detail of one from its directory; those that wait cost no thread."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import RoundSpec
from citing_app.settings import Settings
from citing_app.store import rounds
from citing_app.workflows.rounds.queue import directory_of, move_round, waiting, with_waiting
from citing_app.workflows.rounds.supervising import find_rounds, import_round, record
from citing_app.workflows.rounds.training import cancel_round
from citing_app.workflows.rounds.view import ListedRound, round_view, rounds_list, rounds_view
from citing_app.workflows.status import status
from citing_app.workflows.studio import Studio, open_studio
from tests.running.test_jobs import eventually
from tests.workflows.adapters.test_tree import ROW

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "rounds_list.py"
THREADS = ("round ", "lane ")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache", student="student"))
    yield opened
    opened.close()


def waiting_round(studio: Studio, number: int) -> RoundDirectory:
    directory = create(studio.rounds_folder, RoundSpec(number, f"run-{number}", "student"), [ROW], [])
    record(studio, directory, "ada")
    return directory


def training_round(studio: Studio, number: int, steps: int) -> RoundDirectory:
    """A round that this process is said to train."""
    directory = waiting_round(studio, number)
    Owner.this_process(f"run-{number}").write(directory.run)
    tell_steps(directory, 1, steps)
    return directory


def tell_steps(directory: RoundDirectory, first: int, last: int) -> None:
    told = [{"kind": "step", "step": step, "steps": 2000, "loss": 2.0 - step / 2000} for step in range(first, last + 1)]
    with directory.events.open("a") as file:
        file.write("".join(json.dumps(event) + "\n" for event in told))


def finished_round(studio: Studio, number: int, steps: int = 3) -> RoundDirectory:
    directory = waiting_round(studio, number)
    tell_steps(directory, 1, steps)
    directory.adapter.mkdir()
    texts = [{"prompt": "p" * 1000}] * 6
    directory.result.write_text(json.dumps({"validation_loss_after": 1.25, "adapter_hash": "0", "examples": texts}))
    import_round(studio, number)
    return directory


def listed(studio: Studio) -> list[ListedRound]:
    rows = rounds_list(studio)["rows"]
    assert rows is not None
    return rows


def threads() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith(THREADS))


def test_the_list_needs_no_file_of_a_round_that_has_ended(studio: Studio) -> None:
    finished_round(studio, 1)
    training_round(studio, 2, 5)
    shutil.rmtree(directory_of(studio, 1).path)
    found = rounds_list(studio)
    assert [(row.round, row.state, row.loss) for row in found["rows"] or ()] == [
        (2, "running", None),
        (1, "finished", 1.25),
    ]
    assert found["progress"] == [{"round": 2, "stage": "training", "step": 5, "steps": 2000}]


def test_the_list_is_sent_again_only_when_more_than_progress_has_changed(studio: Studio) -> None:
    finished_round(studio, 1)
    directory = training_round(studio, 2, 5)
    mark = rounds_list(studio)["mark"]
    tell_steps(directory, 6, 9)
    again = rounds_list(studio, mark)
    assert (again["rows"], [one["step"] for one in again["progress"]]) == (None, [9])
    directory.request_cancel()
    assert [row.state for row in rounds_list(studio, mark)["rows"] or ()] == ["cancelling", "finished"]
    mark = rounds_list(studio)["mark"]
    with studio.store.write() as cursor:
        rounds.set_name(cursor, 1, "the first")
    assert [row.name for row in rounds_list(studio, mark)["rows"] or ()] == [None, "the first"]


def test_the_list_says_what_a_look_at_every_round_says(studio: Studio) -> None:
    finished_round(studio, 1)
    training_round(studio, 2, 5)
    waiting_round(studio, 3)
    waiting_round(studio, 4).write_error("failed", "It failed.")
    import_round_that_failed(studio, 4)
    rows = [row._asdict() for row in listed(studio)]
    same = [name for name in ListedRound._fields if name not in ("loss", "started_at")]
    looks = rounds_view(studio)
    assert [{name: row[name] for name in same} for row in rows] == [
        {name: look[name] for name in same} for look in looks
    ]
    assert [row["place"] for row in rows] == [None, 1, None, None]


def test_the_list_does_not_grow_with_steps(studio: Studio) -> None:
    for number in range(1, 11):
        finished_round(studio, number, steps=1000)
    mark = rounds_list(studio)["mark"]
    assert len(json.dumps(rounds_list(studio))) < 10 * 107  # of which two hundred rounds make 20 kB
    assert len(json.dumps(rounds_list(studio, mark))) < 300


def test_the_detail_of_one_that_trains_brings_what_is_new(studio: Studio) -> None:
    directory = training_round(studio, 1, 1000)
    first = round_view(studio, 1)
    assert (len(first["train_losses"]), first["adds"], first["settled"]) == (1000, False, False)
    tell_steps(directory, 1001, 1002)
    EventLog(directory.events).add("validation", step=1002, loss=1.5)
    then = round_view(studio, 1, first["events"])
    assert ([step for step, _ in then["train_losses"]], then["adds"]) == ([1001, 1002], True)
    assert (then["validation_losses"], then["step"]) == (((1002, 1.5),), 1002)
    with pytest.raises(CitingError, match=r"^There is no round 2\.$"):
        round_view(studio, 2)


def test_a_round_is_settled_once_it_has_ended_and_its_trainer_is_gone(studio: Studio) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as trainer:
        directory = waiting_round(studio, 1)
        owner = Owner.of(trainer.pid, "run-1")
        assert owner is not None
        owner.write(directory.run)
        directory.write_error("failed", "It failed.")
        assert not round_view(studio, 1)["settled"]  # the store does not know its end
        import_round_that_failed(studio, 1)
        assert not round_view(studio, 1)["settled"]  # whether it can be resumed is told when its trainer is gone
        trainer.communicate(b"\n")
    assert round_view(studio, 1)["settled"]


def import_round_that_failed(studio: Studio, number: int) -> None:
    with pytest.raises(CitingError, match=r"^It failed\.$"):
        import_round(studio, number)


def test_thirty_rounds_that_wait_cost_two_threads_and_can_be_moved_and_cancelled(studio: Studio) -> None:
    with studio.device.turn("bulk", "drafting"):  # so that the first waits too
        for number in range(1, 31):
            waiting_round(studio, number)
        find_rounds(studio)
        assert eventually(lambda: "round 1" in threads())
        assert threads() == ["lane here", "round 1"]
        assert [one.sentence for one in waiting(studio)][:2] == [
            "round 1 waits for drafting",
            "round 2 waits for round 1",
        ]
        jobs = with_waiting(studio, status(studio)["jobs"])
        assert [job["waits"] for job in jobs] == [one.sentence for one in waiting(studio)]
        assert status(studio)["line"] == "round 1 waits"
        move_round(studio, 2, up=True)
        assert eventually(lambda: threads() == ["lane here", "round 1", "round 2"])
        cancel_round(studio, 17)
        studio.jobs.cancel("round 18")  # as the strip does
        cancelled = [(number, "cancelled") for number in (18, 17)]
        assert eventually(
            lambda: [(row.round, row.state) for row in listed(studio) if row.round in (17, 18)] == cancelled
        )
        assert [one.number for one in waiting(studio)] == [2, 1, *range(3, 17), *range(19, 31)]
        assert eventually(lambda: threads() == ["lane here", "round 1", "round 2"])
        studio.jobs.close()
    assert threads() == []
    assert {row.state for row in listed(studio) if row.round not in (17, 18)} == {"waiting"}


def test_the_benchmark_of_the_list_runs() -> None:
    small = [sys.executable, str(BENCHMARK), "--rounds", "3", "--steps", "20", "--times", "2"]
    told = subprocess.run(small, capture_output=True, text=True, check=True, timeout=300).stdout
    assert "the list again, every second" in told
