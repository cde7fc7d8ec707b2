"""The host application: our own FastAPI application with Gradio mounted at "/".

Gradio leaves to its host who may ask (hosts, origins), for what (its many addresses), how much (bodies, requests at
once) and how long uploads stay. Everything here holds before a request reaches a handler of a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import warnings
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from citing_app.ui.assets import ASSETS_PATH
from citing_app.ui.guards import BodyLimit, InFlight, KnownHosts, OpenPaths, SameOrigin
from citing_app.ui.login import LOGIN_PATH, LOGOUT_PATH, Door, add_login
from citing_app.ui.pages import Pages, SecurityHeaders
from citing_app.workflows.people.accounts import Logins

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
UPLOAD_PATH = "/gradio_api/upload"

_BODY_LIMIT = 2**20
_MULTIPART_OVERHEAD = 2**16
_QUEUE_SIZE = 64
_EVENTS_AT_ONCE = 8
_CALLS_AT_ONCE = 32
_STREAMS_AT_ONCE = 256
_UPLOADS_AT_ONCE = 4
_UPLOAD_AGE_S = 24 * 3600.0
_SWEEP_EVERY_S = 3600.0
_LOOKING_S = 0.02

# Calls that Gradio runs at once, beside its queue.
_UNQUEUED = ("/gradio_api/component_server", "/gradio_api/run/", "/gradio_api/api/")
_STREAMS = ("/gradio_api/queue/data", "/gradio_api/heartbeat/", "/gradio_api/upload_progress")
# The addresses the pages and Gradio's clients use. The rest of Gradio (its proxy, recorder, code editor, run history,
# deep links, monitoring, reload, login) stays shut; so does `file=https://…`, with which it would fetch for a caller.
_OPEN_EXACT = (
    "/config",
    "/favicon.ico",
    "/manifest.json",
    "/robots.txt",
    "/theme.css",
    "/gradio_api/app_id",
    "/gradio_api/cancel",
    "/gradio_api/info",
    "/gradio_api/queue/data",
    "/gradio_api/queue/join",
    "/gradio_api/queue/status",
    "/gradio_api/reset",
    "/gradio_api/startup-events",
    "/gradio_api/upload_progress",
    UPLOAD_PATH,
)
_OPEN_BELOW = (
    "/assets/",
    "/static/",
    f"{ASSETS_PATH}/",
    "/gradio_api/call/",
    "/gradio_api/file=/",
    "/gradio_api/heartbeat/",
    *_UNQUEUED,
)


def build_host(
    blocks: gr.Blocks,
    *,
    upload_folder: Path,
    max_upload_bytes: int,
    assets: Path,
    theme: gr.themes.Base,
    modules: str = "",
    head: str = "",
    heads: Mapping[str, str] = MappingProxyType({}),
    masthead: str = "",
    logins: Logins | None = None,
    allowed_hosts: Sequence[str] = (),
    allowed_paths: Sequence[Path] = (),
    moved: Mapping[str, str] = MappingProxyType({}),
) -> FastAPI:
    """The application that serves `blocks` and all its routes.

    `upload_folder` is the one given to `settle_gradio`; files in it are deleted after a day. `assets` is served below
    "/studio", and below `modules`, an address that changes with them and may be kept for good. `head` is HTML for the
    head of every page and may name scripts and styles below "/studio", `heads` for the head of one; `masthead` is HTML
    shown above Gradio's part before Gradio has loaded. `logins` says who sends a request; without it nobody is asked,
    and no handler knows. `allowed_hosts` are names besides loopback that the studio answers to, `allowed_paths` the
    folders whose files it may send. `moved` sends on from addresses that pages had to those they have.
    """
    # api_open=False: otherwise a caller may run a queued event at once, past the queue and its limits.
    blocks.queue(api_open=False, max_size=_QUEUE_SIZE, default_concurrency_limit=_EVENTS_AT_ONCE)
    # Gradio looks for events a thousand times a second, which takes an idle app a tenth of a core.
    blocks._queue.sleep_when_free = _LOOKING_S
    blocks._queue.progress_update_sleep_when_free = _LOOKING_S
    app = FastAPI(title="CITING Studio", lifespan=_sweeping(upload_folder), openapi_url=None)
    if modules:
        app.mount(modules, _LastingFiles(directory=assets), name="modules")
    app.mount(ASSETS_PATH, _FreshFiles(directory=assets), name="studio")
    pages = [*_page_paths(blocks), *moved]
    for old, new in moved.items():
        app.add_route(old, _sending_on(new), methods=["GET"])
    if logins is not None:
        add_login(app, logins, pages)
    _guard(app, pages, logins, allowed_hosts, max_upload_bytes, head, heads, masthead)
    with warnings.catch_warnings():
        # Gradio says that it turns server-side rendering off for several pages, even when it is off.
        warnings.filterwarnings("ignore", message="SSR mode is not supported")
        gr.mount_gradio_app(
            app,
            blocks,
            "/",
            footer_links=[],
            run_history=False,
            allowed_paths=[str(path.resolve()) for path in allowed_paths],
            show_error=False,
            max_file_size=max_upload_bytes,
            ssr_mode=False,
            enable_monitoring=False,
            mcp_server=False,
            theme=theme,
        )
    # Only launch() says so, and until it is said Gradio copies any file of this machine that a caller names.
    blocks.has_launched = True
    return app


class OwnBlocks(gr.Blocks):
    """Blocks that fetch nothing: a file that comes with an event was uploaded here, or the event is refused.

    Gradio downloads any public address that a caller names as a file, whatever its size and whoever calls.
    """

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *rest: Any, **named: Any) -> Any:
        """Check every file among the inputs, then do what Gradio does."""
        traverse(inputs, _refuse_address, is_file_obj_with_meta)
        return await super().preprocess_data(block_fn, inputs, *rest, **named)


def _refuse_address(file: dict[str, Any]) -> dict[str, Any]:
    if is_http_url_like(str(file.get("path"))):
        raise gr.Error("Upload the file; the studio fetches none.", print_exception=False)
    return file


class _FreshFiles(StaticFiles):
    """Files that a browser asks for again each time, so that a new version's page never runs an old script."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


class _LastingFiles(StaticFiles):
    """Files at addresses that hold their version: a browser asks for each of them once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _sending_on(address: str) -> Callable[[Request], Response]:
    """Answers with the address that a page has now, and with the query it was asked with."""

    def send_on(request: Request) -> Response:
        return RedirectResponse(f"{address}?{request.url.query}" if request.url.query else address, 308)

    return send_on


def _page_paths(blocks: gr.Blocks) -> list[str]:
    return [f"/{path}" for path, *_ in blocks.pages]


def _guard(
    app: FastAPI,
    pages: list[str],
    logins: Logins | None,
    allowed_hosts: Sequence[str],
    max_upload_bytes: int,
    head: str,
    heads: Mapping[str, str],
    masthead: str,
) -> None:
    """Add the guards, from the innermost to the outermost."""
    app.add_middleware(Pages, paths=pages, head=head, heads=heads, masthead=masthead)
    app.add_middleware(
        BodyLimit, limit=_BODY_LIMIT, upload_path=UPLOAD_PATH, upload_limit=max_upload_bytes + _MULTIPART_OVERHEAD
    )
    app.add_middleware(InFlight, prefixes=_UNQUEUED, limit=_CALLS_AT_ONCE)
    app.add_middleware(InFlight, prefixes=_STREAMS, limit=_STREAMS_AT_ONCE)
    app.add_middleware(InFlight, prefixes=(UPLOAD_PATH,), limit=_UPLOADS_AT_ONCE)
    if logins is not None:
        app.add_middleware(Door, logins=logins, pages=pages)
    doors = () if logins is None else (LOGIN_PATH, LOGOUT_PATH)
    app.add_middleware(OpenPaths, exact=(*pages, *doors, *_OPEN_EXACT), prefixes=_OPEN_BELOW)
    # Gradio answers any origin with credentials unless its host has Starlette's own CORS middleware.
    app.add_middleware(CORSMiddleware, allow_origins=())
    app.add_middleware(SameOrigin)
    app.add_middleware(KnownHosts, names=[*_LOOPBACK_NAMES, *allowed_hosts])
    app.add_middleware(SecurityHeaders)


def _sweeping(folder: Path) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep_forever(folder))
        try:
            yield
        finally:
            task.cancel()

    return lifespan


async def _sweep_forever(folder: Path) -> None:
    while True:
        await asyncio.to_thread(sweep_uploads, folder, _UPLOAD_AGE_S)
        await asyncio.sleep(_SWEEP_EVERY_S)


def sweep_uploads(folder: Path, age_s: float) -> int:
    """Delete files below `folder` older than `age_s` seconds, and the folders left empty; returns how many files.

    Gradio deletes only what it remembers having received whole; cut uploads and those of a killed process stay.
    """
    oldest = time.time() - age_s
    deleted = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        with contextlib.suppress(OSError):
            if path.is_dir():
                path.rmdir()
            elif path.lstat().st_mtime < oldest:
                path.unlink()
                deleted += 1
    return deleted
