"""The curriculum page: the whole algorithm started with one button, watched stage by stage, paused at any of them."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.kinds import kinds_view
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.curriculum import control
from citing_app.workflows.curriculum.requests import OneCurriculum
from citing_app.workflows.curriculum.settings import StartCurriculum
from citing_app.workflows.curriculum.view import CurriculumView, OfferedView, curricula_view, offered
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


class PageView(OfferedView):
    """The curricula there are, newest first, and what the form offers."""

    curricula: list[CurriculumView]


class CurriculumPage(Panel):
    """Drawn by assets/pages/curriculum.js."""

    script = "curriculum"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio, {"whys": StartCurriculum.whys(), "kinds": kinds_view()})

    @served
    def curricula(self, asked: Request, person: Person) -> PageView:
        """Every curriculum with its stages and figures, and what the form offers."""
        return {"curricula": curricula_view(self.studio), **offered(self.studio)}

    @served
    @owners_may("start a curriculum")
    def start_curriculum(self, asked: StartCurriculum, person: Person) -> Body:
        """Start a curriculum in the background."""
        return {"curriculum": control.start(self.studio, asked.settings, person.name)}

    @served
    @owners_may("pause a curriculum")
    def pause_curriculum(self, asked: OneCurriculum, person: Person) -> Body:
        """Stop at the next safe point."""
        control.pause(self.studio, asked.curriculum)
        return {}

    @served
    @owners_may("continue a curriculum")
    def continue_curriculum(self, asked: OneCurriculum, person: Person) -> Body:
        """Go on from the stage where it stopped."""
        control.go_on(self.studio, asked.curriculum)
        return {}

    @served
    @owners_may("cancel a curriculum")
    def cancel_curriculum(self, asked: OneCurriculum, person: Person) -> Body:
        """End it for good."""
        control.cancel(self.studio, asked.curriculum)
        return {}
