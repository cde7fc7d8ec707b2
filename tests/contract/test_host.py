"""What the host refuses and what it lets through, asked of a real server process and in a real browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
MIB = 2**20


class Studio:
    """The server process, its folder and a client for it."""

    def __init__(self, folder: Path) -> None:
        (folder / "assets").mkdir()
        (folder / "assets" / "early.js").write_text("window.early = document.readyState;")
        (folder / "exports").mkdir()
        (folder / "exports" / "pairs.jsonl").write_text("{}\n")
        self.folder = folder
        command = [sys.executable, str(Path(__file__).with_name("host_app.py")), str(folder), "0"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        announced = re.search(r"http://\S+", self.process.stdout.readline())
        assert announced, "the server ended before it announced its address"
        self.address = announced[0]
        self.client = httpx.Client(base_url=self.address, timeout=120)

    def end(self) -> int:
        """Interrupt the server as Ctrl-C does and return its exit status."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(timeout=90)
        self.process.stdout.close()
        self.client.close()
        return status

    def call(self, name: str, *values: Any) -> str:
        """Call an endpoint through the queue and return the event stream's text."""
        event = self.client.post(f"/gradio_api/call/{name}", json={"data": list(values)}).json()["event_id"]
        return self.client.get(f"/gradio_api/call/{name}/{event}").text

    def call_server_function(self, seconds: float) -> int:
        body = {"data": seconds, "component_id": self.panel, "fn_name": "slow", "session_hash": "test"}
        return self.client.post("/gradio_api/component_server/", json=body).status_code

    @property
    def panel(self) -> int:
        components = self.client.get("/config").json()["components"]
        return int(next(part["id"] for part in components if part["props"].get("elem_id") == "panel"))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = Studio(tmp_path_factory.mktemp("host"))
    yield studio
    studio.end()


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1", "[::1]:7860", "Studio.example"])
def test_known_hosts_are_answered(studio: Studio, host: str) -> None:
    assert studio.client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[:::", ""])
def test_unknown_hosts_are_refused_with_a_sentence(studio: Studio, host: str) -> None:
    answer = studio.client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "does not answer to this host name" in answer.json()["detail"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_a_foreign_origin_may_not_post(studio: Studio, origin: str) -> None:
    answer = studio.client.post("/gradio_api/call/echo", json={"data": [1, "a"]}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "another site" in answer.json()["detail"]


def test_a_foreign_origin_may_not_listen_and_is_never_reflected(studio: Studio) -> None:
    foreign = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        studio.client.get("/gradio_api/queue/data?session_hash=x", headers=foreign),
        studio.client.options("/gradio_api/queue/join", headers=foreign),
        studio.client.get("/", headers={"Host": "studio.example", "Origin": "http://evil.example"}),
    ):
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_its_own_origin_may_post(studio: Studio) -> None:
    answer = studio.client.post(
        "/gradio_api/call/echo",
        json={"data": [1, "a"]},
        headers={"Origin": studio.address, "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 200


def test_a_foreign_page_may_link_here_but_not_embed_or_submit(studio: Studio) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert studio.client.get("/rounds", headers={**foreign, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert studio.client.get("/config", headers={**foreign, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    assert studio.client.get("/config", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    form = studio.client.post("/gradio_api/reset", headers={**foreign, "Sec-Fetch-Mode": "navigate"})
    assert form.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://127.0.0.1/",
        "/gradio_api/file=http://127.0.0.1/",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/dev/reload",
        "/gradio_api/openapi.json",
        "/gradio_api/runs",
        "/gradio_api/token",
        "/gradio_api/vibe-code",
        "/docs",
        "/login",
        "/monitoring",
        "/monitoring/summary",
    ],
)
def test_the_rest_of_gradio_is_shut(studio: Studio, path: str) -> None:
    answer = studio.client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this address."})


def test_only_allowed_folders_are_sent(studio: Studio) -> None:
    assert studio.client.get(f"/gradio_api/file={studio.folder / 'exports' / 'pairs.jsonl'}").text == "{}\n"
    for path in ("/etc/passwd", Path(__file__), studio.folder / "assets" / "early.js"):
        assert studio.client.get(f"/gradio_api/file={path}").status_code == 403


def test_an_event_takes_no_file_that_was_not_uploaded(studio: Studio) -> None:
    before = _files_below(studio.folder / "uploads")
    file = {"path": __file__, "meta": {"_type": "gradio.FileData"}}
    for value in (file, [file], {"text": "", "files": [file]}):
        assert "event: error" in studio.call("echo", value, "me")
    assert _files_below(studio.folder / "uploads") == before


def test_an_event_makes_the_studio_fetch_nothing(studio: Studio) -> None:
    file = {"path": "https://studio.example/rows.jsonl", "meta": {"_type": "gradio.FileData"}}
    assert "the studio fetches none" in studio.call("echo", [file], "me")


def test_a_small_upload_arrives_and_a_large_one_leaves_nothing(studio: Studio) -> None:
    def upload(size: int) -> httpx.Response:
        return studio.client.post("/gradio_api/upload", files={"files": ("rows.txt", b"x" * size)})

    [path] = upload(MIB).json()
    assert Path(path).stat().st_size == MIB
    for size in (2 * MIB + 1, 4 * MIB):
        assert upload(size).status_code == 413
    assert _files_below(studio.folder / "uploads") == [Path(path)]


def test_a_body_without_a_length_is_counted(studio: Studio) -> None:
    def endless(chunks: int) -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
        yield from (b"x" * 2**16 for _ in range(chunks))

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = studio.client.post("/gradio_api/upload", content=endless(64), headers=kind)
    assert answer.status_code == 413
    assert "larger than 2 MiB" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/call/echo", "/gradio_api/component_server/"])
def test_other_bodies_are_small(studio: Studio, path: str) -> None:
    answer = studio.client.post(path, content=b" " * (MIB + 1))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "This is larger than 1 MiB, the most that is accepted here."


def test_endpoints_answer_through_the_queue(studio: Studio) -> None:
    assert 'data: [{"item": 3, "who": "you"}]' in studio.call("echo", 3, "you")


@pytest.mark.parametrize("path", ["/gradio_api/run/echo", "/gradio_api/api/echo", "/gradio_api/run/predict"])
def test_the_queue_cannot_be_bypassed(studio: Studio, path: str) -> None:
    config = studio.client.get("/config").json()
    echo = next(event["id"] for event in config["dependencies"] if event["api_name"] == "echo")
    answer = studio.client.post(path, json={"data": [1, "a"], "fn_index": echo, "session_hash": "x"})
    assert answer.status_code == 404
    assert "join the queue" in answer.json()["detail"]


def test_server_functions_are_bounded(studio: Studio) -> None:
    with ThreadPoolExecutor(48) as pool:
        statuses = list(pool.map(studio.call_server_function, [2.0] * 48))
    assert statuses.count(200) >= 32
    assert statuses.count(503) == 48 - statuses.count(200) > 0
    assert studio.call_server_function(0) == 200


def test_a_bug_tells_the_page_nothing_and_a_sentence_reaches_it(studio: Studio) -> None:
    assert "Choose an item first." in studio.call("sentence", 1)
    told = studio.call("bug", 1)
    assert "event: error" in told
    assert "secret" not in told


def test_an_address_that_a_page_had_leads_to_the_page_with_its_query(studio: Studio) -> None:
    answer = studio.client.get("/panels?by=annotator", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/rounds?by=annotator")
    assert studio.client.get("/panels", follow_redirects=False).headers["location"] == "/rounds"


def test_every_answer_carries_the_security_headers(studio: Studio) -> None:
    for path in ("/", "/rounds", "/config", "/studio/early.js", "/nothing", f"/gradio_api/file={__file__}"):
        headers = studio.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_page_runs_only_its_own_inline_scripts(studio: Studio) -> None:
    policy = studio.client.get("/").headers["content-security-policy"]
    scripts = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert scripts.count("'sha256-") == studio.client.get("/").text.count("<script") - 2


def test_a_real_browser_runs_the_pages_under_the_policy(studio: Studio, browser: Browser) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{studio.address}/")
    page.wait_for_selector("#panel [data-answer=done]")
    page.wait_for_function("document.querySelector('#counted textarea').value === '2'")
    assert page.inner_text("#masthead") == "Studio"
    assert page.evaluate("window.early") == "loading"

    page.goto(f"{studio.address}/rounds")
    page.wait_for_selector("#rounds h1")
    page.set_input_files("#file input", {"name": "a b.txt", "mimeType": "text/plain", "buffer": b"text"})
    # Gradio draws the name of a file that has arrived in two pieces.
    page.wait_for_function(r"/a b\s*\.txt/.test(document.querySelector('#file')?.innerText)")

    assert complaints == []
    assert [url for url in asked if not url.startswith((studio.address, "data:", "blob:"))] == []

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=\"window.ran = 1\">')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    assert "inline event handler" in complaints[0]


def test_an_interrupt_ends_the_server_although_an_upload_has_stalled(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    url = httpx.URL(studio.address)
    with socket.create_connection((url.host, url.port or 80)) as stalled:
        head = [
            "POST /gradio_api/upload HTTP/1.1",
            f"Host: {url.netloc.decode()}",
            "Content-Type: multipart/form-data; boundary=b",
            "Content-Length: 9",
        ]
        stalled.sendall("\r\n".join([*head, "", ""]).encode())
        assert studio.client.get("/").status_code == 200
        assert studio.end() == 0


def test_the_queue_is_bounded(studio: Studio) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        asked = pool.map(
            lambda _: studio.client.post("/gradio_api/call/slow", json={"data": [3]}).status_code, range(200)
        )
        statuses = list(asked)
    finished_meanwhile = 8 * int((time.monotonic() - started) / 3)
    assert statuses.count(200) <= 64 + 2 * 8 + finished_meanwhile
    assert statuses.count(503) == 200 - statuses.count(200) > 0


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
