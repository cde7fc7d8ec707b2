"""The pages as they leave the host: our own head and masthead written in, and every response under strict headers.

Gradio adds a `head` it is given only after its scripts have run, which shows an unstyled page first; and it writes
inline scripts, which a policy without 'unsafe-inline' must name by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

# Gradio compiles the templates and scripts of gr.HTML ('unsafe-eval') and styles elements in place ('unsafe-inline').
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """Adds the security headers to every response that has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Pages:
    """Rewrites the HTML of the pages at `paths`.

    `head`, and what `heads` has for one page, go to the end of the head; `masthead` goes above Gradio's part.
    """

    def __init__(self, app: ASGIApp, paths: Sequence[str], head: str, heads: Mapping[str, str], masthead: str) -> None:
        self.app = app
        self.heads = {path: (head + heads.get(path, "")).encode() for path in paths}
        self.masthead = masthead.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self.heads:
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                page = self._rewritten(self.heads[scope["path"]], start, body)
                await send(start)
                await send({"type": "http.response.body", "body": page})

        await self.app(_uncompressed(scope), receive, collect)

    def _rewritten(self, head: bytes, start: Message, body: bytes) -> bytes:
        headers = MutableHeaders(scope=start)
        if not headers.get("content-type", "").startswith("text/html") or not body:
            return body
        page = body.replace(b"</head>", head + b"</head>", 1)
        page = page.replace(b"<gradio-app", self.masthead + b"<gradio-app", 1)
        headers["content-length"] = str(len(page))
        headers["content-security-policy"] = page_policy(page)
        return page


def page_policy(page: bytes) -> str:
    """The Content-Security-Policy under which `page` runs its own inline scripts and no other."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    return _PAGE_POLICY.format(hashes=" ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests))


def _uncompressed(scope: Scope) -> Scope:
    headers = [(name, value) for name, value in Headers(scope=scope).raw if name != b"accept-encoding"]
    return {**scope, "headers": headers}
