"""Which host names the guard knows when the studio listens beyond this machine."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from citing_app.ui.guards import KnownHosts


def status(host: str, arrived_at: str) -> int:
    """The status that a request for `host` gets on a connection that arrived at this address of ours."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Any:
        raise AssertionError("the guard reads no body")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", host.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "server": (arrived_at, 7860)}
    guard = KnownHosts(app, names=["localhost", "studio.example"])
    with ThreadPoolExecutor(1) as thread:  # where browser tests have run, this thread has a loop already
        thread.submit(asyncio.run, guard(scope, receive, send)).result()
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("host", "arrived_at"),
    [
        ("192.168.1.4:7860", "192.168.1.4"),
        ("192.168.1.4", "::ffff:192.168.1.4"),
        ("[fd00::4]:7860", "fd00:0::4"),
        ("studio.example", "192.168.1.4"),
        ("localhost:7860", "127.0.0.1"),
    ],
)
def test_named_hosts_and_the_address_itself_are_answered(host: str, arrived_at: str) -> None:
    assert status(host, arrived_at) == 200


@pytest.mark.parametrize(
    ("host", "arrived_at"),
    [
        ("192.168.1.5", "192.168.1.4"),
        ("evil.example", "192.168.1.4"),
        ("192.168.1.4.evil.example", "192.168.1.4"),
        ("evil.example", "evil.example"),
        ("", ""),
    ],
)
def test_other_names_and_addresses_are_refused(host: str, arrived_at: str) -> None:
    assert status(host, arrived_at) == 400
