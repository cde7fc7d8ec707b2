"""The part of the data page that writes a file."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows import exporting_data
from citing_app.workflows.exporting_data import Export
from citing_app.workflows.request import Request


class ExportPart(Panel):
    """Drawn by assets/pages/data_export.js."""

    script = "data_export"

    @served
    def export_choices(self, asked: Request, person: Person) -> Body:
        """What the form offers."""
        return exporting_data.choices(self.studio)

    @served
    @owners_may("export")
    def count_export(self, asked: Export, person: Person) -> Body:
        """What the file would hold."""
        return {"told": str(exporting_data.counted(self.studio, asked))}

    @served
    @owners_may("export")
    def export(self, asked: Export, person: Person) -> Body:
        """Make the file, and its card."""
        path, card, made = exporting_data.export_among(self.studio, asked)
        return {"told": str(made), "file": str(path), "card": str(card)}
