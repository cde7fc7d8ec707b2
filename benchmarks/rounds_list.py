"""python benchmarks/rounds_list.py [--rounds 200] [--steps 1000] [--times 50]: what one look of the Rounds page costs.

A data folder is made with so many rounds, each of so many steps; all have ended but the newest, which trains. Then the
page's questions are asked again and again, and the median of each in milliseconds is printed with the bytes of its
answer: the list as a page first gets it and as it is asked for every second, the round that trains, an ended one, and
all rounds with their losses, which the page asked for every second before there was a list.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from citing_app.rounds.layout import RoundDirectory, create  # noqa: E402
from citing_app.rounds.owner import Owner  # noqa: E402
from citing_app.rounds.spec import Parent, RoundSpec  # noqa: E402
from citing_app.settings import Settings  # noqa: E402
from citing_app.workflows.rounds.supervising import import_round, record  # noqa: E402
from citing_app.workflows.rounds.view import round_view, rounds_list, rounds_view, untrained  # noqa: E402
from citing_app.workflows.studio import Studio, open_studio  # noqa: E402

ROW = {"prompt": [{"role": "user", "content": "Why?"}], "completion": [{"role": "assistant", "content": "So."}]}
EXAMPLE = {"row": 1, "loss": 1.2, "prompt": "Why is the sky blue? " * 20, "completion": "Because of the air. " * 20}
RESULT = {"adapter_hash": "0" * 64, "adapter_bytes": 9_000_000, "validation_loss_before": 1.9, "seconds": 600.0}
RESULT |= {"rows": 64, "rows_dropped": 0, "tokens": 4_096_000, "tokens_per_second": 1234.5}
RESULT |= {"device": "cpu", "device_name": "a CPU", "dtype": "float32"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--times", type=int, default=50, help="how often each question is asked")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        studio = open_studio(Settings(Path(name) / "data", Path(name) / "cache"))
        try:
            build(studio, given.rounds, given.steps)
            measure(studio, given.rounds, given.steps, given.times)
        finally:
            studio.close()


def build(studio: Studio, rounds: int, steps: int) -> None:
    """Record the rounds; the last one is trained by this process, as its directory says."""
    for number in range(1, rounds + 1):
        parent = None if number == 1 else Parent(number - 1, f"rounds/{number - 1:04d}/adapter", "0" * 64)
        spec = RoundSpec(number, f"run-{number}", "student", parent=parent)
        rows = [{**ROW, "task": "draft", "decision": f"{number}-{row}"} for row in range(64)]
        directory = create(studio.rounds_folder, spec, rows, [])
        write_events(directory, steps if number < rounds else steps // 2, steps)
        record(studio, directory, "ada")
        owner = Owner.this_process(spec.run_id)
        if number < rounds:
            finish(directory)
            replace(owner, pid=2**22 + 1).write(directory.run)
            import_round(studio, number)
        else:
            owner.write(directory.run)


def write_events(directory: RoundDirectory, done: int, steps: int) -> None:
    """The events of a trainer that has `done` so many of its steps."""
    events: list[dict[str, Any]] = [{"kind": "state", "state": "training"}]
    for step in range(1, done + 1):
        rate = {"learning_rate": 1.2345e-4, "tokens": step * 4096, "tokens_per_second": 1234.5, "seconds_left": 99.9}
        events.append({"kind": "step", "step": step, "steps": steps, "loss": 2 - step / steps, **rate})
        if step % 250 == 0:
            events.append({"kind": "validation", "step": step, "loss": 1.9 - step / steps / 2})
    directory.events.write_text("".join(json.dumps({"at": 1.7e9, **event}) + "\n" for event in events))


def finish(directory: RoundDirectory) -> None:
    """End the round with an adapter and a result of the usual size."""
    directory.adapter.mkdir()
    result = {
        **RESULT,
        "validation_loss_after": 1.23456789,
        "examples": {"best": [EXAMPLE] * 3, "worst": [EXAMPLE] * 3},
    }
    directory.result.write_text(json.dumps(result))


def measure(studio: Studio, rounds: int, steps: int, times: int) -> None:
    print(f"{rounds} rounds of {steps:,} steps, each question {times} times: p50 in ms, bytes of the answer")
    mark = rounds_list(studio)["mark"]
    told = round_view(studio, rounds)["events"]
    questions: dict[str, Callable[[], Any]] = {
        "the list at first": lambda: {**rounds_list(studio), "untrained": untrained(studio)},
        "the list again, every second": lambda: {**rounds_list(studio, mark), "untrained": untrained(studio)},
        "the round that trains, at first": lambda: round_view(studio, rounds),
        "the round that trains, again": lambda: round_view(studio, rounds, told - 1),
        "an ended round, once": lambda: round_view(studio, 1),
    }
    for name, ask in questions.items():
        tell(name, ask, times)
    tell("all rounds with their losses", lambda: rounds_view(studio), min(times, 5))


def tell(name: str, ask: Callable[[], Any], times: int) -> None:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        answer = ask()
        taken.append(time.perf_counter() - began)
    size = len(json.dumps(answer, separators=(",", ":")))
    print(f"{name:34} {statistics.median(taken) * 1000:9.2f} {size:12,}")


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
