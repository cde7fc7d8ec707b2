"""A model hub: the few endpoints that downloading a student asks, over real HTTP."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_PIECE = 2048
_COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Students by name; some need this `token`, some do not exist for whoever has none."""

    students: dict[str, Path]
    gated: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    token: str = "hf_a_token"
    licence: str = "mit"
    slow: float = 0.0
    """Seconds between the pieces of 2 kB in which a file is sent."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def refusal(self, name: str, is_file: bool, token: str | None) -> tuple[int, str] | None:
        """Status and error code, as the hub gives them; of a gated student it tells the name and shows no file."""
        if name not in self.students or (name in self.private and token != self.token):
            return 401, "RepoNotFound"
        if name in self.gated and is_file and token != self.token:
            return 401, "GatedRepo"
        return None


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub at its `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, with_body: bool) -> None:
            path = self.path.partition("?")[0].strip("/")
            given = (self.headers.get("authorization") or "").removeprefix("Bearer ") or None
            hub.asked.append((path, given))
            is_file = not path.startswith("api/")
            words = path.removeprefix("api/models/").split("/")
            name = "/".join(words[:2])
            if refused := hub.refusal(name, is_file, given):
                return self._send(refused[0], b"", {"X-Error-Code": refused[1], "X-Error-Message": "no"}, with_body)
            folder = hub.students[name]
            if is_file:
                file = folder / words[-1]
                if not file.is_file():
                    return self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, with_body)
                body = file.read_bytes()
                etag = hashlib.sha256(body).hexdigest()
                return self._send(200, body, {"ETag": f'"{etag}"', "X-Repo-Commit": _COMMIT}, with_body)
            return self._send(200, json.dumps(self._info(name, folder, words[2:])).encode(), {}, with_body)

        def _info(self, name: str, folder: Path, words: list[str]) -> Any:
            files = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
            if words[:1] == ["tree"]:
                return [
                    {"type": "file", "path": file, "size": size, "oid": file.encode().hex()[:40]}
                    for file, size in files.items()
                ]
            siblings = [{"rfilename": file, "size": size} for file, size in files.items()]
            told = {"id": name, "modelId": name, "sha": _COMMIT, "private": False, "tags": []}
            return {**told, "siblings": siblings, "cardData": {"license": hub.licence}}

        def _send(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
            self.send_response(status)
            for header, value in headers.items():
                self.send_header(header, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if with_body:
                with suppress(ConnectionError):  # a download was cancelled
                    for start in range(0, len(body), _PIECE):
                        self.wfile.write(body[start : start + _PIECE])
                        time.sleep(hub.slow)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        hub.url = f"http://127.0.0.1:{running.server_port}"
        yield hub
        running.shutdown()
