"""The part of the data page that takes a file in: a preview first, in which columns are mapped, then the import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from citing_app.errors import CitingError
from citing_app.ui.components import sentence_html
from citing_app.ui.data_preview import preview_html, report_html
from citing_app.ui.people import owner
from citing_app.workflows import importing_data
from citing_app.workflows.data import previewing
from citing_app.workflows.data.requests import Import
from citing_app.workflows.studio import Studio

_MAP = """
element.addEventListener("change", () => {
  const chosen = [...element.querySelectorAll("select")].filter((select) => select.value);
  trigger("edit", Object.fromEntries(chosen.map((select) => [select.dataset.column, select.value])));
});
"""
"""Which columns are mapped by hand, sent when one of the preview's selects changes."""


def import_part(studio: Studio) -> None:
    """Draw the form, and below it the report of the last import and the preview of the next."""
    gr.HTML(
        '<h2 class="section-title">Import</h2><p class="section-note">JSON, JSON lines, CSV or Parquet, also in gzip '
        "or Zstandard, with the columns of Alpaca, Dolly, ShareGPT, chat messages, preferences and others. Rows may "
        "bring their own draft and revision.</p>",
        padding=False,
    )
    file = gr.File(label="File", height=130)
    name = gr.Textbox(label="Data set", placeholder="named after the file", max_lines=1)
    held_out = gr.Checkbox(label="Only to measure on: nothing ever learns these rows")
    pairs = gr.Checkbox(label="Preferences as pairs: the rejected answer is the draft, the chosen one its revision")
    update = gr.Checkbox(label="Replace rows of the data set that have the same id")
    seen = gr.HTML(js_on_load=_MAP, padding=False)
    send = gr.Button("Import", variant="primary")
    report = gr.HTML(padding=False)
    mapped = gr.State({})

    def show(
        request: gr.Request, path: str | None, dataset: str, pairs: bool, update: bool, columns: Mapping[str, str]
    ) -> str:
        try:
            owner(request, "import")
            if not path:
                return ""
            asked = Import.of({"dataset": dataset, "pairs": pairs, "update": update, "columns": columns})
            found = previewing.preview(studio.store, Path(path), asked.how, asked.dataset, update=asked.update)
            return preview_html(found, asked.how.columns)
        except CitingError as error:
            return sentence_html(error)

    def show_new(request: gr.Request, path: str | None, dataset: str, pairs: bool, update: bool) -> Any:
        return show(request, path, dataset, pairs, update, {}), {}

    def show_mapped(
        request: gr.Request,
        path: str | None,
        dataset: str,
        pairs: bool,
        update: bool,
        columns: Any,
        sent: gr.EventData,
    ) -> Any:
        shown = show(request, path, dataset, pairs, update, sent._data)
        if 'role="alert"' not in shown:
            return shown, sent._data
        return shown + show(request, path, dataset, pairs, update, columns), columns

    def do_import(
        request: gr.Request,
        path: str | None,
        dataset: str,
        held_out: bool,
        pairs: bool,
        update: bool,
        columns: Mapping[str, str],
        shown: str | None,
    ) -> Any:
        try:
            person = owner(request, "import")
            if not path:
                raise CitingError("Choose a file first.")
            chosen = {"dataset": dataset, "held_out": held_out, "pairs": pairs, "update": update}
            asked = Import.of({**chosen, "columns": columns})
            found = importing_data.import_file(studio, Path(path), asked, person.name)
        except CitingError as error:
            sentence = sentence_html(error)
            return sentence, "" if sentence == shown else gr.skip()  # the preview may have said the same
        return report_html(found), ""

    asked = [file, name, pairs, update]
    file.change(show_new, asked, [seen, mapped], api_visibility="private")
    for changed in (name.blur, pairs.input, update.input):
        changed(show, [*asked, mapped], seen, api_visibility="private")
    seen.edit(show_mapped, [*asked, mapped], [seen, mapped], api_visibility="private")
    send.click(do_import, [file, name, held_out, pairs, update, mapped, seen], [report, seen], api_visibility="private")
