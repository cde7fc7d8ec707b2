"""The stages of benchmarks/gpu.py that answer: losses beside the CPU's, drafts in batches, a chat, a merged student."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gpu_bench import Bench, Deadline, Failed, Figures
from gpu_sizes import Size, words

from citing_app.models.merging import merge as merge_adapter
from citing_app.models.student import Done, GenerationRequest, Piece, Started
from citing_app.models.worker_client import WorkerProcess, WorkerStudent
from citing_app.rounds.adapter import adapter_hash

REPEATS = 3
"""How often a batch is written: its rate is the median."""


@contextmanager
def answering(bench: Bench, folder: Path, device: str, dtype: str = "auto") -> Iterator[WorkerStudent]:
    """The student in `folder` in a generation worker of its own, as the app has it."""
    worker = WorkerProcess(bench.log, device, dtype)
    try:
        yield WorkerStudent(worker, str(folder), bench.folder)
    finally:
        worker.stop()


def agree(bench: Bench, size: Size, deadline: Deadline, figures: Figures) -> None:
    """The device computes what float32 on the CPU does: the losses of short answers, with the newest adapter.

    Short, so that they differ from each other by much more than bfloat16 may change them.
    """
    chance, adapter, losses = random.Random(5), bench.adapter(size), []
    pairs = [([user(words(chance, size, 60))], words(chance, size, 1)) for _ in range(16)]
    for device, dtype in ((bench.device, "auto"), ("cpu", "float32")):
        with answering(bench, bench.student(size), device, dtype) as student:
            found = student.losses(pairs, adapter=adapter, cancelled=deadline.check)
        losses.append([loss for loss in found if loss is not None])
    figures["largest_difference_nats"] = max(abs(a - b) for a, b in zip(*losses, strict=True))
    figures["spread_nats"] = statistics.stdev(losses[1])
    if not figures["largest_difference_nats"] < figures["spread_nats"] / 2:
        raise Failed("the device computes other losses than the CPU in float32")


def generate(bench: Bench, size: Size, deadline: Deadline, figures: Figures) -> None:
    """Drafts at several batch sizes with the newest adapter and without one, and one streamed chat."""
    adapter = bench.adapter(size)
    with answering(bench, bench.student(size), bench.device) as student:
        figures["seconds_to_load"] = _load(student, size, deadline)
        figures |= _chat(student, size, adapter, deadline)
        for name, used in (("adapter", adapter), ("base", None)):
            for batch in size.batches:
                rates = _draft_rates(student, size, batch, used, deadline)
                figures[f"{name}_tokens_per_second_at_{batch}"] = statistics.median(rates)
                figures[f"{name}_range_at_{batch}"] = [min(rates), max(rates)]
        figures["held_gb"] = student.worker.device()["held_bytes"] / 2**30


def merge(bench: Bench, size: Size, deadline: Deadline, figures: Figures) -> None:
    """The adapter merged into the student by the app's own export, and drafts of that."""
    folder = bench.folder / f"merged-{size.name}"
    began = time.monotonic()
    merge_adapter(str(bench.student(size)), bench.adapter(size), folder, bench.log, deadline.check)
    figures["seconds_to_merge"] = time.monotonic() - began
    with answering(bench, folder, bench.device) as student:
        batch = size.batches[-1]
        rates = _draft_rates(student, size, batch, None, deadline)
        figures[f"merged_tokens_per_second_at_{batch}"] = statistics.median(rates)


def user(text: str) -> dict[str, str]:
    """`text` as a person's message."""
    return {"role": "user", "content": text}


def _load(student: WorkerStudent, size: Size, deadline: Deadline) -> float:
    began = time.monotonic()
    list(student.generate(_request(size, 1, None, 1), deadline.check))
    return time.monotonic() - began


def _draft_rates(
    student: WorkerStudent, size: Size, batch: int, adapter: Path | None, deadline: Deadline
) -> list[float]:
    """Tokens a second of each of some batches, after a short one that warms up. Raises Failed for one left out."""
    list(student.generate(_request(size, batch, adapter, 4), deadline.check))
    return [_draft_rate(student, _request(size, batch, adapter, size.new_tokens), deadline) for _ in range(REPEATS)]


def _draft_rate(student: WorkerStudent, request: GenerationRequest, deadline: Deadline) -> float:
    events = list(student.generate(request, deadline.check))
    started, done = events[0], events[-1]
    assert isinstance(started, Started)
    assert isinstance(done, Done)
    if started.adapter_hash != (None if request.adapter is None else adapter_hash(request.adapter)):
        raise Failed("another adapter answered")
    if not done.tokens:
        raise Failed("nothing was written")
    return done.tokens / done.seconds


def _request(size: Size, batch: int, adapter: Path | None, tokens: int) -> GenerationRequest:
    chance = random.Random(batch)
    prompts = tuple((user(words(chance, size, size.words // 4)),) for _ in range(batch))
    return GenerationRequest(prompts, adapter, max_new_tokens=tokens, batch_size=batch)


def _chat(student: WorkerStudent, size: Size, adapter: Path, deadline: Deadline) -> Figures:
    """How long the first words of a streamed answer take, and its rate; the first of two warms up."""
    prompt = _request(size, 1, adapter, size.new_tokens).prompts
    for _ in range(2):
        request = GenerationRequest(prompt, adapter, size.new_tokens, stream=True, priority="chat")
        began, pieces = time.monotonic(), []
        for event in student.generate(request, deadline.check):
            if isinstance(event, Piece):
                pieces.append(time.monotonic() - began)
    if len(pieces) < 2:
        raise Failed("the chat brought no pieces")
    return {
        "chat_seconds_to_first_word": pieces[0],
        "chat_words_per_second": (len(pieces) - 1) / (pieces[-1] - pieces[0]),
    }
