"""The teacher over a real HTTP server that speaks the protocol and misbehaves when asked to."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from citing_app.curriculum.prompts import prompt_hash
from citing_app.models.teacher import EndpointTeacher, ReferenceTeacher, RevisionRequest
from citing_app.types import Criterion, Rubric

KEY = "sk-very-secret-0123456789"
RUBRIC = Rubric("explaining", (Criterion("Accurate", "Every statement is true.", "It states a falsehood."),))
DRAFT = "The sky is blue because of magic."


def request(item_id: int = 1, draft: str = DRAFT, reference: str = "") -> RevisionRequest:
    return RevisionRequest(item_id, "Why is the sky blue?", "", reference, draft, RUBRIC)


@dataclass
class Served:
    """What the server does, by the model that is asked for, and what it saw."""

    url: str
    seen: list[dict[str, Any]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def teacher(self, model: str, **options: Any) -> EndpointTeacher:
        return EndpointTeacher(model, self.url, KEY, **{"timeout": 5.0, "retries": 1, **options})


def completion(content: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}


BODIES: dict[str, Any] = {
    "good": completion("The sky is blue because of scattering."),
    "same": completion(DRAFT),
    "fenced": completion("```text\nThe sky is blue because of scattering.\n```"),
    "quoted": completion("“The sky is blue because of scattering.”"),
    "empty": completion("  "),
    "cut": completion("The sky is", finish="length"),
    "filtered": completion(None, finish="content_filter"),
    "refusing": completion(None, refusal="I cannot help with that."),
    "no-choices": {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": []},
    "not-a-completion": {"hello": "world"},
}
STATUSES = {"wrong-key": 401, "unknown-model": 404, "broken": 500, "busy": 429}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        served: Served = self.server.served  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with served.lock:
            served.seen.append({"path": self.path, "key": self.headers["Authorization"], **body})
            before = sum(seen["model"] == body["model"] for seen in served.seen)
            served.under_way += 1
            served.most_under_way = max(served.most_under_way, served.under_way)
        try:
            self.answer(body["model"], before)
        finally:
            with served.lock:
                served.under_way -= 1

    def answer(self, model: str, times: int) -> None:
        if model == "slow":
            time.sleep(0.1)
        if model == "hanging":
            time.sleep(2.0)
        if model == "html":
            self.reply(200, b"<html>Welcome</html>", "text/html")
        elif model in STATUSES or (model == "busy-once" and times == 1):
            error = {"error": {"message": f"Incorrect API key provided: {KEY}", "type": "error"}}
            self.reply(STATUSES.get(model, 429), json.dumps(error).encode())
        else:
            self.reply(200, json.dumps(BODIES.get(model, BODIES["good"])).encode())

    def reply(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served() -> Iterator[Served]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.served = Served(f"http://127.0.0.1:{server.server_port}/v1")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.served  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_revision_carries_its_text_prompt_and_cost(served: Served) -> None:
    reply = served.teacher("good").revise(request(7))
    assert (reply.outcome, reply.text) == ("ok", "The sky is blue because of scattering.")
    assert (reply.item_id, reply.model, reply.tokens_in, reply.tokens_out) == (7, "good", 11, 7)
    assert reply.prompt_hash == prompt_hash("teacher_revision")
    assert reply.seconds > 0
    assert reply.edits == ()
    (seen,) = served.seen
    assert (seen["path"], seen["key"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert seen["max_completion_tokens"] == 4096
    assert all(text in seen["messages"][0]["content"] for text in (DRAFT, "Why is the sky blue?", "Accurate"))


@pytest.mark.parametrize("model", ["fenced", "quoted"])
def test_a_fence_or_quotes_around_the_whole_reply_are_dropped(served: Served, model: str) -> None:
    reply = served.teacher(model).revise(request())
    assert reply.text == "The sky is blue because of scattering."
    assert reply.raw == BODIES[model]["choices"][0]["message"]["content"]


def test_a_fence_stays_where_the_draft_has_one(served: Served) -> None:
    reply = served.teacher("fenced").revise(request(draft="```text\nblue\n```"))
    assert reply.text is not None
    assert reply.text.startswith("```text")


def test_an_unchanged_draft_is_its_own_outcome(served: Served) -> None:
    reply = served.teacher("same").revise(request(draft=f"{DRAFT}\n"))
    assert (reply.outcome, reply.text) == ("unchanged", DRAFT)


@pytest.mark.parametrize(
    ("model", "outcome", "reason"),
    [
        ("empty", "empty", "is empty"),
        ("cut", "truncated", "cut off"),
        ("filtered", "filtered", "content filter"),
        ("refusing", "refused", "refused to revise"),
        ("no-choices", "malformed", "not a chat completion"),
        ("not-a-completion", "malformed", "not a chat completion"),
        ("html", "malformed", "not a chat completion"),
        ("wrong-key", "failed", "check the key"),
        ("unknown-model", "failed", "does not know this model"),
        ("broken", "failed", "500"),
        ("busy", "failed", "limits the rate"),
    ],
)
def test_each_failure_has_its_outcome_and_a_reason_without_the_key(
    served: Served, model: str, outcome: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    teacher = served.teacher(model)
    with caplog.at_level(logging.DEBUG):
        reply = teacher.revise(request())
    assert (reply.outcome, reply.text) == (outcome, None)
    assert reply.reason is not None
    assert reason in reply.reason
    assert KEY not in repr(teacher) + str(teacher) + repr(reply)
    assert f"Bearer {KEY}" not in caplog.text


def test_a_rate_limit_is_waited_out(served: Served) -> None:
    started = time.monotonic()
    reply = served.teacher("busy-once").revise(request())
    assert reply.outcome == "ok"
    assert len(served.seen) == 2
    assert time.monotonic() - started >= 1.0


def test_a_server_that_hangs_is_given_up(served: Served) -> None:
    reply = served.teacher("hanging", timeout=0.3, retries=0).revise(request())
    assert reply.outcome == "failed"
    assert reply.reason is not None
    assert "in time" in reply.reason
    assert reply.seconds < 1.5


def test_a_server_that_is_not_there_is_named_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    reply = EndpointTeacher("m", f"http://127.0.0.1:{port}/v1", retries=0).revise(request())
    assert reply.outcome == "failed"
    assert reply.reason is not None
    assert "could not be reached" in reply.reason


def test_requests_run_side_by_side_within_the_bound(served: Served) -> None:
    teacher = served.teacher("slow", concurrency=3)
    replies = list(teacher.revise_all(request(number) for number in range(9)))
    assert sorted(reply.item_id for reply in replies) == list(range(9))
    assert served.most_under_way == 3


def test_after_cancelling_nothing_more_is_sent_and_what_was_sent_is_kept(served: Served) -> None:
    replies: list[int] = []
    teacher = served.teacher("slow", concurrency=2)
    for reply in teacher.revise_all((request(number) for number in range(50)), cancelled=lambda: len(replies) >= 3):
        replies.append(reply.item_id)
    assert len(replies) == len(served.seen) <= 6


def test_a_connection_check_is_one_sentence(served: Served) -> None:
    assert served.teacher("good").check().startswith("good answered in ")
    assert "check the key" in served.teacher("wrong-key").check()


def test_the_reference_teacher_gives_the_data_sets_answer_and_invents_nothing() -> None:
    given, missing = ReferenceTeacher().revise_all([request(1, reference=" Scattering. "), request(2)])
    assert (given.outcome, given.text, given.edits, given.model) == ("ok", "Scattering.", (), "reference")
    assert (missing.outcome, missing.text) == ("failed", None)
    assert missing.reason == "This instruction has no reference answer."


def test_transformers_serve_is_a_teacher(bundled_student: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("transformers")
    command = [str(program), "serve", str(bundled_student), "--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "serve.log").open("w") as output:
        server = subprocess.Popen([*command, "--device", "cpu", "--dtype", "float32"], stdout=output, stderr=output)
    try:
        assert _healthy(port, server), (tmp_path / "serve.log").read_text()[-2000:]
        teacher = EndpointTeacher(
            str(bundled_student), f"http://127.0.0.1:{port}/v1", timeout=120.0, retries=0, max_tokens=48
        )
        reply = teacher.revise(request())
    finally:
        server.terminate()
        server.wait()
    assert reply.outcome in ("ok", "unchanged", "truncated"), reply.reason
    assert reply.raw
    assert reply.tokens_out is not None
    assert reply.tokens_out <= 48


def _healthy(port: int, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            time.sleep(0.3)
    return False
