"""The data page: what there is and where it came from, import, drafts and export."""

from __future__ import annotations

from dataclasses import asdict

import gradio as gr

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.data_export import ExportPart
from citing_app.ui.data_import import import_part
from citing_app.ui.panel import Panel, served
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


class DataPanel(Panel):
    """What there is and where it came from, drawn by assets/pages/data.js."""

    script = "data"

    @served
    def overview(self, asked: Request, person: Person) -> Body:
        """The data sets, the items by state, the imports, and the rounds that can draft."""
        return {
            **status.summary(self.studio),
            "failures": len(revising.failed_calls(self.studio.store)),
            "models": model_numbers(self.studio),
            "imports": taking_back.imports_view(self.studio.store),
            "bundled": BUNDLED,
        }

    @served
    @owners_may("ask for drafts")
    def draft(self, asked: Draft, person: Person) -> Body:
        """Have a student draft in the background."""
        starting.start_drafts(self.studio, asked.items, asked.round)
        return {}

    @served
    @owners_may("ask for revisions")
    def revise(self, asked: Revise, person: Person) -> Body:
        """Have the teachers revise in the background."""
        starting.start_revisions(self.studio, asked.items)
        return {}

    @served
    @owners_may("take an import back")
    def import_goes(self, asked: OneImport, person: Person) -> Body:
        """What goes with an import."""
        importing_data.ensure_unused(self.studio)
        return asdict(taking_back.going(self.studio.store, asked.number))

    @served
    @owners_may("take an import back")
    def take_back(self, asked: OneImport, person: Person) -> Body:
        """Let an import go; what went."""
        gone = importing_data.take_back(self.studio, asked.number, person.name)
        assign_anew(self.studio)
        return asdict(gone)

    @served
    @owners_may("delete a data set")
    def dataset_goes(self, asked: OneDataset, person: Person) -> Body:
        """What goes with a data set."""
        importing_data.ensure_unused(self.studio)
        return asdict(datasets.going(self.studio.store, asked.dataset))

    @served
    @owners_may("delete a data set")
    def delete_dataset(self, asked: OneDataset, person: Person) -> Body:
        """Let a data set go; what went."""
        gone = importing_data.delete(self.studio, asked.dataset, person.name)
        assign_anew(self.studio)
        return asdict(gone)

    @served
    @owners_may("rename a data set")
    def rename_dataset(self, asked: RenameDataset, person: Person) -> Body:
        """Give a data set another name; the name it has now."""
        return {"dataset": importing_data.rename(self.studio, asked, person.name)}


def data_page(studio: Studio) -> None:
    """Draw the page: the upload by Gradio, the rest by panels."""
    DataPanel(studio)
    with gr.Row(elem_classes=["gr-page", "data-files", "for-owners"]):
        with gr.Column():
            import_part(studio)
        with gr.Column():
            ExportPart(studio)


def model_numbers(studio: Studio) -> list[int]:
    """The rounds that can draft."""
    return [row.number for row in students.finished_rounds(studio)]
