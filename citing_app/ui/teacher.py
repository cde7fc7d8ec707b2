"""The teacher page: who teaches what and how, what it costs, what failed and why; drawn by assets/teacher.js."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import owners_may
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.requests import SetLimit, SetPrice
from citing_app.workflows.drafts import starting, teachers
from citing_app.workflows.drafts.requests import ChooseTeachers, OneTeacher, Revise
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


def teacher_page(studio: Studio) -> None:
    """Draw the page."""

    def overview(asked: Request, person: Person) -> Body:
        return teachers.teachers_view(studio)

    @owners_may("test a teacher")
    def check(asked: OneTeacher, person: Person) -> Body:
        teachers.start_check(studio, asked.teacher)
        return {}

    @owners_may("choose teachers")
    def choose(asked: ChooseTeachers, person: Person) -> Body:
        teachers.choose_teachers(studio, asked, person.name)
        return {}

    @owners_may("set prices")
    def set_price(asked: SetPrice, person: Person) -> Body:
        teachers.model_of([*studio.teachers, *studio.judges], asked.teacher)
        spending.set_price(studio.store, asked.teacher, asked.sent, asked.answered, person.name)
        return {}

    @owners_may("set the spending limit")
    def set_limit(asked: SetLimit, person: Person) -> Body:
        spending.set_limit(studio.store, asked.dollars, person.name)
        return {}

    @owners_may("ask for revisions")
    def revise(asked: Revise, person: Person) -> Body:
        starting.start_revisions(studio, asked.items)
        return {}

    @owners_may("ask for revisions")
    def retry(asked: Request, person: Person) -> Body:
        starting.start_retry(studio)
        return {}

    @owners_may("send calls again")
    def allow_unknown(asked: Request, person: Person) -> Body:
        return {"calls": starting.start_unknown_again(studio)}

    script_panel("teacher", [overview, check, choose, set_price, set_limit, revise, retry, allow_unknown])
