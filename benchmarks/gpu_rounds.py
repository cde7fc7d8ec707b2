"""The stages of benchmarks/gpu.py that train: a round at full speed, one that is killed and resumed, TRL beside it."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gpu_bench import Bench, Deadline, Failed, Figures
from gpu_sizes import Row, Size, made_rows

from citing_app.processes import end_group, start_detached
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.checkpoints import newest_complete
from citing_app.rounds.events import Event, read_events
from citing_app.rounds.layout import RoundDirectory, create, next_number
from citing_app.rounds.spec import RoundSpec
from citing_app.rounds.status import read_status

PASSES = 3
"""How often a round goes over its rows: its rate is the median of the passes."""
_HIDING = """import sys
sys.modules.update(dict.fromkeys(sys.argv[2:]))
from citing_app.worker.__main__ import main
sys.exit(main(sys.argv[1:2]))"""
"""A trainer for which the packages named after its round are not installed."""


def new_round(
    bench: Bench, size: Size, rows: Sequence[Row], held_out: Sequence[Row] = (), **wishes: Any
) -> RoundDirectory:
    """A new round of this student on these rows, as the app would write it."""
    student, root = str(bench.student(size)), bench.rounds(size)
    spec = RoundSpec(next_number(root), "benchmark", student, device=bench.device, **wishes)
    return create(root, spec, rows, held_out)


def start_trainer(directory: RoundDirectory, log: Path, hidden: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """The command that the app starts, or one that does not see some packages."""
    how = ["-c", _HIDING] if hidden else ["-m", "citing_app.worker"]
    return start_detached(["python", *how, str(directory.path), *hidden], log)


def train(
    bench: Bench, size: Size, deadline: Deadline, figures: Figures, *, hidden: Sequence[str] = (), **wishes: Any
) -> None:
    """A round of some passes over its rows, without checkpoints: tokens a second, utilisation, memory."""
    rows = made_rows(size, size.steps * wishes.get("batch_size", RoundSpec.batch_size))
    directory = new_round(bench, size, rows, epochs=PASSES, checkpoint_seconds=0, **wishes)
    process = start_trainer(directory, bench.log, hidden)
    try:
        process.wait(deadline.left)
    finally:
        end_group(process)
        figures |= pace(read_events(directory.events), size, rows, bench.peak_flops)
    _ensure_finished(directory)


def pace(events: list[Event], size: Size, rows: Sequence[Row], peak_flops: float | None) -> Figures:
    """What a trainer told. Its first step is left out of the rate, as it warms up."""
    steps = [event for event in events if event["kind"] == "step"]
    if len(steps) < 2:
        return {}
    ends = steps[size.steps - 1 :: size.steps] or steps[-1:]
    rates = [
        (after["tokens"] - before["tokens"]) / (after["at"] - before["at"])
        for before, after in itertools.pairwise([steps[0], *ends])
    ]
    rate = statistics.median(rates)
    used = {"utilisation": rate * size.flops_per_token(rows) / peak_flops} if peak_flops else {}
    return {
        "tokens_per_second": rate,
        "tokens_per_second_of_each_pass": rates,
        **used,
        "peak_gb": steps[-1]["memory_bytes"] / 2**30,
        "rows_at_once": [event["batch_size"] for event in events if event["kind"] == "memory"][-1],
        "seconds_to_first_step": steps[0]["at"] - events[0]["at"],
        "loss": steps[-1]["loss"],
        **({"utilisation_on_the_page": steps[-1]["mfu"]} if "mfu" in steps[-1] else {}),
    }


def resume(bench: Bench, size: Size, deadline: Deadline, figures: Figures) -> None:
    """A round whose trainer is killed at its first checkpoint ends all the same, from that checkpoint on."""
    rows = made_rows(size, size.steps * 8)
    directory = new_round(bench, size, rows[8:], rows[:8], epochs=PASSES, checkpoint_seconds=1)
    figures["killed_at_step"] = _kill_at_checkpoint(directory, bench.log, deadline)
    directory.release()
    process = start_trainer(directory, bench.log)
    try:
        process.wait(deadline.left)
    finally:
        end_group(process)
    _ensure_finished(directory)
    status, events = read_status(directory), read_events(directory.events)
    (figures["resumed_from_step"],) = [event["step"] for event in events if event["kind"] == "resume"]
    figures |= {"steps": status.step, "held_out_losses": [loss for _, loss in status.validation_losses]}
    if figures["resumed_from_step"] == 0 or status.step != PASSES * (size.steps - 1):
        raise Failed("the round did not go on from its checkpoint, or not to its end")


def _kill_at_checkpoint(directory: RoundDirectory, log: Path, deadline: Deadline) -> int:
    process = start_trainer(directory, log)
    try:
        while newest_complete(directory.checkpoints) is None and process.poll() is None:
            deadline.check()
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    if directory.error.exists() or directory.result.exists():
        raise Failed("the round ended before it could be killed")
    return read_status(directory).step


def _ensure_finished(directory: RoundDirectory) -> None:
    status = read_status(directory)
    if status.state != "finished":
        raise Failed(status.message or status.state)
    assert status.result is not None
    if adapter_hash(directory.adapter) != status.result["adapter_hash"]:
        raise Failed("the adapter is not the one that the result names")


def beside_trl(bench: Bench, size: Size, deadline: Deadline, figures: Figures, trainer: str) -> None:
    """One pass over the rows by one trainer of benchmarks/trainer.py; all of them count their first step."""
    rows = made_rows(size, size.steps * RoundSpec.batch_size)
    directory = new_round(bench, size, rows, epochs=1, checkpoint_seconds=0)
    figures |= bench.child("trl", trainer, str(directory.path), deadline=deadline)
