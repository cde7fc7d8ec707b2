"""The whole page set: one Blocks with a route per page and the endpoints, and the host that serves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from citing_app.types import Person
from citing_app.ui.adapters import adapters_page
from citing_app.ui.arena import ArenaPage
from citing_app.ui.assets import ASSETS, assets_version, versioned_path
from citing_app.ui.browse import BrowsePage
from citing_app.ui.chat import ChatPage
from citing_app.ui.comparisons import ComparisonsPage
from citing_app.ui.components import strip
from citing_app.ui.curriculum import CurriculumPage
from citing_app.ui.data import data_page
from citing_app.ui.endpoints import add_endpoints
from citing_app.ui.evaluate import EvaluatePage
from citing_app.ui.host import OwnBlocks, build_host
from citing_app.ui.insights import InsightsPage
from citing_app.ui.models import ModelsPage
from citing_app.ui.panel import Panel
from citing_app.ui.race import RacePage
from citing_app.ui.review import ReviewDesk
from citing_app.ui.rounds import RoundsPage
from citing_app.ui.rubrics import rubrics_page
from citing_app.ui.teacher import teacher_page
from citing_app.ui.theme import MOVED, ROUTES, masthead, page_head, preloads, studio_theme
from citing_app.workflows.people.accounts import Logins
from citing_app.workflows.studio import Studio

_BODIES: dict[str, Callable[[Studio], object]] = {
    "/": ReviewDesk,
    "/browse": BrowsePage,
    "/insights": InsightsPage,
    "/rounds": RoundsPage,
    "/curriculum": CurriculumPage,
    "/race": RacePage,
    "/adapters": adapters_page,
    "/chat": ChatPage,
    "/evaluate": EvaluatePage,
    "/comparisons": ComparisonsPage,
    "/arena": ArenaPage,
    "/rubrics": rubrics_page,
    "/teacher": teacher_page,
    "/models": ModelsPage,
    "/data": data_page,
}


def build_app(studio: Studio, upload_folder: Path) -> FastAPI:
    """The application that serves this studio."""
    blocks = build_blocks(studio)
    return build_host(
        blocks,
        upload_folder=upload_folder,
        max_upload_bytes=studio.settings.max_upload_bytes,
        assets=ASSETS,
        modules=versioned_path(),
        theme=studio_theme(),
        head=page_head(assets_version()),
        heads={path: preloads(scripts) for path, scripts in _scripts(blocks).items()},
        masthead=masthead(),
        logins=Logins(studio.store, local=Person(studio.settings.annotator, "owner")),
        allowed_hosts=studio.settings.allowed_hosts,
        allowed_paths=[studio.settings.data_dir / "exports"],
        moved=MOVED,
    )


def build_blocks(studio: Studio) -> gr.Blocks:
    """Gradio's part: every page of `ROUTES` at its own address, and the endpoints."""
    blocks: gr.Blocks
    with OwnBlocks(title="CITING Studio", analytics_enabled=False, fill_width=True) as blocks:
        add_endpoints(studio)
        strip(studio)
        ReviewDesk(studio)
    for name, path in ROUTES[1:]:
        with blocks.route(name, path):
            strip(studio)
            _BODIES[path](studio)
    return blocks


def _scripts(blocks: gr.Blocks) -> dict[str, list[str]]:
    """The scripts of the panels on each page."""
    found: dict[str, list[str]] = {}
    for block in blocks.blocks.values():
        if isinstance(block, Panel):
            found.setdefault(f"/{block.page}", []).append(block.script)
    return found
