"""The way to a server: proxies, certificates, moved servers, and names that nobody knows; nothing is sent in vain."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.models.chat_model import Call, Fault, Reply
from citing_app.models.openai_model import OpenAIModel
from tests.answering_server import Said, answering, completion

CALL = Call(({"role": "user", "content": "Why is the sky blue?"},), 64)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
NOWHERE = "http://127.0.0.1:1"


def send(url: str, **given: Any) -> Reply | Fault:
    async def once() -> Reply | Fault:
        async with OpenAIModel("m", url, "key", timeout=5.0, **given).session() as ask:
            return await ask(CALL, "the-key-of-the-call")

    return asyncio.run(once())


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("proxy", [NOWHERE, "socks5://127.0.0.1:1", "nonsense://x"])
def test_a_server_on_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    with answering(lambda request, number: Said(completion("Blue."))) as server:
        assert isinstance(send(server.url), Reply)


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [("socks5://127.0.0.1:1", "needs the package socksio"), ("nonsense://x", "not a valid address")],
)
def test_a_proxy_that_cannot_be_used_is_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, proxy: str, reason: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(CitingError, match=reason):
        send("http://a.example/v1")


def test_a_proxy_that_is_not_there_or_refuses_was_not_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
    fault = send("https://a.example/v1")
    assert isinstance(fault, Fault)
    assert fault.kind == "passing"
    with answering(lambda request, number: Said({})) as server:  # it knows no CONNECT
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        fault = send("https://a.example/v1")
    assert fault == Fault("passing", "The proxy let no call through; check HTTPS_PROXY and NO_PROXY.")


def test_certificates_that_are_not_there_are_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("no certificate")
    for name in ("nowhere", "other"):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        with pytest.raises(CitingError, match="SSL_CERT_FILE"):
            send("https://a.example/v1")


class Good(BaseHTTPRequestHandler):
    """Answers every call, or sends it elsewhere."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/moved"):
            self._reply(301, b"", {"Location": "/v1/chat/completions"})
        else:
            self._reply(200, b'{"choices": [{"message": {"content": "Blue."}, "finish_reason": "stop"}]}')

    def do_GET(self) -> None:
        self._reply(200, b"<html>Welcome</html>")

    def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def running(server: ThreadingHTTPServer) -> Iterator[int]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def plain() -> Iterator[int]:
    yield from running(ThreadingHTTPServer(("127.0.0.1", 0), Good))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of our own for this machine, its key beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    made = tmp_path / "own.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    files = ["-keyout", str(made.with_suffix(".key")), "-out", str(made)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return made


@pytest.fixture
def secure(certificate: Path) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Good)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from running(server)


def test_a_certificate_of_ones_own_is_named_and_trusted_once_it_is_set(
    monkeypatch: pytest.MonkeyPatch, secure: int, certificate: Path
) -> None:
    url = f"https://127.0.0.1:{secure}/v1"
    fault = send(url)
    assert isinstance(fault, Fault)
    assert (fault.kind, "certificate is not trusted" in fault.reason) == ("final", True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert isinstance(send(url), Reply)


def test_a_ca_file_is_trusted_beside_the_usual_certificates(secure: int, certificate: Path) -> None:
    assert isinstance(send(f"https://127.0.0.1:{secure}/v1", ca_file=str(certificate)), Reply)


def test_a_server_without_https_and_one_that_nobody_knows_are_told(plain: int) -> None:
    fault = send(f"https://127.0.0.1:{plain}/v1")
    assert fault == Fault("final", "The server does not speak https; begin its URL with http:// if that is meant.")
    fault = send("http://no-such-server.invalid/v1")
    assert fault == Fault("passing", "No server of this name was found; check the URL and the network.")


def test_a_server_that_has_moved_was_not_asked(plain: int) -> None:
    fault = send(f"http://127.0.0.1:{plain}/moved")
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.reason.startswith("The server has moved (301)")) == ("final", True)


def test_headers_and_fields_of_ones_own_are_sent_along() -> None:
    with answering(lambda request, number: Said(completion("Blue."))) as server:
        send(server.url, headers={"X-Title": "Studio"}, body={"reasoning_effort": "low"})
    (seen,) = server.seen
    assert (seen["headers"]["x-title"], seen["reasoning_effort"], seen["max_tokens"]) == ("Studio", "low", 64)


def test_a_key_goes_in_the_header_that_its_server_reads_and_a_query_stays_behind_the_path() -> None:
    with answering(lambda request, number: Said(completion("Blue."))) as server:
        for url in (f"{server.url}?api-version=1", f"{server.url}/chat/completions?api-version=1"):
            assert isinstance(send(url, key_header="api-key"), Reply)
    for seen in server.seen:
        assert (seen["headers"]["api-key"], "authorization" in seen["headers"]) == ("key", False)
        assert seen["path"] == "/v1/chat/completions?api-version=1"


@pytest.mark.parametrize(
    ("status", "error", "kind", "ends"),
    [
        (500, {"message": "model requires 5.6 GiB"}, "passing", "retry later. The server says: model requires 5.6 GiB"),
        (503, {"message": "Loading model"}, "busy", "(503); retry later. The server says: Loading model"),
        (
            429,
            {"message": "Limit free-per-day of key"},
            "busy",
            "retry later. The server says: Limit free-per-day of [key]",
        ),
        (
            200,
            {"code": 502, "message": "Provider failed"},
            "unknown",
            "waiting (502). The server says: Provider failed",
        ),
        (503, None, "busy", "overloaded or still loading its model (503); retry later."),
    ],
)
def test_a_server_that_fails_or_is_busy_is_told_in_its_own_words(status: int, error: Any, kind: str, ends: str) -> None:
    with answering(lambda request, number: Said({"error": error} if error else b"<html>busy</html>", status)) as server:
        came = send(server.url)
    assert isinstance(came, Fault)
    assert (came.kind, came.reason[-len(ends) :]) == (kind, ends)
