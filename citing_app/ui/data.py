"""The data page: import, drafts and export."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import gradio as gr

from citing_app.errors import CitingError
from citing_app.types import ImportReport, Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import owner, owners_may
from citing_app.workflows import importing_data, status, students
from citing_app.workflows.data import exporting, rows
from citing_app.workflows.data.importing import NOTHING_CAME, is_all_rejected, notes
from citing_app.workflows.data.requests import Export, Import
from citing_app.workflows.drafts import revising, starting
from citing_app.workflows.drafts.requests import Draft, Revise
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio

COLUMNS = [
    ("everything", "full"),
    ("Alpaca", "alpaca"),
    ("prompt and completion", "prompt-completion"),
    ("preference: revision over draft", "preference"),
]


def data_page(studio: Studio) -> None:
    """Draw the page: uploads and downloads by Gradio, the rest by assets/data.js."""

    def overview(asked: Request, person: Person) -> Body:
        return {
            **status.summary(studio),
            "failures": len(revising.failed_calls(studio.store)),
            "models": model_numbers(studio),
        }

    @owners_may("ask for drafts")
    def draft(asked: Draft, person: Person) -> Body:
        starting.start_drafts(studio, asked.items, asked.round)
        return {}

    @owners_may("ask for revisions")
    def revise(asked: Revise, person: Person) -> Body:
        starting.start_revisions(studio, asked.items)
        return {}

    script_panel("data", [overview, draft, revise])
    with gr.Row(elem_classes=["gr-page", "data-files", "for-owners"]):
        with gr.Column():
            gr.HTML(
                '<h2 class="section-title">Import</h2><p class="section-note">JSON, JSONL, CSV or Parquet with '
                "instruction, input, output; prompt and completion; or chat messages. Rows may bring their own "
                "draft and revision.</p>",
                padding=False,
            )
            file = gr.File(file_types=list(rows.FORMATS), label="File", height=130)
            name = gr.Textbox(label="Data set", placeholder="named after the file", max_lines=1)
            held_out = gr.Checkbox(label="Only to measure on: nothing ever learns these rows")
            send = gr.Button("Import", variant="primary")
            report = gr.HTML(padding=False)
        with gr.Column():
            gr.HTML(
                '<h2 class="section-title">Export</h2><p class="section-note">Every accepted revision, with its '
                "category, rubric version, annotator, teacher and round, in the columns that a trainer reads.</p>",
                padding=False,
            )
            ending = gr.Radio(list(exporting.FORMATS), value=".jsonl", label="Format")
            shape = gr.Radio(COLUMNS, value="full", label="Columns")
            make = gr.Button("Make the file")
            made = gr.File(label="Accepted revisions", visible=False, interactive=False)
            told = gr.HTML(padding=False)

    def do_import(request: gr.Request, path: str | None, dataset: str, held_out: bool) -> Any:
        try:
            owner(request, "import")
            if not path:
                raise CitingError("Choose a file first.")
            asked = Import.of({"dataset": dataset, "held_out": held_out})
            found = importing_data.import_file(studio, Path(path), asked)
        except CitingError as error:
            return sentence_html(error)
        return report_html(found)

    def do_export(request: gr.Request, ending: str, shape: str) -> Any:
        try:
            owner(request, "export")
            asked = Export.of({"ending": ending, "shape": shape})
            path, exported = exporting.export_among(studio.store, studio.exports_folder, asked.ending, asked.shape)
        except CitingError as error:
            return gr.File(visible=False), sentence_html(error)
        return gr.File(str(path), label=str(exported), visible=True), ""

    send.click(do_import, [file, name, held_out], report, api_visibility="private")
    make.click(do_export, [ending, shape], [made, told], api_visibility="private")


def sentence_html(error: CitingError) -> str:
    """Why nothing was done: it stays on the page until the next try, where a toast would fade."""
    return f'<div class="notice" role="alert">{html.escape(str(error))}</div>'


def report_html(found: ImportReport) -> str:
    """An import's report; of many rejected rows the first fifty are named."""
    updated = f" {found.updated:,} updated," if found.updated else ""
    counts = (
        f"<b>{html.escape(found.dataset)}</b>: {found.read:,} read, {found.imported:,} imported,{updated} "
        f"{found.duplicates:,} duplicates, {len(found.rejected):,} rejected; {found.revisions:,} came with a revision."
    )
    rows = [f"row {row.row}: {row.reason}" for row in found.rejected[:50]]
    if len(found.rejected) > len(rows):
        rows.append(f"and {len(found.rejected) - len(rows):,} more")
    nothing = [NOTHING_CAME] if is_all_rejected(found) else []
    told = "<div>" + "".join(f"<p>{html.escape(note)}</p>" for note in [*nothing, *notes(found)]) + "</div>"
    listed = "".join(f"<li>{html.escape(row)}</li>" for row in rows)
    return f'<div class="card report" role="status"><div class="body">{counts}{told}<ul>{listed}</ul></div></div>'


def model_numbers(studio: Studio) -> list[int]:
    """The rounds that can draft."""
    return [row.number for row in students.finished_rounds(studio)]
