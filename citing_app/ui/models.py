"""The Models page: which students there are, what they are, downloaded and chosen."""

from __future__ import annotations

from typing import Any

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows import first_start
from citing_app.workflows.models import fetching
from citing_app.workflows.models.listing import ModelsView, StudentView, look, models_view
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.request import Request


class ModelsPage(Panel):
    """Drawn by assets/pages/models.js."""

    script = "models"

    @served
    def students(self, asked: Request, person: Person) -> ModelsView:
        """The students there are, and the newest download."""
        return models_view(self.studio)

    @served
    @owners_may("look at students")
    def look(self, asked: OneStudent, person: Person) -> StudentView:
        """What a student is, before it is downloaded."""
        return look(self.studio, asked)

    @served
    @owners_may("download a student")
    def fetch(self, asked: OneStudent, person: Person) -> Body:
        """Download it in the background."""
        fetching.start(self.studio, asked)
        return {}

    @served
    @owners_may("cancel a download")
    def cancel_fetch(self, asked: Request, person: Person) -> Body:
        """Stop the download; it resumes where it stopped."""
        fetching.cancel(self.studio)
        return {}

    @served
    @owners_may("choose the student")
    def use(self, asked: OneStudent, person: Person) -> dict[str, Any]:
        """Draft, chat and train with this student from now on."""
        return {"told": first_start.use_student(self.studio, asked)}
