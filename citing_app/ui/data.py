"""The data page: what there is and where it came from, import, drafts and export."""

from __future__ import annotations

from dataclasses import asdict

import gradio as gr

from citing_app.types import Person
from citing_app.ui.components import Body, ServerFunction, script_panel
from citing_app.ui.data_export import ExportPart
from citing_app.ui.data_import import import_part
from citing_app.ui.people import owners_may
from citing_app.workflows import importing_data, status, students
from citing_app.workflows.data import datasets, taking_back
from citing_app.workflows.data.importing import BUNDLED
from citing_app.workflows.data.requests import OneDataset, OneImport, RenameDataset
from citing_app.workflows.drafts import revising, starting
from citing_app.workflows.drafts.requests import Draft, Revise
from citing_app.workflows.request import Request
from citing_app.workflows.rubrics.assigning import assign_anew
from citing_app.workflows.studio import Studio


def data_page(studio: Studio) -> None:
    """Draw the page: uploads and downloads by Gradio, the rest by assets/data.js."""

    def overview(asked: Request, person: Person) -> Body:
        return {
            **status.summary(studio),
            "failures": len(revising.failed_calls(studio.store)),
            "models": model_numbers(studio),
            "imports": taking_back.imports_view(studio.store),
            "bundled": BUNDLED,
        }

    @owners_may("ask for drafts")
    def draft(asked: Draft, person: Person) -> Body:
        starting.start_drafts(studio, asked.items, asked.round)
        return {}

    @owners_may("ask for revisions")
    def revise(asked: Revise, person: Person) -> Body:
        starting.start_revisions(studio, asked.items)
        return {}

    @owners_may("take an import back")
    def import_goes(asked: OneImport, person: Person) -> Body:
        importing_data.ensure_unused(studio)
        return asdict(taking_back.going(studio.store, asked.number))

    @owners_may("take an import back")
    def take_back(asked: OneImport, person: Person) -> Body:
        gone = importing_data.take_back(studio, asked.number, person.name)
        assign_anew(studio)
        return asdict(gone)

    @owners_may("delete a data set")
    def dataset_goes(asked: OneDataset, person: Person) -> Body:
        importing_data.ensure_unused(studio)
        return asdict(datasets.going(studio.store, asked.dataset))

    @owners_may("delete a data set")
    def delete_dataset(asked: OneDataset, person: Person) -> Body:
        gone = importing_data.delete(studio, asked.dataset, person.name)
        assign_anew(studio)
        return asdict(gone)

    @owners_may("rename a data set")
    def rename_dataset(asked: RenameDataset, person: Person) -> Body:
        return {"dataset": importing_data.rename(studio, asked, person.name)}

    going: list[ServerFunction] = [import_goes, take_back, dataset_goes, delete_dataset, rename_dataset]
    script_panel("data", [overview, draft, revise, *going])
    with gr.Row(elem_classes=["gr-page", "data-files", "for-owners"]):
        with gr.Column():
            import_part(studio)
        with gr.Column():
            ExportPart(studio)


def model_numbers(studio: Studio) -> list[int]:
    """The rounds that can draft."""
    return [row.number for row in students.finished_rounds(studio)]
