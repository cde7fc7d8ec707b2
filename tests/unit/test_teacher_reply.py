"""Replies that a JSON server can send and no database can store, over a real connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from citing_app.models.teacher import EndpointTeacher, RevisionReply, RevisionRequest
from citing_app.store.database import Store
from citing_app.workflows.jobs import Job
from citing_app.workflows.revising import revise
from tests.store.seeding import waiting
from tests.store.test_revising import drafts

CONTENTS: dict[str, Any] = {"half": "A good \ud83d draft.", "parts": [{"type": "text"}], "number": 7}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = {"role": "assistant", "content": CONTENTS[asked["model"]]}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def reply(url: str, model: str) -> RevisionReply:
    request = RevisionRequest(1, "Why?", "", "", "A bad draft.", None)
    return EndpointTeacher(model, url, "key", retries=0).revise(request)


def test_half_a_surrogate_pair_is_replaced_so_that_the_revision_can_be_stored(url: str, tmp_path: Path) -> None:
    assert reply(url, "half").text == "A good ? draft."
    with Store(tmp_path) as store:
        drafts(store, 1)
        assert revise(store, EndpointTeacher("half", url, "key", retries=0), 1, Job("revise", "Revising")) == {"ok": 1}
        assert [item.revision for item in waiting(store)] == ["A good ? draft."]


@pytest.mark.parametrize("model", ["parts", "number"])
def test_a_content_that_is_no_text_is_a_malformed_reply(url: str, model: str) -> None:
    found = reply(url, model)
    assert (found.outcome, found.text) == ("malformed", None)
    assert found.reason
