"""Importing into an open studio: new rows need a rubric before anything is made of them."""

from __future__ import annotations

from pathlib import Path

from citing_app.types import ImportReport
from citing_app.workflows.data import importing
from citing_app.workflows.data.requests import Import
from citing_app.workflows.rubrics.assigning import assign_anew
from citing_app.workflows.studio import Studio


def import_file(studio: Studio, path: Path, asked: Import) -> ImportReport:
    """As `importing.import_file`; the rows are then assigned in the background.

    The command imports without this: its process would end before the embedder had loaded. The app assigns what is new
    when it starts, and so does each command that needs rubrics.
    """
    report = importing.import_file(studio.store, path, asked.dataset or None, asked.held_out)
    assign_anew(studio)
    return report
