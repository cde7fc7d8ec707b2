"""The adapters page: what was trained from what, with names, exports, imports and what can be deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.data import sentence_html
from citing_app.ui.kinds import kinds_view
from citing_app.ui.people import ensure_owner, owner
from citing_app.workflows.adapters import exporting, importing, tree
from citing_app.workflows.studio import Studio


def adapters_page(studio: Studio) -> None:
    """Draw the page: the upload by Gradio, the rest by assets/adapters.js."""

    def adapters_tree(body: Body, person: Person) -> Body:
        view = tree.adapters_view(studio)
        numbers = _numbers(view["adapters"]) if person.is_owner else []
        exports = {str(one): exporting.exported(studio, one) for one in numbers}
        return {**view, "exports": exports} if person.is_owner else view

    def name_adapter(body: Body, person: Person) -> Body:
        ensure_owner(person, "name an adapter")
        tree.name_round(studio, _number(body), inputs.text(body.get("name") or "", "The name", 200))
        return {}

    def export_adapter(body: Body, person: Person) -> Body:
        ensure_owner(person, "export an adapter")
        exporting.start_export(studio, _number(body), exporting.checked_form(body.get("form")))
        return {}

    def delete_adapter(body: Body, person: Person) -> Body:
        ensure_owner(person, "delete an adapter")
        tree.delete_adapter(studio, _number(body))
        return {}

    functions = [adapters_tree, name_adapter, export_adapter, delete_adapter]
    script_panel("adapters", functions, given=kinds_view())
    with gr.Column(elem_classes=["gr-page", "data-files", "for-owners"]):
        gr.HTML(
            '<h2 class="section-title">Import an adapter</h2><p class="section-note">A zip of a PEFT folder: LoRA, in '
            "safetensors, trained on this student. It becomes a round that can be chatted with, measured and carried "
            "on.</p>",
            padding=False,
        )
        file = gr.File(file_types=[".zip"], label="Zip of a PEFT folder", height=130)
        name = gr.Textbox(label="Name", placeholder="may be left empty", max_lines=1)
        send = gr.Button("Import the adapter", variant="primary")
        told = gr.HTML(padding=False)

    def do_import_adapter(request: gr.Request, path: str | None, name: str) -> Any:
        try:
            importer = owner(request, "import an adapter")
            if not path:
                raise CitingError("Choose a file first.")
            given = inputs.text(name or "", "The name", 200)
            number = importing.import_adapter(studio, Path(path), given, importer.name)
        except CitingError as error:
            return sentence_html(error)
        return f'<div class="card report" role="status"><div class="body">It is round {number}.</div></div>'

    send.click(do_import_adapter, [file, name], told, api_visibility="private")


def _number(body: Body) -> int:
    return inputs.integer(body.get("round"), "The round", 1, 10**6)


def _numbers(adapters: list[tree.AdapterView]) -> list[int]:
    return [number for one in adapters for number in (one["round"], *_numbers(one["children"]))]
