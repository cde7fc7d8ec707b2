"""Serving the host application: on this machine's loopback address, and beyond it where people log in."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI

from citing_app.errors import CitingError


def serve(app: FastAPI, host: str, port: int, is_guarded: bool = False) -> None:
    """Serve `app` until it is interrupted; prints the address once it answers. Raises CitingError if it cannot.

    `is_guarded` says that people have to log in: only then may it listen beyond this machine.
    """
    listener = open_listener(host, port, is_guarded)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=2
    )
    with contextlib.suppress(KeyboardInterrupt):
        _AnnouncingServer(config).run(sockets=[listener])


def ensure_guarded(host: str, allowed_hosts: Sequence[str], is_guarded: bool) -> None:
    """Raise CitingError where the studio could be reached from beyond this machine and nobody had to log in.

    A name in `allowed_hosts` is for a reverse proxy, through which others reach a loopback address too.
    """
    if is_guarded or (is_loopback(host) and not allowed_hosts):
        return
    raise CitingError(
        "To be reached from beyond this machine the studio needs an owner's account: add one with "
        f"`python -m citing_app user add NAME`, or leave out {'--allowed-host' if allowed_hosts else '--host'}."
    )


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine and no other can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_listener(host: str, port: int, is_guarded: bool = False) -> socket.socket:
    """A listening socket, on a loopback address unless `is_guarded`; port 0 takes a free one. Raises CitingError."""
    ensure_guarded(host, (), is_guarded)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once only where the protocol is said; else Nagle holds each back some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise CitingError(_why_not(host, port, error)) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why_not(host: str, port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return f"There is no port {port}; choose one between 1024 and 65535 with --port."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is already in use, perhaps by another studio; stop that program or choose another --port."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved by the system; choose one between 1024 and 65535 with --port."
    return f"Cannot listen on {host}, port {port} ({error.strerror}); choose another --host or --port."


class _AnnouncingServer(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            print(f"CITING Studio is at {address_of(listener)} (Ctrl-C stops it)", flush=True)
