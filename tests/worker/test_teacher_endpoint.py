"""A model behind a real HTTP server: what each of its words and silences means."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from citing_app.models.chat_model import Call, Fault, Reply
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.pace import Limits

KEY = "sk-very-secret-0123456789"
CALL = Call(({"role": "user", "content": "Why is the sky blue?"},), 64)
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}}


def completion(content: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}


BODIES: dict[str, Any] = {
    "cut": completion("The sky is", finish="length"),
    "filtered": completion(None, finish="content_filter"),
    "refusing": completion(None, refusal="I cannot help with that."),
    "echoing": completion(f"Your key is {KEY}."),
    "surrogate": completion("Half a pair: \ud83d."),
    "no-usage": {**completion("Blue."), "usage": None},
    "vast-usage": {**completion("Blue."), "usage": {"prompt_tokens": 10**30, "completion_tokens": 10**30}},
    "parts": completion([{"type": "text"}]),  # type: ignore[arg-type]
    "text-parts": completion([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Blue."}]),  # type: ignore[arg-type]
    "thinking": completion(None, reasoning_content="Half a pair: \ud83d."),
    "thinking-on": completion("", finish="length", reasoning="Hm."),
    "thinking-beside": completion("Blue.", reasoning_content="Hm."),
    "number": completion(7),  # type: ignore[arg-type]
    "no-message": {**completion(None), "choices": [{"index": 0, "message": "Blue.", "finish_reason": "stop"}]},
    "no-choices": {**completion(None), "choices": []},
    "not-a-completion": {"hello": "world"},
    "no-list": {**completion(None), "choices": {"0": {}}},
    "odd-finish": completion("Blue.", finish=["stop"]),  # type: ignore[arg-type]
}
RAW = {
    "no-body": b"",
    "cut-json": b'{"id": "x", "choices": [{"mess',
    "no-text": b'{"id": "\xff"}',
    "deep": b"[" * 100_000,
    "vast-number": b'{"id": 1' + b"0" * 5_000 + b"}",
}
STATUSES = {"wrong-key": 401, "forbidden": 403, "unknown-model": 404, "too-long": 400, "broken": 500, "busy": 429}
STATUSES |= {"no-credit": 429, "gateway": 504, "bad-gateway": 502}


@dataclass
class Served:
    """What the server does, by the model that is asked for, and what it saw."""

    url: str
    seen: list[dict[str, Any]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        served: Served = self.server.served  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        served.seen.append(
            {"path": self.path, "headers": {name.lower(): text for name, text in self.headers.items()}, **body}
        )
        model = body["model"]
        if model == "hanging":
            time.sleep(1.5)
        if model == "resetting":
            self.close_connection = True
        elif model == "html":
            self.reply(200, b"<html>Welcome</html>", "text/html")
        elif model == "plain" and "response_format" in body:
            self.reply(400, b'{"error": {"message": "response_format is not known"}}')
        elif model in STATUSES:
            code = "insufficient_quota" if model == "no-credit" else None
            error = {"error": {"message": f"Incorrect API key provided: {KEY}", "type": "error", "code": code}}
            self.reply(STATUSES[model], json.dumps(error).encode())
        elif model in RAW:
            self.reply(200, RAW[model])
        else:
            self.reply(200, json.dumps(BODIES.get(model, completion("Blue."))).encode())

    def reply(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-ratelimit-remaining-requests", "7")
        if status == 429:
            self.send_header("Retry-After", "1.5")
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


def send(url: str, name: str, call: Call = CALL, timeout: float = 5.0) -> Reply | Fault:
    async def once() -> Reply | Fault:
        async with OpenAIModel(name, url, KEY, timeout=timeout).session() as ask:
            return await ask(call, "the-key-of-the-call")

    return asyncio.run(once())


def test_a_reply_carries_its_text_its_tokens_and_the_limits(served: Served) -> None:
    assert send(served.url, "good") == Reply("Blue.", "stop", False, 11, 7, Limits(requests_left=7))
    (seen,) = served.seen
    assert seen["path"] == "/v1/chat/completions"
    assert seen["headers"]["authorization"] == f"Bearer {KEY}"
    assert seen["headers"]["idempotency-key"] == "the-key-of-the-call"
    assert (seen["max_completion_tokens"], seen["max_tokens"]) == (64, 64)
    assert "response_format" not in seen


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("cut", ("The sky is", "length", False)),
        ("filtered", ("", "content_filter", False)),
        ("refusing", ("", "stop", True)),
        ("echoing", ("Your key is [key].", "stop", False)),
        ("surrogate", ("Half a pair: ?.", "stop", False)),
        ("parts", (None, None, False)),
        ("text-parts", ("Blue.", "stop", False)),
        ("thinking", ("<think>\nHalf a pair: ?.\n</think>", "stop", False)),
        ("thinking-on", ("<think>\nHm.\n</think>", "length", False)),
        ("thinking-beside", ("Blue.", "stop", False)),
        ("number", (None, None, False)),
        ("no-message", (None, None, False)),
        ("no-choices", (None, None, False)),
        ("not-a-completion", (None, None, False)),
        ("html", (None, None, False)),
        ("no-list", (None, None, False)),
        ("odd-finish", (None, None, False)),
        *((name, (None, None, False)) for name in RAW),
    ],
)
def test_whatever_a_server_answers_is_a_reply(
    served: Served, model: str, expected: tuple[str | None, str | None, bool]
) -> None:
    reply = send(served.url, model)
    assert isinstance(reply, Reply)
    assert (reply.text, reply.finish, reply.refused) == expected


@pytest.mark.parametrize("model", ["no-usage", "vast-usage"])
def test_a_server_that_tells_no_usage_is_heard_too(served: Served, model: str) -> None:
    reply = send(served.url, model)
    assert isinstance(reply, Reply)
    assert (reply.text, reply.tokens_in, reply.tokens_out) == ("Blue.", None, None)


@pytest.mark.parametrize(
    ("model", "kind", "reason"),
    [
        ("wrong-key", "final", "check the key"),
        ("forbidden", "final", "check the key"),
        ("unknown-model", "final", "does not know this model"),
        ("too-long", "final", "does not take this request (400)"),
        ("no-credit", "final", "no credit left"),
        ("busy", "busy", "limits the rate"),
        ("broken", "passing", "500"),
        ("gateway", "unknown", "gave up waiting (504)"),
        ("bad-gateway", "unknown", "gave up waiting (502)"),
        ("resetting", "unknown", "broke before the answer came"),
        ("hanging", "unknown", "did not answer in time"),
    ],
)
def test_each_fault_says_whether_it_can_have_been_paid_and_never_the_key(
    served: Served, model: str, kind: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        fault = send(served.url, model, timeout=0.5 if model == "hanging" else 5.0)
    assert isinstance(fault, Fault)
    assert fault.kind == kind
    assert reason in fault.reason
    assert fault.retry_after == (1.5 if model == "busy" else None)
    assert KEY not in repr(fault) + repr(OpenAIModel(model, served.url, KEY))
    assert f"Bearer {KEY}" not in caplog.text


def test_a_server_that_is_not_there_was_not_paid() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    fault = send(f"http://127.0.0.1:{port}/v1", "m")
    assert isinstance(fault, Fault)
    assert (fault.kind, "could not be reached" in fault.reason) == ("passing", True)


def test_a_schema_is_sent_where_the_server_takes_one_and_left_out_where_not(served: Served) -> None:
    call = Call(CALL.messages, 64, SCHEMA)
    assert isinstance(send(served.url, "good", call), Reply)
    assert served.seen[0]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert isinstance(send(served.url, "plain", call), Reply)
    assert [("response_format" in seen) for seen in served.seen[1:]] == [True, False]


def test_every_call_of_a_first_wave_is_asked_without_a_schema_where_the_server_takes_none(served: Served) -> None:
    async def wave() -> list[Reply | Fault]:
        async with OpenAIModel("plain", served.url, KEY, timeout=5.0).session() as ask:
            return await asyncio.gather(*(ask(Call(CALL.messages, 64, SCHEMA), f"key {n}") for n in range(8)))

    assert [type(came) for came in asyncio.run(wave())] == [Reply] * 8
