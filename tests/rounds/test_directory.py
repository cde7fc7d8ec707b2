"""A round's directory: how it is made, and what its files say in every state."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError, Refused
from citing_app.processes import worker_environment
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.events import EventLog, read_events
from citing_app.rounds.files import write_once
from citing_app.rounds.layout import RoundDirectory, create, existing, next_number
from citing_app.rounds.owner import HEARTBEAT_SECONDS, Owner
from citing_app.rounds.spec import RoundSpec
from citing_app.rounds.status import read_progress, read_status

ROW = {
    "prompt": [{"role": "user", "content": "Why is the sky blue?"}],
    "completion": [{"role": "assistant", "content": "Air scatters blue light — 蓝."}],
    "task": "draft",
}


# A trainer whose disk takes nothing while its first heartbeat is due, and takes the second.
FULL_FOR_A_BEAT = """
import resource, sys, time
from pathlib import Path
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.owner import HEARTBEAT_SECONDS, Owner
from citing_app.worker.heartbeat import heartbeat
directory, owner = RoundDirectory(Path(sys.argv[1])), Owner.this_process("run")
owner.claim(directory.run)
with heartbeat(owner, directory):
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    time.sleep(HEARTBEAT_SECONDS + 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    time.sleep(HEARTBEAT_SECONDS)
print(Owner.read(directory.run).heartbeat - owner.heartbeat)
"""


def make(root: Path, number: int = 1, **changes: Any) -> RoundDirectory:
    return create(root, RoundSpec(round=number, run_id="run", student="student", **changes), [ROW], [])


def own(directory: RoundDirectory, **changes: Any) -> Owner:
    owner = replace(Owner.this_process("run"), **changes)
    directory.run.write_text(json.dumps(asdict(owner)))
    return owner


def test_a_new_round_holds_its_inputs_and_waits(tmp_path: Path) -> None:
    directory = make(tmp_path / "rounds")
    assert sorted(path.name for path in directory.path.iterdir()) == ["spec.json", "train.jsonl", "validation.jsonl"]
    assert json.loads(directory.train.read_text(encoding="utf-8")) == ROW
    assert directory.read_spec().round == directory.number == 1
    assert read_status(directory).state == "waiting"


def test_a_number_is_given_once(tmp_path: Path) -> None:
    assert next_number(tmp_path / "rounds") == 1
    make(tmp_path / "rounds", 1)
    make(tmp_path / "rounds", 12)
    (tmp_path / "rounds" / "notes").mkdir()
    assert [directory.number for directory in existing(tmp_path / "rounds")] == [1, 12]
    assert next_number(tmp_path / "rounds") == 13
    assert next_number(tmp_path / "rounds", highest_given=20) == 21
    with pytest.raises(Refused, match="Round 12 exists already"):
        make(tmp_path / "rounds", 12)


def test_a_round_without_rows_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="accept some revisions first"):
        create(tmp_path / "rounds", RoundSpec(1, "run", "student"), [], [])
    assert existing(tmp_path / "rounds") == []


def test_a_place_that_cannot_be_written_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "rounds").write_text("a file, not a folder")
    with pytest.raises(CitingError):
        make(tmp_path / "rounds")


def test_a_directory_without_a_spec_is_incomplete(tmp_path: Path) -> None:
    directory = make(tmp_path)
    directory.spec.unlink()
    assert read_status(directory).state == "incomplete"
    with pytest.raises(CitingError, match="not a complete round"):
        directory.read_spec()


def test_a_live_owner_runs_and_a_wish_to_stop_shows(tmp_path: Path) -> None:
    directory = make(tmp_path)
    own(directory)
    assert read_status(directory).state == "running"
    directory.request_cancel()
    assert read_status(directory).state == "cancelling"


def test_an_owner_that_ended_without_a_word_is_lost(tmp_path: Path) -> None:
    directory = make(tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    own(directory, pid=ended.pid)
    assert read_status(directory).state == "lost"
    assert read_status(directory).ended


def test_a_reused_pid_is_not_the_owner(tmp_path: Path) -> None:
    directory = make(tmp_path)
    own(directory, pid=os.getpid(), process_started=time.time() - 86_400)
    assert read_status(directory).state == "lost"


def test_a_heart_beats_on_after_the_disk_refused_a_beat_and_fills_it_with_nothing(tmp_path: Path) -> None:
    directory = make(tmp_path)
    command = [sys.executable, "-c", FULL_FOR_A_BEAT, str(directory.path)]
    done = subprocess.run(command, env=worker_environment(), capture_output=True, text=True, timeout=60, check=True)
    assert "the heartbeat could not be written" in done.stderr
    assert float(done.stdout) > HEARTBEAT_SECONDS + 2
    assert not list(directory.path.glob(".*"))


def test_an_owner_on_another_host_lives_by_its_heartbeat(tmp_path: Path) -> None:
    directory = make(tmp_path)
    elsewhere = f"not-{socket.gethostname()}"
    own(directory, host=elsewhere, pid=2**22 + 1, heartbeat=time.time() - 30)
    assert read_status(directory).state == "running"
    own(directory, host=elsewhere, pid=2**22 + 1, heartbeat=time.time() - 90)
    assert read_status(directory).state == "lost"
    assert elsewhere in (read_status(directory).message or "")


def test_a_round_is_claimed_once_and_beats(tmp_path: Path) -> None:
    directory = make(tmp_path)
    owner = replace(Owner.this_process("run"), heartbeat=0.0)
    owner.claim(directory.run)
    with pytest.raises(CitingError, match="started before"):
        Owner.this_process("another").claim(directory.run)
    owner.beat(directory.run)
    read = Owner.read(directory.run)
    assert read is not None
    assert replace(read, heartbeat=0.0) == owner
    assert time.time() - read.heartbeat < 300


def test_a_result_or_an_error_outweighs_a_dead_owner(tmp_path: Path) -> None:
    finished, cancelled, failed = make(tmp_path, 1), make(tmp_path, 2), make(tmp_path, 3)
    for directory in (finished, cancelled, failed):
        own(directory, process_started=0.0)
    finished.adapter.mkdir()
    finished.result.write_text('{"steps": 2}')
    cancelled.write_error("cancelled", "The round was cancelled.")
    failed.write_error("out_of_memory", "The device ran out of memory.")
    failed.write_error("failed", "The connection to another process broke.")
    assert (read_status(finished).state, read_status(finished).result) == ("finished", {"steps": 2})
    finished.delete_adapter()
    assert (read_status(finished).state, read_status(finished).result) == ("deleted", {"steps": 2})
    assert read_status(cancelled).state == "cancelled"
    assert (read_status(failed).state, read_status(failed).message) == ("failed", "The device ran out of memory.")


def test_events_show_the_last_step_and_the_whole_history(tmp_path: Path) -> None:
    directory = make(tmp_path)
    own(directory)
    events = EventLog(directory.events)
    events.add("state", state="loading")
    events.add("validation", step=0, loss=3.0)
    events.add("state", state="training")
    progress = {"steps": 2, "learning_rate": 1e-4, "tokens_per_second": 90.0}
    events.add("step", step=1, loss=2.5, tokens=90, seconds_left=1.0, **progress)
    events.add("step", step=2, loss=2.0, tokens=180, seconds_left=0.5, **progress)
    with directory.events.open("a") as file:
        file.write('{"at": 1, "kind": "step", "st')
    status = read_status(directory)
    assert (status.step, status.steps, status.tokens, status.seconds_left) == (2, 2, 180, 0.5)
    assert (status.phase, status.tokens_per_second) == ("training", 90.0)
    assert status.losses == ((1, 2.5), (2, 2.0))
    assert status.validation_losses == ((0, 3.0),)


def test_who_has_seen_some_events_is_told_the_losses_since_and_all_after_a_trainer_resumed(tmp_path: Path) -> None:
    directory = make(tmp_path)
    own(directory)
    events = EventLog(directory.events)
    events.add("step", step=1, loss=3.0, steps=4)
    events.add("step", step=2, loss=2.5, steps=4)
    seen = read_status(directory)
    assert (seen.events, seen.adds, seen.losses) == (2, False, ((1, 3.0), (2, 2.5)))
    events.add("validation", step=2, loss=2.6)  # of a step that was seen
    events.add("step", step=3, loss=2.0, steps=4)
    since = read_status(directory, seen.events)
    assert (since.events, since.adds, since.step) == (4, True, 3)
    assert (since.losses, since.validation_losses) == (((3, 2.0),), ((2, 2.6),))
    again = read_status(directory, since.events)
    assert (again.adds, again.losses, again.step) == (True, (), 3)
    events.add("resume", step=1)
    events.add("step", step=2, loss=2.4, steps=4)
    resumed = read_status(directory, since.events)
    assert (resumed.adds, resumed.losses) == (False, ((1, 3.0), (2, 2.4)))
    assert not read_status(directory, 99).adds  # more than there are: of another round, or another file


def test_how_far_a_measurement_is_counts_until_the_next_state(tmp_path: Path) -> None:
    directory = make(tmp_path)
    own(directory)
    events = EventLog(directory.events)
    events.add("state", state="evaluating")
    assert read_status(directory).measured is None
    events.add("measured", done=4, of=33)
    events.add("measured", done=12, of=33)
    assert (read_status(directory).phase, read_status(directory).measured) == ("evaluating", (12, 33))
    events.add("validation", step=0, loss=2.6)
    events.add("state", state="training")
    assert read_status(directory).measured is None


@pytest.mark.parametrize("steps", [0, 3, 2000])
def test_progress_is_that_of_the_whole_file_however_long(tmp_path: Path, steps: int) -> None:
    directory = make(tmp_path)
    own(directory)
    told: list[dict[str, Any]] = [{"kind": "state", "state": "training"}]
    told += [{"kind": "step", "step": step, "loss": 2.0, "steps": 3000} for step in range(1, steps + 1)]
    directory.events.write_text("".join(json.dumps(event) + "\n" for event in told))
    status, progress = read_status(directory), read_progress(directory)
    assert (progress.state, progress.phase) == (status.state, status.phase) == ("running", "training")
    assert (progress.step, progress.steps) == (status.step, status.steps) == (steps, 3000 if steps else None)
    EventLog(directory.events).add("resume", step=steps // 2)
    assert read_progress(directory).step == read_status(directory).step == steps // 2
    with directory.events.open("a") as file:
        file.write("".join(json.dumps({"kind": "rows", "text": "x" * 99}) + "\n" for _ in range(500)))
    assert read_progress(directory).step == steps // 2  # its newest events tell of no step


def test_no_events_yet_is_no_error(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl") == []


def test_a_number_that_json_lacks_is_refused_at_the_source(tmp_path: Path) -> None:
    events = EventLog(tmp_path / "events.jsonl")
    with pytest.raises(ValueError, match="JSON"):
        events.add("step", loss=float("nan"))


def test_the_first_to_write_a_file_once_wins(tmp_path: Path) -> None:
    assert write_once(tmp_path / "error.json", "first")
    assert not write_once(tmp_path / "error.json", "second")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("error.json", "first")]


def test_an_adapter_is_known_by_its_weights_and_pickles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_model.bin").write_bytes(b"pickle")
    with pytest.raises(CitingError, match="no adapter in safetensors"):
        adapter_hash(tmp_path)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    assert adapter_hash(tmp_path) == hashlib.sha256(b"weights").hexdigest()
