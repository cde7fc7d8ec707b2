"""The teacher page: the models and how they are asked (assets/pages/teachers.js), and below them who teaches what and
how, what it costs, what failed and why (assets/pages/teacher.js)."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.requests import EFFORTS, AddModel, ModelSettings, OneModel, SetLimit, SetModel, SetPrice
from citing_app.workflows.drafts import adding, checking, starting, teachers
from citing_app.workflows.drafts.models_view import ModelsView, models_view, providers_view
from citing_app.workflows.drafts.requests import ChooseTeachers, Revise
from citing_app.workflows.drafts.teachers import TeachersView
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


class ModelsPanel(Panel):
    """The models that teach and judge."""

    script = "teachers"

    @served
    def models(self, asked: Request, person: Person) -> ModelsView:
        """All of them, and how their tests go."""
        return models_view(self.studio, person.is_owner)

    @served
    @owners_may("add a teacher")
    def add_model(self, asked: AddModel, person: Person) -> Body:
        """Add one, until it is removed."""
        return {"name": adding.add_teacher(self.studio, asked, person.name)}

    @served
    @owners_may("change a teacher's settings")
    def set_model(self, asked: SetModel, person: Person) -> Body:
        """Change how one is asked."""
        adding.set_teacher(self.studio, asked, person.name)
        return {}

    @served
    @owners_may("remove a teacher")
    def remove_model(self, asked: OneModel, person: Person) -> Body:
        """Remove one that was added."""
        return {"datasets": adding.remove_teacher(self.studio, asked.teacher, person.name)}

    @served
    @owners_may("test a teacher")
    def check(self, asked: OneModel, person: Person) -> Body:
        """Ask one a short question in the background."""
        checking.start_check(self.studio, asked.teacher)
        return {}

    @served
    @owners_may("set prices")
    def set_price(self, asked: SetPrice, person: Person) -> Body:
        """Say what one costs."""
        adding.set_price(self.studio, asked, person.name)
        return {}


class TeachingPanel(Panel):
    """Who teaches what and how, what it costs, what failed and why."""

    script = "teacher"

    @served
    def overview(self, asked: Request, person: Person) -> TeachersView:
        """Everything that it shows."""
        return teachers.teachers_view(self.studio)

    @served
    @owners_may("choose teachers")
    def choose(self, asked: ChooseTeachers, person: Person) -> Body:
        """Choose who revises a data set's drafts, and how."""
        teachers.choose_teachers(self.studio, asked, person.name)
        return {}

    @served
    @owners_may("set the spending limit")
    def set_limit(self, asked: SetLimit, person: Person) -> Body:
        """Say how much all may cost."""
        spending.set_limit(self.studio.store, asked.dollars, person.name)
        return {}

    @served
    @owners_may("ask for revisions")
    def revise(self, asked: Revise, person: Person) -> Body:
        """Have revisions written in the background."""
        starting.start_revisions(self.studio, asked.items)
        return {}

    @served
    @owners_may("ask for revisions")
    def retry_failed(self, asked: Request, person: Person) -> Body:
        """Ask again for those that failed."""
        starting.start_retry(self.studio)
        return {}

    @served
    @owners_may("send calls again")
    def allow_unknown(self, asked: Request, person: Person) -> Body:
        """Send the calls of unknown fate again."""
        return {"calls": starting.start_unknown_again(self.studio)}


def teacher_page(studio: Studio) -> None:
    """Draw the page."""
    given = {"providers": providers_view(studio), "whys": ModelSettings.whys(), "efforts": EFFORTS}
    ModelsPanel(studio, given)
    TeachingPanel(studio)
