"""python benchmarks/decide.py [--items 5000] [--beside CHECKOUT]: what one decision over HTTP costs.

Each checkout (this one and the one beside it) imports the same rows into a data folder of its own and is started as its
users start it. Then blocks of decisions go to each in turn, as the review page sends them, one after the other, so that
both see the same machine. Prints for each the median milliseconds of a decision, the decisions a second that makes, and
the app's processor time for each; beside another, also the ratios of the other's to ours, block by block.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
OFFLINE = {"PIP_NO_INDEX": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
"""No model is fetched: deciding needs none."""


@dataclass
class Figures:
    """Milliseconds: of each decision by the clock, and of each block by the clock and on the processor, a decision."""

    walls: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=5000, help="how many rows are imported")
    parser.add_argument("--blocks", type=int, default=12, help="how many blocks of decisions each checkout gets")
    parser.add_argument("--decisions", type=int, default=25, help="how many decisions a block has, at most 50")
    parser.add_argument("--beside", type=Path, help="another checkout to compare with")
    given = parser.parse_args()
    checkouts = {"here": ROOT} | ({"beside": given.beside.resolve()} if given.beside else {})
    figures = {name: Figures() for name in checkouts}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        rows = write_rows(Path(name) / "rows.jsonl", given.items)
        desks = {
            which: stack.enter_context(running(checkout, Path(name) / which, rows))
            for which, checkout in checkouts.items()
        }
        for desk in desks.values():
            desk.block(3, Figures())  # the first ones fill caches
        for number in range(given.blocks):
            for which in list(desks)[:: 1 if number % 2 else -1]:
                desks[which].block(given.decisions, figures[which])
    for which, found in figures.items():
        show(which, found)
    if given.beside:
        show_ratio("by the clock", figures["beside"].medians, figures["here"].medians)
        show_ratio("on the processor", figures["beside"].processor, figures["here"].processor)


def write_rows(path: Path, count: int) -> Path:
    """Rows with a draft and a revision of some 100 words, which wait for a person once they are imported."""
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            draft = f"Answer {n} has a bad beginning. " + "It says the same in other words again. " * 12
            row = {"instruction": f"Question {n}?", "output": f"Reference {n}.", "draft": draft}
            file.write(json.dumps(row | {"revision": draft.replace("bad", "good").replace("other", "new", 3)}) + "\n")
    return path


class Desk:
    """The review page of a running app, as its script speaks to it."""

    def __init__(self, http: httpx.Client, process: psutil.Process) -> None:
        self.http, self.process = http, process
        components = http.get("/config").json()["components"]
        # The names had no prefix before the desk was a Panel; what stands beside may be as old as that.
        self.prefix, self.component = next(
            (name.removesuffix("decide"), one["id"])
            for one in components
            for name in one["props"].get("server_fns") or ()
            if name in ("decide", "served_decide")
        )

    def block(self, count: int, figures: Figures) -> None:
        """Decide the next items of the queue, and note how long each took."""
        shown = self.ask("queue", {"limit": count, "without": []})["items"]
        walls, before = [], self.seconds()
        for item in shown:
            body = {"item": item["id"], "version": item["version"], "kind": "accept", "request_id": uuid.uuid4().hex}
            began = time.perf_counter()
            self.ask("decide", body)
            walls.append(1000 * (time.perf_counter() - began))
        figures.walls += walls
        figures.medians.append(statistics.median(walls))
        figures.processor.append(1000 * (self.seconds() - before) / len(walls))

    def ask(self, function: str, body: dict[str, Any]) -> dict[str, Any]:
        call = {
            "data": body,
            "component_id": self.component,
            "fn_name": f"{self.prefix}{function}",
            "session_hash": "benchmark",
        }
        answer: dict[str, Any] = self.http.post("/gradio_api/component_server/", json=call).raise_for_status().json()
        if "error" in answer:
            raise SystemExit(f"{function}: {answer['error']}")
        return answer

    def seconds(self) -> float:
        """The processor's time that the app has taken, in all its threads."""
        times = self.process.cpu_times()
        return times.user + times.system


@contextlib.contextmanager
def running(checkout: Path, folder: Path, rows: Path) -> Iterator[Desk]:
    """The checkout's app on a new data folder with these rows."""
    environment = {**os.environ, **OFFLINE, "CITING_CACHE_DIR": str(folder / "cache")}
    data = ["--data-dir", str(folder / "data")]
    command = [sys.executable, "-m", "citing_app", *data, "import", str(rows)]
    subprocess.run(command, cwd=checkout, env=environment, check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    with (folder / "app.log").open("wb") as log:
        command = [sys.executable, "app.py", *data, "--port", str(port)]
        process = subprocess.Popen(command, cwd=checkout, env=environment, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as http:
            until_it_answers(http, process)
            yield Desk(http, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def until_it_answers(http: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            http.get("/config").raise_for_status()
            return
        time.sleep(0.1)
    raise SystemExit("The app did not start.")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def show(which: str, found: Figures) -> None:
    median = statistics.median(found.walls)
    print(
        f"{which:8} {median:7.1f} ms a decision, {1000 / median:6.1f} a second, "
        f"{statistics.median(found.processor):7.1f} ms on the processor (n={len(found.walls)})"
    )


def show_ratio(what: str, beside: list[float], here: list[float]) -> None:
    """The median ratio of the blocks that followed each other, and the smallest and largest."""
    ratios = sorted(theirs / ours for theirs, ours in zip(beside, here, strict=True))
    print(f"{what}: beside / here {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
