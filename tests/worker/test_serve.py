"""The generation worker: a real process, a real socket, a tiny random student."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import psutil
import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.student import DoesNotFit, Done, Finished, GenerationRequest, Skipped, Started, Writing
from citing_app.models.worker_client import WorkerProcess, WorkerStopped, WorkerStudent
from citing_app.types import Message
from tests.tiny_models import ending_early

QUESTIONS = [
    "Why is the sky blue?",
    "Name a colour, please, and say why you chose it.",
    "Hello",
    "What is two and two?",
]


def asked(question: str) -> tuple[Message, ...]:
    return ({"role": "user", "content": question},)


PROMPTS = tuple(map(asked, QUESTIONS))


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    process = WorkerProcess(tmp_path_factory.mktemp("worker") / "worker.log", device="cpu", dtype="float32")
    yield process
    process.stop()


@pytest.fixture
def student(worker: WorkerProcess, tiny_student: Path, tmp_path: Path) -> WorkerStudent:
    return WorkerStudent(worker, str(tiny_student), tmp_path)


def answers(student: WorkerStudent, adapter: Path | None = None, batch_size: int | None = None) -> list[str]:
    found = dict(student.complete(PROMPTS, adapter=adapter, max_new_tokens=24, batch_size=batch_size))
    return [found[index] for index in range(len(PROMPTS))]


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_the_device_says_what_computes(worker: WorkerProcess) -> None:
    report = worker.device()
    assert (report["device"], report["dtype"]) == ("cpu", "float32")
    assert 0 < report["free_bytes"] <= report["total_bytes"]
    assert report["name"]


def test_a_batch_answers_each_prompt_as_it_is_answered_alone(student: WorkerStudent) -> None:
    together = answers(student, batch_size=4)
    assert together == answers(student, batch_size=1)
    assert len(set(together)) == len(QUESTIONS)


def test_a_student_without_a_chat_template_answers_too(
    worker: WorkerProcess, tiny_student_without_template: Path, tmp_path: Path
) -> None:
    student = WorkerStudent(worker, str(tiny_student_without_template), tmp_path)
    assert all(answers(student))


def test_streamed_pieces_join_to_the_whole_answer(student: WorkerStudent) -> None:
    pieces = list(student.stream(PROMPTS[0], max_new_tokens=24))
    assert len(pieces) > 3
    assert "".join(pieces) == answers(student)[0]


def test_an_adapter_answers_under_its_own_hash_and_leaves_the_base_as_it_was(
    student: WorkerStudent, tiny_adapter: Path, other_tiny_adapter: Path
) -> None:
    base = answers(student)
    heard: list[str | None] = []
    for adapter in (tiny_adapter, other_tiny_adapter, None):
        list(student.stream(PROMPTS[0], adapter=adapter, max_new_tokens=2, on_started=heard.append))
    digests = [
        hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()
        for folder in (tiny_adapter, other_tiny_adapter)
    ]
    assert heard == [*digests, None]
    assert len({tuple(base), tuple(answers(student, tiny_adapter)), tuple(answers(student, other_tiny_adapter))}) == 3
    assert answers(student) == base


def test_an_adapter_whose_file_changed_is_loaded_again(
    student: WorkerStudent, tiny_adapter: Path, other_tiny_adapter: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_adapter, tmp_path / "adapter")
    before = answers(student, folder)
    shutil.copy(other_tiny_adapter / "adapter_model.safetensors", folder)
    assert answers(student, folder) == answers(student, other_tiny_adapter) != before


def test_an_adapter_without_safetensors_is_refused(student: WorkerStudent, tiny_adapter: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_adapter, tmp_path / "adapter")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    with pytest.raises(CitingError, match="safetensors"):
        answers(student, folder)


def test_an_adapter_of_another_student_is_refused_and_changes_nothing(
    student: WorkerStudent, tiny_adapter: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    base = answers(student)
    folder = shutil.copytree(tiny_adapter, tmp_path / "adapter")
    weights = {name: array[:, :-1].copy() for name, array in load_file(folder / "adapter_model.safetensors").items()}
    save_file(weights, folder / "adapter_model.safetensors", {"format": "pt"})
    with pytest.raises(CitingError, match="does not fit this student"):
        answers(student, folder)
    assert answers(student) == base


def test_a_prompt_longer_than_the_context_is_skipped_with_the_reason(student: WorkerStudent) -> None:
    request = GenerationRequest(prompts=(asked("blue " * 2000), PROMPTS[0]), max_new_tokens=8)
    events = list(student.generate(request))
    skipped = [event for event in events if isinstance(event, Skipped)]
    assert [event.index for event in skipped] == [0]
    assert "can read 504" in skipped[0].reason
    assert [event.index for event in events if isinstance(event, Finished)] == [1]


def test_an_answer_is_sent_when_it_ends_not_with_its_batch(
    student: WorkerStudent, tiny_student: Path, tmp_path: Path
) -> None:
    """The shortest prompt is the last row of its batch; a token that only its answer holds now ends an answer."""
    hello = QUESTIONS.index("Hello")
    written = dict(student.complete(PROMPTS, max_new_tokens=400))
    cut_short = ending_early(tiny_student, written, hello, tmp_path / "cut short")
    found = WorkerStudent(student.worker, str(cut_short), tmp_path).complete(PROMPTS, max_new_tokens=400, batch_size=4)
    index, answer = next(found)
    assert index == hello
    assert written[hello].startswith(answer)
    assert {index for index, _ in found} == set(range(4)) - {hello}


def test_each_answer_says_whether_it_ended_by_itself(student: WorkerStudent) -> None:
    def written(most: int) -> dict[int, Finished]:
        events = student.generate(GenerationRequest(prompts=PROMPTS, max_new_tokens=most))
        return {event.index: event for event in events if isinstance(event, Finished)}

    whole, some = written(400), written(100)
    assert not any(event.is_cut for event in whole.values())
    assert {index: event.is_cut for index, event in some.items()} == {
        index: event.text != whole[index].text for index, event in some.items()
    }
    assert 0 < sum(event.is_cut for event in some.values()) < 4


def test_a_conversation_that_does_not_fit_says_how_much_of_it_would(student: WorkerStudent) -> None:
    words = ["sky"] * 2000
    with pytest.raises(DoesNotFit, match="shorten it") as refused:
        list(student.stream(asked(" ".join(words)), max_new_tokens=4))
    fitting = " ".join(words[: int(0.95 * refused.value.share * len(words))])
    assert list(student.stream(asked(fitting), max_new_tokens=4, seed=1, temperature=1.0))
    with pytest.raises(DoesNotFit):
        list(student.stream(asked(fitting), max_new_tokens=200, room=200))


def test_an_answer_that_is_drawn_depends_on_its_seed_and_not_on_its_batch(student: WorkerStudent) -> None:
    def drawn(prompts: tuple[tuple[Message, ...], ...], *seeds: int, batch_size: int = 8) -> list[str]:
        request = GenerationRequest(prompts, max_new_tokens=24, temperature=1.0, seeds=seeds, batch_size=batch_size)
        found = {event.index: event.text for event in student.generate(request) if isinstance(event, Finished)}
        return [found[index] for index in range(len(prompts))]

    five = drawn(PROMPTS[:1] * 5, 1, 2, 3, 1, 4)
    assert five[0] == five[3]
    assert len(set(five)) == 4
    assert drawn(PROMPTS[:1] * 5, 1, 2, 3, 1, 4, batch_size=2) == five
    assert drawn(PROMPTS[:1] * 2, 4, 3) == [five[4], five[2]]


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    import torch

    from citing_app.worker.drawing import Drawing

    scores = torch.tensor([[2.0, 0.0, float("-inf"), 1.0]]).repeat(4000, 1)
    drawn = Drawing(0.5, range(4000))(None, scores).argmax(-1).bincount(minlength=4) / 4000
    assert torch.allclose(drawn, torch.softmax(scores[0] / 0.5, -1), atol=0.02)


def test_a_likelihood_is_the_loss_of_the_whole_answer(student: WorkerStudent, tiny_adapter: Path) -> None:
    pairs = [(PROMPTS[0], "blue"), (PROMPTS[1], "The air scatters blue light."), (asked("blue " * 2000), "blue")]
    for adapter in (None, tiny_adapter):
        losses, whole = student.losses(pairs, adapter=adapter), student.likelihoods(pairs, adapter=adapter)
        assert (losses[2], whole[2]) == (None, None)
        lengths = [-value / loss for value, loss in zip(whole, losses, strict=True) if value and loss]
        assert lengths == pytest.approx([round(one) for one in lengths])
        assert 2 <= lengths[0] < lengths[1]


def test_a_long_request_tells_about_once_a_second_how_far_it_is(student: WorkerStudent) -> None:
    request = GenerationRequest(prompts=PROMPTS * 10, max_new_tokens=400, batch_size=1)
    events = list(student.generate(request))
    told = [event.answers for event in events if isinstance(event, Writing)]
    assert 0 < told[0] < told[-1] < 40
    assert told == sorted(told)
    (seconds,) = (event.seconds for event in events if isinstance(event, Done))
    assert len(told) <= seconds


def test_a_request_ends_with_its_tokens_and_seconds(student: WorkerStudent) -> None:
    first, *_, last = student.generate(GenerationRequest(prompts=PROMPTS[:1], max_new_tokens=8))
    assert first == Started(None)
    assert isinstance(last, Done)
    assert 0 < last.tokens <= 8
    assert last.seconds > 0


def test_no_prompts_need_no_answers(student: WorkerStudent) -> None:
    assert list(student.complete([])) == []


def test_a_chat_overtakes_a_batch_under_way_and_does_not_change_it(student: WorkerStudent, tiny_adapter: Path) -> None:
    request = GenerationRequest(prompts=PROMPTS * 8, max_new_tokens=200, batch_size=32)
    alone = sorted((e.index, e.text) for e in student.generate(request) if isinstance(e, Finished))
    bulk = student.generate(request)
    assert next(bulk) == Started(None)
    finished: list[Finished] = []
    reader = threading.Thread(target=lambda: finished.extend(e for e in bulk if isinstance(e, Finished)))
    reader.start()
    chat = "".join(student.stream(PROMPTS[0], adapter=tiny_adapter, max_new_tokens=8))
    assert chat
    assert not finished
    reader.join()
    assert sorted((event.index, event.text) for event in finished) == alone


def test_divergences_come_by_row_and_the_base_has_none(student: WorkerStudent, tiny_adapter: Path) -> None:
    pairs = [(PROMPTS[0], "Blue."), (PROMPTS[1], "word " * 600), (PROMPTS[2], "")]
    near, unread, ended = student.divergences(pairs, adapter=tiny_adapter)
    assert near is not None
    assert ended is not None
    assert near != ended
    assert min(near, ended) > 0
    assert unread is None
    assert student.divergences(pairs) == [0.0, None, 0.0]
    assert student.losses(pairs, adapter=tiny_adapter) != student.losses(pairs)  # nothing stays switched


def test_closing_a_stream_stops_its_work_within_a_moment(student: WorkerStudent) -> None:
    long = student.generate(GenerationRequest(prompts=PROMPTS * 64, max_new_tokens=400, batch_size=1))
    assert isinstance(next(long), Started)
    cast(Generator[object, None, None], long).close()
    started = time.monotonic()
    assert len(list(student.complete(PROMPTS[:1], max_new_tokens=1))) == 1
    assert time.monotonic() - started < 30  # it would take minutes


def test_a_cancelled_request_says_so_after_what_had_finished(student: WorkerStudent) -> None:
    request = GenerationRequest(prompts=PROMPTS * 64, max_new_tokens=200, batch_size=1)
    seen: list[object] = []
    events = student.generate(request, cancelled=lambda: len(seen) > 3)
    with pytest.raises(Cancelled):
        seen.extend(events)
    assert 3 < len(seen) < 64


def test_a_cancel_line_ends_its_target(worker: WorkerProcess, tiny_student: Path) -> None:
    worker.device()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_path(worker)))
        lines = cast(BinaryIO, connection.makefile("rwb"))
        send_line(
            lines,
            id="a",
            op="generate",
            model=str(tiny_student),
            prompts=PROMPTS * 64,
            max_new_tokens=400,
            batch_size=1,
        )
        assert read_line(lines)["event"] == "started"
        send_line(lines, id="b", op="cancel", target="a")
        while (event := read_line(lines))["event"] != "done":
            assert event["event"] == "finished"
    assert event["id"] == "a"
    assert event["seconds"] < 10


def test_only_this_user_can_reach_the_socket(worker: WorkerProcess) -> None:
    worker.device()
    path = socket_path(worker)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_fault_in_one_request_is_one_sentence_and_leaves_the_worker_running(
    worker: WorkerProcess, student: WorkerStudent
) -> None:
    worker.device()
    pid = worker.pid
    with pytest.raises(CitingError, match="unexpected fault; its log says more"):
        list(worker.request("generate", model=student.name))
    assert answers(student)
    assert worker.pid == pid


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set from outside with prlimit, which is Linux's")
def test_a_batch_that_does_not_fit_in_memory_is_halved_until_it_does(tiny_student: Path, tmp_path: Path) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", device="cpu", dtype="float32")
    student = WorkerStudent(worker, str(tiny_student), tmp_path)
    prompts = [asked(f"{number:03} " * 110) for number in range(256)]
    try:
        alone = dict(student.complete(prompts[:2], max_new_tokens=2, batch_size=1))
        process = psutil.Process(worker.pid)
        limit = process.memory_info().vms + 24_000_000
        process.rlimit(psutil.RLIMIT_AS, (limit, limit))
        found = dict(student.complete(prompts, max_new_tokens=2, batch_size=256))
    finally:
        worker.stop()
    assert "out of memory with 256 answers at once" in (tmp_path / "worker.log").read_text()
    assert sorted(found) == list(range(256))
    assert (found[0], found[1]) == (alone[0], alone[1])


def test_a_killed_worker_keeps_what_it_finished_and_is_started_again(student: WorkerStudent) -> None:
    bulk = student.complete(PROMPTS * 64, max_new_tokens=100, batch_size=4)
    finished = dict(itertools.islice(bulk, 5))
    killed = student.worker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(WorkerStopped, match="was killed, most often because memory ran out"):
        finished.update(bulk)
    assert 5 <= len(finished) < 256
    again = dict(student.complete(PROMPTS, max_new_tokens=100, batch_size=4))
    assert student.worker.pid != killed
    assert all(again[index % 4] == text for index, text in finished.items())


def test_a_worker_sent_away_gives_its_memory_back_and_says_so(student: WorkerStudent) -> None:
    bulk = student.generate(GenerationRequest(prompts=PROMPTS * 64, max_new_tokens=400, batch_size=1))
    next(bulk)
    pid = student.worker.pid
    assert pid is not None
    student.worker.stop()
    assert student.worker.pid is None
    assert not psutil.pid_exists(pid)
    with pytest.raises(WorkerStopped, match="was stopped to make room"):
        list(bulk)


def test_the_worker_has_no_secret_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-secret")
    monkeypatch.setenv("CITING_TEACHER_KEY", "sk-a-secret")
    worker = WorkerProcess(tmp_path / "worker.log")
    try:
        worker.device()
        environment = psutil.Process(worker.pid).environ()
    finally:
        worker.stop()
    assert "sk-a-secret" not in environment.values()
    assert "PATH" in environment


def test_the_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from citing_app.models.worker_client import WorkerProcess\n"
        f"worker = WorkerProcess(Path({str(tmp_path / 'worker.log')!r})); worker.device()\n"
        "print(worker.pid, flush=True); os._exit(0)"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pid = int(child.stdout)
    assert eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_worker_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", device="--no-such-option")
    with pytest.raises(WorkerStopped, match=r"worker\.log says why"):
        worker.device()
    assert "usage" in (tmp_path / "worker.log").read_text()


def socket_path(worker: WorkerProcess) -> Path:
    command = psutil.Process(worker.pid).cmdline()
    return Path(command[command.index("serve") + 1])


def send_line(lines: BinaryIO, **fields: object) -> None:
    lines.write(json.dumps(fields).encode() + b"\n")
    lines.flush()


def read_line(lines: BinaryIO) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(lines.readline())
    return event
