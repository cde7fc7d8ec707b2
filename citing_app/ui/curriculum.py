"""The curriculum page: the whole algorithm started with one button, watched stage by stage, paused at any of them."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, ServerFunction, script_panel
from citing_app.ui.kinds import kinds_view
from citing_app.ui.people import owners_may
from citing_app.workflows.curriculum import control
from citing_app.workflows.curriculum.requests import OneCurriculum
from citing_app.workflows.curriculum.settings import StartCurriculum
from citing_app.workflows.curriculum.view import curricula_view, offered
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


def curriculum_page(studio: Studio) -> None:
    """Draw the page; its script is assets/curriculum.js."""

    def curricula(asked: Request, person: Person) -> Body:
        return {"curricula": curricula_view(studio), **offered(studio)}

    @owners_may("start a curriculum")
    def start_curriculum(asked: StartCurriculum, person: Person) -> Body:
        return {"curriculum": control.start(studio, asked.settings, person.name)}

    @owners_may("pause a curriculum")
    def pause_curriculum(asked: OneCurriculum, person: Person) -> Body:
        control.pause(studio, asked.curriculum)
        return {}

    @owners_may("continue a curriculum")
    def continue_curriculum(asked: OneCurriculum, person: Person) -> Body:
        control.go_on(studio, asked.curriculum)
        return {}

    @owners_may("cancel a curriculum")
    def cancel_curriculum(asked: OneCurriculum, person: Person) -> Body:
        control.cancel(studio, asked.curriculum)
        return {}

    functions: list[ServerFunction] = [curricula, start_curriculum, pause_curriculum, continue_curriculum]
    script_panel(
        "curriculum", [*functions, cancel_curriculum], given={"whys": StartCurriculum.whys(), "kinds": kinds_view()}
    )
