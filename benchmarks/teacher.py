"""How close a batch of teacher calls comes to connections ÷ latency, every call in the ledger before it is sent.

    python benchmarks/teacher.py [--connections 64] [--latency 1.0] [--calls 1280]

A server in a process of its own answers after the latency, once without and once with 5 % of 429s. Beside it, in the
same run: the openai client alone under a semaphore, with no ledger and no store.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from citing_app.method.prices import Price
from citing_app.models.chat_model import Call
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.teacher import Teacher
from citing_app.running.jobs import Job
from citing_app.store import instructions, items, spending
from citing_app.store.database import Store
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.drafts.revising import revise

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def server(latency: float, busy: float) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.teacher_server", "--latency", str(latency), "--busy", str(busy)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    yield process.stdout.readline().strip()
    process.stdin.close()
    print("   the server:", json.loads(process.stdout.readline()))
    process.wait()


def through_the_studio(url: str, connections: int, calls: int) -> float:
    """Revisions a second, from drafts in a store to revisions in it."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        rows = [{"instruction": f"Instruction {n}", "output": ""} for n in range(round(calls * 1.35))]
        import_rows(store, rows, "set")
        with store.write() as cursor:
            spending.set_price(cursor, "m", Price(1.0, 1.0), "benchmark")  # else it is a server of one's own
            train = instructions.without_draft(cursor, "base", calls)
            for one in train:
                items.add_draft(cursor, one, f"The draft of instruction {one.id}, " + "word " * 60, "base", None)
        teacher = Teacher.of(OpenAIModel("m", url, None, connections=connections))
        started = time.monotonic()
        outcomes = revise(store, [teacher], calls, Job("revise", "Revising"))
        assert outcomes == {"ok": len(train)}, outcomes
        return len(train) / (time.monotonic() - started)


def by_the_client_alone(url: str, connections: int, calls: int) -> float:
    """Answers a second by the openai client and nothing else."""

    async def run() -> float:
        model, free = OpenAIModel("m", url, None, connections=connections), asyncio.Semaphore(connections)
        async with model.session() as send:

            async def one(number: int) -> None:
                async with free:
                    await send(Call(({"role": "user", "content": f"{number}" + "word " * 100},), 4096), str(number))

            started = time.monotonic()
            await asyncio.gather(*(one(number) for number in range(calls)))
            return calls / (time.monotonic() - started)

    return asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--calls", type=int, default=1280)
    given = parser.parse_args()
    ideal = given.connections / given.latency
    for busy in (0.0, 0.05):
        with server(given.latency, busy) as url:
            print(f"{busy:.0%} of 429s; connections ÷ latency = {ideal:.0f} a second")
            alone = by_the_client_alone(url, given.connections, given.calls) if not busy else None
            rate = through_the_studio(url, given.connections, given.calls)
            print(f"   the studio {rate:.1f} a second: {rate / ideal:.3f} of it")
            if alone is not None:
                print(f"   the openai client alone {alone:.1f} a second: {alone / ideal:.3f} of it")


if __name__ == "__main__":
    main()
