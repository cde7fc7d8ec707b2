"""The adapters page: what was trained from what, with names, exports, imports and what can be deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui.components import Body, sentence_html
from citing_app.ui.kinds import kinds_view
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owner, owners_may
from citing_app.workflows.adapters import blending, exporting, importing, tree
from citing_app.workflows.adapters.requests import Blend, ExportAdapter, ImportAdapter, NameAdapter
from citing_app.workflows.request import Request
from citing_app.workflows.rounds.requests import OneRound
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.studio import Studio


class AdaptersPanel(Panel):
    """The tree of adapters, drawn by assets/pages/adapters.js."""

    script = "adapters"

    @served
    def adapters_tree(self, asked: Request, person: Person) -> Body:
        """The tree; for owners with what was exported of it."""
        view = tree.adapters_view(self.studio)
        if not person.is_owner:
            return view
        of = (None, *_numbers(view["adapters"]))
        return {**view, "exports": {str(one or BASE): exporting.exported(self.studio, one) for one in of}}

    @served
    @owners_may("name an adapter")
    def name_adapter(self, asked: NameAdapter, person: Person) -> Body:
        """Give one a name, or take it away."""
        tree.name_round(self.studio, asked.round, asked.name)
        return {}

    @served
    @owners_may("export an adapter")
    def export_adapter(self, asked: ExportAdapter, person: Person) -> Body:
        """Start to export one in the background."""
        exporting.start_export(self.studio, asked.round, asked.form)
        return {}

    @served
    @owners_may("blend adapters")
    def blend_adapter(self, asked: Blend, person: Person) -> Body:
        """Start to blend one in the background."""
        blending.start_blend(self.studio, asked, person.name)
        return {}

    @served
    @owners_may("delete an adapter")
    def delete_adapter(self, asked: OneRound, person: Person) -> Body:
        """Delete one for good."""
        tree.delete_adapter(self.studio, asked.round)
        return {}


def adapters_page(studio: Studio) -> None:
    """Draw the page: the upload by Gradio, the rest by the panel."""
    AdaptersPanel(studio, kinds_view())
    with gr.Column(elem_classes=["gr-page", "data-files", "for-owners"]):
        gr.HTML(
            '<h2 class="section-title">Import an adapter</h2><p class="section-note">A zip of a PEFT folder: LoRA, in '
            "safetensors, trained on this student. It becomes a round that can be chatted with, measured and carried "
            "on.</p>",
            padding=False,
        )
        file = gr.File(file_types=[".zip"], label="Zip of a PEFT folder", height=130)
        name = gr.Textbox(label="Name of the adapter", placeholder="may be left empty", max_lines=1)
        inside = gr.Textbox(label="Folder in the zip", placeholder="only where it holds several adapters", max_lines=1)
        send = gr.Button("Import the adapter", variant="primary")
        told = gr.HTML(padding=False)

    def do_import_adapter(request: gr.Request, path: str | None, name: str, inside: str) -> Any:
        try:
            importer = owner(request, "import an adapter")
            if not path:
                raise CitingError("Choose a file first.")
            asked = ImportAdapter.of({"name": name, "inside": inside})
            number = importing.import_adapter(studio, Path(path), asked.name, importer.name, asked.inside)
        except CitingError as error:
            return sentence_html(error)
        return f'<div class="card report" role="status"><div class="body">It is round {number}.</div></div>'

    send.click(do_import_adapter, [file, name, inside], told, api_visibility="private")


def _numbers(adapters: list[tree.AdapterView]) -> list[int]:
    return [number for one in adapters for number in (one["round"], *_numbers(one["children"]))]
