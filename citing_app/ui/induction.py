"""The panel of the rubrics page that has a teacher make the categories and rubrics of a data set."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.rubrics import inducing_view
from citing_app.workflows.rubrics.inducing_plan import RunEstimate
from citing_app.workflows.rubrics.inducing_view import InductionView
from citing_app.workflows.rubrics.requests import Induce, Induction, InductionExamples


class InductionPanel(Panel):
    """Drawn by assets/pages/induction.js."""

    script = "induction"

    @served
    def induction(self, asked: Induction, person: Person) -> InductionView:
        """What can be chosen, and how a data set is sorted."""
        return inducing_view.induction_view(self.studio, asked.dataset)

    @served
    def induction_examples(self, asked: InductionExamples, person: Person) -> Body:
        """A few instructions of a category."""
        return {"examples": inducing_view.induction_examples(self.studio, asked.dataset, asked.category)}

    @served
    def induction_estimate(self, asked: Induce, person: Person) -> RunEstimate:
        """What a run will take."""
        return inducing_view.induction_estimate(self.studio, asked)

    @served
    @owners_may("have rubrics made")
    def start_induction(self, asked: Induce, person: Person) -> Body:
        """Start a run in the background, or go on with one."""
        inducing_view.start_inducing(self.studio, asked, person.name)
        return {}
