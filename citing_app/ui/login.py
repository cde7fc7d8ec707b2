"""The door of the host: who sends a request, and the page on which people say so.

The door stands before every page and endpoint; behind it `scope["state"]["person"]` is who asks. A studio without
accounts lets everybody in as the one person on this machine.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, quote, urlsplit

import anyio
from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from citing_app.errors import CitingError
from citing_app.ui.guards import refusal
from citing_app.ui.theme import language_switch
from citing_app.workflows.people.accounts import LOGIN_LASTS, LONGEST_NAME, LONGEST_PASSWORD, Logins
from citing_app.workflows.people.requests import LogIn
from citing_app.workflows.people.throttle import TooManyFailures

LOGIN_PATH, LOGOUT_PATH = "/login", "/logout"
COOKIE = "citing-login"
_PASSWORDS_AT_ONCE = 2  # argon2 takes 64 MiB for each
# What the login page is made of, and Gradio's own scripts: they hold nothing of the studio.
_OPEN_EXACT = (LOGIN_PATH, "/favicon.ico", "/manifest.json", "/robots.txt", "/theme.css")
_OPEN_BELOW = ("/assets/", "/static/", "/studio/")
# Files that were sent to the studio or made of everybody's work.
_FILES = ("/gradio_api/file=", "/gradio_api/upload")
_OWN_ADDRESS = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class Door:
    """Lets in whom `logins` knows. Others are sent to the login page from `pages`, and told 401 everywhere else."""

    def __init__(self, app: ASGIApp, logins: Logins, pages: Sequence[str]) -> None:
        self.app = app
        self.logins = logins
        self.pages = frozenset(pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN_EXACT or scope["path"].startswith(_OPEN_BELOW):
            await self.app(scope, receive, send)
            return
        person = self.logins.local or await run_sync(self.logins.person, _token(HTTPConnection(scope)))
        if person is None:
            await self._turned_away(scope)(scope, receive, send)
        elif scope["path"].startswith(_FILES) and not person.is_owner:
            await refusal(403, "Only an owner may send and fetch files.")(scope, receive, send)
        else:
            scope.setdefault("state", {})["person"] = person
            await self.app(scope, receive, send)

    def _turned_away(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD") or scope["path"] not in self.pages:
            return refusal(401, "Log in first: this studio has accounts.")
        query = scope["query_string"].decode("ascii", "replace")
        wanted = f"{scope['path']}?{query}" if query else scope["path"]
        return RedirectResponse(f"{LOGIN_PATH}?next={quote(wanted)}", 303)


def add_login(app: FastAPI, logins: Logins, pages: Sequence[str]) -> None:
    """Add the login page, and logging in and out by POST, to an application behind a `Door`.

    Browsers are sent on; programs that do not ask for HTML, such as `gradio_client.Client(url, auth=(name, password))`,
    get JSON and the cookie.
    """
    limiter = anyio.CapacityLimiter(_PASSWORDS_AT_ONCE)

    async def show(request: Request) -> Response:
        wanted = own_page(request.query_params.get("next", ""), pages)
        if await run_sync(logins.person, _token(request)):
            return RedirectResponse(wanted, 303)
        return _page(wanted)

    async def log_in(request: Request) -> Response:
        form = _fields(await request.body())
        wanted = own_page(form.get("next", ""), pages)
        name, address = form.get("username", ""), request.client.host if request.client else ""
        try:
            asked = LogIn.of(form)
            token = await run_sync(logins.log_in, asked.username, asked.password, address, limiter=limiter)
        except CitingError as error:
            return _refused(request, error, wanted, name)
        answer: Response = JSONResponse({"success": True})
        if _is_browser(request):
            answer = RedirectResponse(wanted, 303)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=int(LOGIN_LASTS.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    async def log_out(request: Request) -> Response:
        token = _token(request)
        if token is not None:
            await run_sync(logins.log_out, token)
        answer: Response = JSONResponse({"success": True})
        if _is_browser(request):
            answer = RedirectResponse(LOGIN_PATH, 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer

    app.add_route(LOGIN_PATH, show, methods=["GET"])
    app.add_route(LOGIN_PATH, log_in, methods=["POST"])
    app.add_route(LOGOUT_PATH, log_out, methods=["POST"])


def own_page(address: str, pages: Sequence[str]) -> str:
    """`address` if it is one of our pages, with or without a query; else the first page.

    Browsers read "//host", "/\\host" and "/<tab>/host" as another site's address.
    """
    return address if _OWN_ADDRESS.fullmatch(address) and urlsplit(address).path in pages else "/"


def _token(request: HTTPConnection) -> str | None:
    return request.cookies.get(COOKIE)


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _fields(body: bytes) -> dict[str, str]:
    """The form's fields, the last of each; none where the body is no form."""
    try:
        found = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in found.items()}


def _refused(request: Request, error: CitingError, wanted: str, name: str) -> Response:
    status, headers = 401, {}
    if isinstance(error, TooManyFailures):
        status, headers = 429, {"Retry-After": str(int(error.seconds) + 1)}
    if not _is_browser(request):
        return refusal(status, str(error), headers)
    return _page(wanted, name, str(error), status, headers)


def _page(
    wanted: str, name: str = "", error: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """The login page. It needs no script; those that it names keep the chosen theme and language."""
    alert = f'<p class="notice" role="alert" id="why">{html.escape(error)}</p>' if error else ""
    described = ' aria-describedby="why" aria-invalid="true"' if error else ""
    field, other = ("", " autofocus") if name else (" autofocus", "")
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in · CITING Studio</title>
<link rel="stylesheet" href="/studio/studio.css">
<link rel="stylesheet" href="/studio/login.css">
<link rel="icon" type="image/svg+xml" href="/studio/icon.svg">
<script src="/studio/studio.js"></script>
<script src="/studio/zh.js"></script>
<script src="/studio/language.js"></script>
</head>
<body class="login-page">
<main class="card">
<img src="/studio/icon.svg" alt="" width="40" height="40">
<h1>CITING Studio</h1>
{alert}
<form method="post" action="{LOGIN_PATH}">
<input type="hidden" name="next" value="{html.escape(wanted)}">
<label for="username">Name</label>
<input id="username" name="username" value="{html.escape(name[:LONGEST_NAME])}" required maxlength="{LONGEST_NAME}"
 autocomplete="username" autocapitalize="none" spellcheck="false"{field}{described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required maxlength="{LONGEST_PASSWORD}"
 autocomplete="current-password"{other}{described}>
<button class="act main">Log in</button>
</form>
<p class="soft small">Whoever runs this studio gives accounts.</p>
{language_switch()}
</main>
</body>
</html>
"""
    # Under the studio's "no-referrer" a browser would send this form with the origin "null", which is refused.
    own = {"content-security-policy": _POLICY, "referrer-policy": "same-origin", "cache-control": "no-store"}
    return HTMLResponse(page, status, {**own, **(headers or {})})
