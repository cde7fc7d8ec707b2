"""A student behind a server that speaks vLLM's endpoints: answers, adapters, and everything that can go wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.served_student import ServedStudent
from citing_app.models.student import Finished, GenerationRequest, Skipped, Started
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from tests.models.test_student import EchoStudent


@dataclass
class Server:
    """What a vLLM server would know, and what it was asked."""

    base: str = "the-student"
    lists: int | None = None
    loads: bool = True
    seconds: float = 0.0
    adapters: dict[str, str] = field(default_factory=dict)
    under_way: int = 0
    most: int = 0
    asked: int = 0
    seeds: list[tuple[str, int]] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    switches: list[Any] = field(default_factory=list)
    is_plain: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/v1/models" and self.lists is not None:
            return self.lists, {"object": "list", "data": []}
        if path == "/v1/models":
            names = [self.base, *self.adapters]
            return 200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
        if path == "/v1/load_lora_adapter":
            return self._load(body)
        if body["model"] not in (self.base, *self.adapters):
            return 404, {"error": {"message": "no such model"}}
        self.switches.append(body.get("chat_template_kwargs"))
        if self.is_plain and "chat_template_kwargs" in body:
            return 400, {"error": {"message": "Unknown field"}}
        text = body["messages"][-1]["content"]
        if text == "long":
            return 400, {"error": {"message": "This model's maximum context length is 8 tokens."}}
        said = text if "think>" in text else f"{body['model'][:6]} says {text} {body['max_tokens']}"
        message = {"role": "assistant", "content": said}
        if text == "ponder":
            message = {"role": "assistant", "content": None, "reasoning_content": "Hm."}
        if text == "hidden":
            message["content"] = ""
        seed, is_short = body.get("seed"), body["max_tokens"] < 3
        self.seeds += [] if seed is None else [(text, seed)]
        choice = {"index": 0, "message": message, "finish_reason": "length" if is_short else "stop"}
        return 200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m"} | {
            "choices": [choice],
            "usage": {"prompt_tokens": 1, "completion_tokens": 9, "total_tokens": 10},
        }

    def _load(self, body: dict[str, Any]) -> tuple[int, Any]:
        if not self.loads:
            return 404, {"detail": "Not Found"}
        if not (Path(body["lora_path"]) / WEIGHTS).is_file():
            return 400, {"error": {"message": "No adapter found there"}}
        self.adapters[body["lora_name"]] = body["lora_path"]
        return 200, f"Success: LoRA adapter '{body['lora_name']}' added successfully."


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send({})

        def do_POST(self) -> None:
            self._send(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _send(self, body: dict[str, Any]) -> None:
            is_chat = self.path.endswith("/chat/completions")
            with server.lock:
                server.keys.add(self.headers.get("authorization"))
                server.asked += is_chat
                server.under_way += is_chat
                server.most = max(server.most, server.under_way)
            if is_chat:
                time.sleep(server.seconds)
            status, said = server.answer(self.path, body)
            with server.lock:
                server.under_way -= is_chat
            if body.get("stream") and status == 200:
                message = said["choices"][0]["message"]
                words = (message["content"] or "").split(" ")
                deltas = [{"content": f"{word} "} for word in words] if message["content"] else [message]
                pieces = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
                lines = [f"data: {json.dumps(piece)}\n\n" for piece in pieces]
                self._write(status, "text/event-stream", "".join([*lines, "data: [DONE]\n\n"]))
            elif isinstance(said, str):
                self._write(status, "text/plain", said)
            else:
                self._write(status, "application/json", json.dumps(said))

        def _write(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()


@pytest.fixture
def student(url: str, tmp_path: Path) -> ServedStudent:
    folder = tmp_path / "the-student"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"")
    return ServedStudent(url, str(folder), tmp_path, EchoStudent(), adapter_hash)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / WEIGHTS).write_bytes(b"weights")
    return folder


def prompts(*texts: str) -> list[list[dict[str, str]]]:
    return [[{"role": "user", "content": text}] for text in texts]


def test_the_base_answers_many_prompts_at_once(server: Server, student: ServedStudent) -> None:
    server.base, server.seconds = student.name, 0.1
    answers = dict(student.complete(prompts(*map(str, range(40))), max_new_tokens=5))  # type: ignore[arg-type]
    assert answers == {n: f"{student.name[:6]} says {n} 5" for n in range(40)}
    assert 2 <= server.most <= 32


def test_a_thought_is_no_part_of_a_draft(server: Server, student: ServedStudent) -> None:
    server.base = student.name
    asked = prompts("<think>Hm.</think>Blue.", "Hm.\n</think>\n\nBlue.", "<think>\nHm.")
    assert dict(student.complete(asked)) == {0: "Blue.", 1: "Blue."}  # type: ignore[arg-type]


def test_what_a_reasoning_parser_leaves_empty_is_no_draft(server: Server, student: ServedStudent) -> None:
    server.base = student.name
    assert [at for at, _ in student.complete(prompts("ponder", "hidden", "Blue?"))] == [2]  # type: ignore[arg-type]
    with pytest.raises(CitingError, match="only thought and gave no answer"):
        list(student.stream(prompts("ponder")[0]))  # type: ignore[arg-type]


def test_a_server_is_asked_for_no_thoughts_and_one_that_takes_no_such_wish_answers_too(
    server: Server, student: ServedStudent
) -> None:
    server.base = student.name
    list(student.complete(prompts("a")))  # type: ignore[arg-type]
    assert server.switches == [{"enable_thinking": False, "thinking": False, "thinking_budget": 0}]
    server.is_plain = True
    assert [at for at, _ in student.complete(prompts("a"))] == [0]  # type: ignore[arg-type]
    assert server.switches[-1] is None


def test_the_key_goes_to_the_server_and_nowhere_else(server: Server, student: ServedStudent) -> None:
    server.base = student.name
    list(replace(student, key=" sk-a-key\n").complete(prompts("a")))  # type: ignore[arg-type]
    assert server.keys == {"Bearer sk-a-key"}
    assert "sk-a-key" not in repr(replace(student, key="sk-a-key"))
    with pytest.raises(CitingError, match="CITING_STUDENT_KEY holds a character"):
        list(replace(student, key="sk-\u2026").complete(prompts("a")))  # type: ignore[arg-type]


def test_an_adapter_is_loaded_once_and_named_after_its_weights(
    server: Server, student: ServedStudent, adapter: Path
) -> None:
    for _ in range(2):
        request = GenerationRequest(tuple(map(tuple, prompts("a"))), adapter=adapter)  # type: ignore[arg-type]
        events = list(student.generate(request))
        assert events[0] == Started(adapter_hash(adapter))
        assert [event.text for event in events if isinstance(event, Finished)] == ["citing says a 160"]
    assert server.adapters == {f"citing-{adapter_hash(adapter)[:20]}": str(adapter)}
    (adapter / WEIGHTS).write_bytes(b"other weights")
    list(student.complete(prompts("a"), adapter=adapter))  # type: ignore[arg-type]
    assert len(server.adapters) == 2


def test_an_answer_is_streamed_and_says_who_gives_it(student: ServedStudent, adapter: Path) -> None:
    heard: list[str | None] = []
    pieces = list(student.stream(prompts("a b")[0], adapter=adapter, on_started=heard.append))  # type: ignore[arg-type]
    assert pieces == ["citing ", "says ", "a ", "b ", "512 "]
    assert heard == [adapter_hash(adapter)]


def test_a_prompt_that_is_too_long_is_skipped_with_the_reason(server: Server, student: ServedStudent) -> None:
    server.base = student.name
    request = GenerationRequest(tuple(map(tuple, prompts("a", "long"))))  # type: ignore[arg-type]
    skipped = [event for event in student.generate(request) if isinstance(event, Skipped)]
    assert [(one.index, "maximum context length is 8" in one.reason) for one in skipped] == [(1, True)]
    with pytest.raises(CitingError, match="maximum context length"):
        list(student.stream(prompts("long")[0]))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [404, 500, 200])
def test_a_server_that_lists_no_model_is_asked_by_name(status: int, server: Server, student: ServedStudent) -> None:
    server.base, server.lists = student.name, status
    answers = dict(student.complete(prompts("a")))  # type: ignore[arg-type]
    assert answers == {0: f"{student.name[:6]} says a 160"}


def test_what_the_server_cannot_do_is_one_sentence(server: Server, student: ServedStudent, adapter: Path) -> None:
    with pytest.raises(CitingError, match=r"serves the-student, and not /.*: start it with that model under that name"):
        list(student.complete(prompts("a")))  # type: ignore[arg-type]
    server.loads = False
    with pytest.raises(CitingError, match="start it with --enable-lora"):
        list(student.complete(prompts("a"), adapter=adapter))  # type: ignore[arg-type]
    weaker = GenerationRequest(tuple(map(tuple, prompts("a"))), adapter=adapter, strength=0.5)  # type: ignore[arg-type]
    with pytest.raises(CitingError, match="knows no strength but 1; blend the round"):
        list(student.generate(weaker))
    nobody = ServedStudent("http://127.0.0.1:9/v1", student.name, student.cache, student.local, adapter_hash)
    with pytest.raises(CitingError, match="does not answer"):
        list(nobody.complete(prompts("a")))  # type: ignore[arg-type]


def test_a_cancel_ends_what_is_under_way(server: Server, student: ServedStudent) -> None:
    server.base, server.seconds = student.name, 0.3
    cancelled = threading.Event()
    answers = student.complete(prompts(*"abcdefgh" * 20), cancelled=cancelled.is_set)  # type: ignore[arg-type]
    next(answers)
    cancelled.set()
    with pytest.raises(Cancelled):
        list(answers)
    before = -1
    while server.asked != before:  # what was on its way then arrives, on a busy machine late
        before = server.asked
        time.sleep(1.0)
    assert before < len("abcdefgh" * 20)


def test_losses_are_taken_by_the_local_student(student: ServedStudent) -> None:
    pairs = [(prompts("a")[0], "b")]
    assert student.losses(pairs) == student.local.losses(pairs)  # type: ignore[arg-type]
    with pytest.raises(CitingError, match="cannot tell how far"):
        student.divergences(pairs)  # type: ignore[arg-type]


def test_each_prompt_goes_with_its_own_seed_and_a_cut_answer_says_so(server: Server, student: ServedStudent) -> None:
    server.base = student.name
    for most, is_cut in ((2, True), (3, False)):
        asked = tuple(map(tuple, prompts("a", "a")))
        events = list(student.generate(GenerationRequest(asked, max_new_tokens=most, temperature=0.85, seeds=(3, 4))))  # type: ignore[arg-type]
        assert [event.is_cut for event in events if isinstance(event, Finished)] == [is_cut, is_cut]
    assert sorted(server.seeds) == [("a", 3), ("a", 3), ("a", 4), ("a", 4)]


def test_a_server_on_this_machine_is_asked_through_no_proxy(
    student: ServedStudent, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.base = student.name
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    events = list(student.generate(GenerationRequest(tuple(map(tuple, prompts("hello"))))))  # type: ignore[arg-type]
    assert len([event for event in events if isinstance(event, Finished)]) == 1
