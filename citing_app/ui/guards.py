"""ASGI middlewares that refuse what the pages never send. Each one refuses with one sentence.

They are plain ASGI, not Starlette's BaseHTTPMiddleware, so that streams stay streams and a closed browser is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DISCARD_FACTOR = 10


def refusal(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A refusal in FastAPI's form, `{"detail": sentence}`."""
    return JSONResponse({"detail": sentence}, status_code=status, headers=headers)


class KnownHosts:
    """Refuses requests addressed to a name that is not one of `names` (any port), as another site's DNS could make.

    The IP address that a request arrived at is known too: no DNS can make that of another name.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_known(scope):
            response = refusal(
                400, "The studio does not answer to this host name; name it with --allowed-host, or open its address."
            )
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        name = _host_name(scope) or ""
        own = _own_address(scope)
        return name in self.names or (own is not None and _as_address(name) == own)


class SameOrigin:
    """Refuses requests that another site's page makes: a foreign `Origin`, or a foreign `Sec-Fetch-Site`.

    Following a link to a page is allowed from anywhere; programs that send neither header pass. Another port of the
    same machine is another origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_foreign(scope):
            response = refusal(403, "This request came from another site's page, and was refused.")
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    @staticmethod
    def _is_foreign(scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and origin != f"{scope['scheme']}://{headers.get('host')}":
            return True
        follows_link = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        return headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not follows_link


class OpenPaths:
    """Answers 404 to every address that is neither in `exact` nor below one of `prefixes`."""

    def __init__(self, app: ASGIApp, exact: Sequence[str], prefixes: Sequence[str]) -> None:
        self.app = app
        self.exact = frozenset(exact)
        self.prefixes = tuple(prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open(scope["path"]):
            await refusal(404, "There is nothing at this address.")(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self.exact or path.startswith(self.prefixes)


class InFlight:
    """Lets at most `limit` requests below `prefixes` run at once; the next one is told to come back (503)."""

    def __init__(self, app: ASGIApp, prefixes: Sequence[str], limit: int) -> None:
        self.app = app
        self.prefixes = tuple(prefixes)
        self.limit = limit
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.prefixes):
            await self.app(scope, receive, send)
            return
        if self.running >= self.limit:
            response = refusal(503, "The studio is busy; try again in a moment.", {"Retry-After": "1"})
            await response(scope, receive, send)
            return
        self.running += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.running -= 1


class BodyLimit:
    """Refuses bodies above `limit` bytes (413), or above `upload_limit` at `upload_path`.

    The announced length is checked first; the bytes that arrive are counted too, since a chunked body announces none.
    """

    def __init__(self, app: ASGIApp, limit: int, upload_path: str, upload_limit: int) -> None:
        self.app = app
        self.limit = limit
        self.upload_path = upload_path
        self.upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.upload_limit if scope["path"] == self.upload_path else self.limit
        if _announced_length(scope) > limit:
            await _discard(receive, limit * _DISCARD_FACTOR)
            await _too_large(limit)(scope, receive, send)
            return
        body = _CountedBody(receive, send, limit)
        try:
            await self.app(scope, body.receive, body.send)
        except Exception:
            if not body.is_over:
                raise
        if body.is_over and not body.has_answered:
            await _discard(receive, limit * _DISCARD_FACTOR)
            await _too_large(limit)(scope, receive, send)


class _CountedBody:
    """Passes a body on until it exceeds `limit`; from then on the application sees a client that has gone."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._left = limit
        self.is_over = False
        self.has_answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        self.is_over = self._left < 0
        return {"type": "http.disconnect"} if self.is_over else message

    async def send(self, message: Message) -> None:
        if self.is_over and not self.has_answered:
            return
        self.has_answered = True
        await self._send(message)


def _host_name(scope: Scope) -> str | None:
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname
    except ValueError:
        return None


def _own_address(scope: Scope) -> IPv4Address | IPv6Address | None:
    return _as_address(str((scope.get("server") or ("",))[0]))


def _as_address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address that `text` is; None for a name. A socket for both kinds writes IPv4 as IPv6."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _announced_length(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdecimal() else 0


async def _discard(receive: Receive, at_most: int) -> None:
    """Read on without keeping anything: a browser shows an answer only once its body has been taken."""
    more = True
    while more and at_most > 0:
        message = await receive()
        at_most -= len(message.get("body", b""))
        more = message.get("more_body", False)


def _too_large(limit: int) -> JSONResponse:
    size = f"{limit / 2**20:.0f} MiB" if limit >= 2**20 else f"{limit} bytes"
    return refusal(413, f"This is larger than {size}, the most that is accepted here.", {"Connection": "close"})
