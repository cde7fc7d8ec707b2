"""Chats amid bulk work: what they load can be used afterwards, and the bulk work goes on as it was.

Both go over one connection, so that the order of its lines is the order in which the worker did things.
"""

from __future__ import annotations

import itertools
import json
import shutil
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import psutil
import pytest

from citing_app.models.worker_client import WorkerProcess
from tests.tiny_models import ending_early

Event = dict[str, Any]
Found = dict[int, Any]
"""The loss of each row, or the answer to each prompt."""
PROMPTS = [
    [{"role": "user", "content": text}]
    for text in ("Why is the sky blue?", "Name a colour, please, and say why you chose it.", "Hello", "Two and two?")
]
HELLO = 2
ROWS = [{"prompt": prompt, "answer": "The air scatters blue light."} for prompt in PROMPTS * 100]
RESULTS = ("finished", "piece", "scored", "compared")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    process = WorkerProcess(tmp_path_factory.mktemp("worker") / "worker.log", device="cpu", dtype="float32")
    process.device()
    yield process
    process.stop()


class Line:
    """One connection to the worker, for requests about one student."""

    def __init__(self, lines: BinaryIO, student: Path) -> None:
        self.student = student
        self._lines = lines
        self._ids = itertools.count()

    def generate(self, adapter: Path | None = None, strength: float = 1.0) -> int:
        """Ask for one batch of long answers."""
        asked = {"max_new_tokens": 400, "batch_size": len(PROMPTS), "strength": strength}
        return self._send("generate", adapter, prompts=PROMPTS, **asked)

    def sample(self, adapter: Path | None = None) -> int:
        """Ask for one batch of long answers, each drawn by a seed of its own."""
        drawn = {"temperature": 1.0, "seeds": [7, 8, 9, 7]}
        return self._send("generate", adapter, prompts=PROMPTS, max_new_tokens=400, batch_size=len(PROMPTS), **drawn)

    def drawn_chat(self) -> int:
        return self._send(
            "generate", None, prompts=PROMPTS[:1], max_new_tokens=8, stream=True, priority="chat", temperature=1.0
        )

    def score(self, adapter: Path | None = None) -> int:
        """Ask for fifty batches of losses."""
        return self._send("score", adapter, rows=ROWS)

    def divergence(self, adapter: Path | None = None) -> int:
        """Ask for fifty batches of divergences."""
        return self._send("divergence", adapter, rows=ROWS)

    def chat(self, adapter: Path | None = None) -> int:
        return self._send("generate", adapter, prompts=PROMPTS[:1], max_new_tokens=8, stream=True, priority="chat")

    def found(self, request: int) -> Found:
        return found(self.until_done(request), request)

    def until_result(self) -> list[Event]:
        events = [self._read()]
        while events[-1]["event"] not in RESULTS:
            events.append(self._read())
        return events

    def until_done(self, *requests: int) -> list[Event]:
        events, missing = [], set(requests)
        while missing:
            events.append(self._read())
            if events[-1]["event"] == "done":
                missing.remove(events[-1]["id"])
        return events

    def _send(self, op: str, adapter: Path | None, **fields: object) -> int:
        request = next(self._ids)
        fields |= {"id": request, "op": op, "model": str(self.student), "adapter": adapter and str(adapter)}
        self._lines.write(json.dumps(fields).encode() + b"\n")
        self._lines.flush()
        return request

    def _read(self) -> Event:
        event: Event = json.loads(self._lines.readline())
        assert event["event"] != "error", event["message"]
        return event


ASKS = (Line.score, Line.generate, Line.chat)


@pytest.fixture
def line(worker: WorkerProcess, tiny_student: Path) -> Iterator[Line]:
    command = psutil.Process(worker.pid).cmdline()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(command[command.index("serve") + 1])
        yield Line(cast(BinaryIO, connection.makefile("rwb")), tiny_student)


def found(events: Sequence[Event], request: int) -> Found:
    results: Found = {}
    for event in events:
        if event["id"] == request and event["event"] in RESULTS:
            values = event.get("losses", {}) | event.get("divergences", {})
            results |= {int(row): value for row, value in values.items()}
            if "text" in event:
                index = event.get("index", 0)
                results[index] = results.get(index, "") + event["text"]
    return results


def use_new_student(line: Line, folder: Path, adapter: Path | None = None) -> None:
    """Ask about one with nothing loaded on it from now on; its answer to "Hello" ends long before its others."""
    line.student = ending_early(line.student, line.found(line.generate(adapter)), HELLO, folder / "student")


def interrupt(line: Line, bulk: int, adapters: Sequence[Path]) -> tuple[Found, list[Found]]:
    """What bulk work finds that chats with these adapters interrupt after its first result, and what they answer.

    Results that come after the chats are the proof: answers are written in one batch, so this one was interrupted.
    """
    events = line.until_result()
    chats = [line.chat(adapter) for adapter in adapters]
    events += line.until_done(bulk, *chats)
    last = max(place for place, event in enumerate(events) if event["id"] in chats)
    assert found(events[:last], bulk)
    assert found(events[last:], bulk)
    return found(events, bulk), [found(events, chat) for chat in chats]


@pytest.mark.parametrize("work", [Line.generate, Line.score])
def test_an_adapter_that_a_chat_loads_amid_bulk_work_can_be_used_afterwards(
    line: Line, tiny_adapter: Path, tmp_path: Path, work: Any
) -> None:
    use_new_student(line, tmp_path)
    alone = line.found(work(line))
    new = shutil.copytree(tiny_adapter, tmp_path / "adapter")
    of_bulk, (of_chat,) = interrupt(line, work(line), [new])
    assert of_bulk == alone
    # The same weights in their first folder are loaded while nothing else is under way.
    for ask in ASKS:
        assert line.found(ask(line, new)) == line.found(ask(line, tiny_adapter)) != line.found(ask(line))
    assert line.found(line.chat(new)) == of_chat


def test_a_student_that_a_chat_loads_amid_bulk_work_can_be_used_afterwards(
    line: Line, tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    use_new_student(line, tmp_path)
    alone = line.found(line.generate())
    bulk = line.generate()
    events = line.until_result()
    line.student = shutil.copytree(tiny_student, tmp_path / "other student")
    chat = line.chat(tiny_adapter)
    events += line.until_done(chat, bulk)
    assert [event["id"] for event in events if event["event"] == "done"] == [chat, bulk]
    assert found(events, bulk) == alone
    said = [line.found(ask(line, tiny_adapter)) for ask in ASKS]
    line.student = tiny_student  # the same weights, loaded while nothing else is under way
    assert said == [line.found(ask(line, tiny_adapter)) for ask in ASKS]


@pytest.mark.parametrize("work", [Line.generate, Line.divergence])
def test_bulk_work_goes_on_with_its_adapter_after_chats_with_more_than_are_kept(
    line: Line, tiny_adapter: Path, other_tiny_adapter: Path, tmp_path: Path, work: Any
) -> None:
    use_new_student(line, tmp_path, other_tiny_adapter)
    alone = line.found(work(line, other_tiny_adapter))
    new = [shutil.copytree(tiny_adapter, tmp_path / f"adapter {number}") for number in range(6)]
    of_bulk, of_chats = interrupt(line, work(line, other_tiny_adapter), new)
    assert of_bulk == alone
    assert of_chats == [line.found(line.chat(tiny_adapter))] * 6


def test_what_is_drawn_by_seeds_is_the_same_whatever_was_drawn_before_or_draws_in_between(
    line: Line, tmp_path: Path
) -> None:
    line.student = ending_early(line.student, line.found(line.sample()), HELLO, tmp_path / "student")
    alone = line.found(line.sample())
    line.found(line.drawn_chat())
    bulk = line.sample()
    events = line.until_result()
    chats = [line.drawn_chat() for _ in range(3)]
    events += line.until_done(bulk, *chats)
    last = max(place for place, event in enumerate(events) if event["id"] in chats)
    assert found(events[last:], bulk)  # answers are written in one batch, so this one was interrupted
    assert found(events, bulk) == alone != line.found(line.generate())


def test_bulk_work_goes_on_at_its_strength_after_chats_with_its_adapter_at_another(
    line: Line, tiny_adapter: Path, tmp_path: Path
) -> None:
    use_new_student(line, tmp_path, tiny_adapter)
    alone = line.found(line.generate(tiny_adapter, strength=1.5))
    of_bulk, of_chats = interrupt(line, line.generate(tiny_adapter, strength=1.5), [tiny_adapter])
    assert of_bulk == alone != line.found(line.generate(tiny_adapter))
    assert of_chats == [line.found(line.chat(tiny_adapter))]
