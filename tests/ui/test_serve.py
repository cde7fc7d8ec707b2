"""Where the studio listens, and what it keeps."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.ui.environment import settle_gradio
from citing_app.ui.host import sweep_uploads
from citing_app.ui.serve import address_of, ensure_guarded, open_listener


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_is_accepted(host: str) -> None:
    ensure_guarded(host, (), is_guarded=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "studio.example", "localhost.example", ""])
def test_listening_beyond_this_machine_is_refused(host: str) -> None:
    with pytest.raises(CitingError, match=r"needs an owner's account: .* leave out --host"):
        open_listener(host, 0)


def test_a_name_for_others_is_refused_too_since_a_proxy_would_let_them_in() -> None:
    with pytest.raises(CitingError, match=r"needs an owner's account: .* leave out --allowed-host"):
        ensure_guarded("127.0.0.1", ["studio.example"], is_guarded=False)
    ensure_guarded("127.0.0.1", ["studio.example"], is_guarded=True)


def test_behind_a_login_it_listens_everywhere_and_says_an_address_that_opens() -> None:
    with open_listener("0.0.0.0", 0, is_guarded=True) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_taken_port_is_one_sentence() -> None:
    with open_listener("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(CitingError, match=f"Port {port} is already in use"):
            open_listener("127.0.0.1", port)


def test_a_port_that_cannot_be_is_one_sentence() -> None:
    with pytest.raises(CitingError, match="There is no port 70000"):
        open_listener("127.0.0.1", 70000)


def test_the_address_can_be_opened() -> None:
    with open_listener("localhost", 0) as listener:
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_answer_on_a_connection_kept_open_is_not_held_back() -> None:
    """Without TCP_NODELAY every answer but a connection's first waits some 40 ms for the other side to acknowledge."""

    async def sends_at_once() -> int:
        found: asyncio.Queue[int] = asyncio.Queue()

        async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            found.put_nowait(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(accept, sock=open_listener("127.0.0.1", 0)) as server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.close()
            return await found.get()

    assert asyncio.run(sends_at_once())


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(CitingError, match=r"The data folder .*a file cannot be used: Not a directory"):
        settle_gradio(tmp_path / "a file" / "uploads")


def test_old_uploads_are_deleted_and_new_ones_kept(tmp_path: Path) -> None:
    old, new = tmp_path / "aa" / "old.jsonl", tmp_path / "bb" / "new.jsonl"
    for path in (old, new):
        path.parent.mkdir()
        path.write_text("{}")
    os.utime(old, (time.time() - 7200,) * 2)
    assert sweep_uploads(tmp_path, age_s=3600) == 1
    assert sorted(tmp_path.rglob("*")) == [new.parent, new]
