"""A real HTTP server that answers each request as a test's function says, and keeps the requests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Said:
    """What the server sends: a body in JSON, or bytes as they are. With `slot`, one call at a time, each so long."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    slot: float = 0.0


@dataclass
class Answering:
    """The running server, and the requests that it saw: their JSON with `path` and lower-case `headers` beside it."""

    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    slot: threading.Lock = field(default_factory=threading.Lock)


def completion(content: Any, finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    """A chat completion with this message."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


@contextmanager
def answering(answer: Callable[[dict[str, Any], int], Said]) -> Iterator[Answering]:
    """Serve; `answer` gets a request's JSON and how many came before it."""
    server = Answering()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): text for name, text in self.headers.items()}
            server.at.append(time.monotonic())
            server.seen.append({**body, "path": self.path, "headers": headers})
            said = answer(body, len(server.seen) - 1)
            if said.slot:
                with server.slot:
                    time.sleep(said.slot)
            sent = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            self.send_response_only(said.status)
            for name, text in {"Content-Length": str(len(sent)), **said.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            try:
                self.wfile.write(sent)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        server.url = f"http://127.0.0.1:{running.server_port}/v1"
        try:
            yield server
        finally:
            running.shutdown()
            thread.join()
