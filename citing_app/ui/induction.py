"""The panel of the rubrics page that has a teacher make the categories and rubrics of a data set."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import owners_may
from citing_app.workflows.rubrics import inducing_view
from citing_app.workflows.rubrics.requests import Induce, Induction, InductionExamples
from citing_app.workflows.studio import Studio


def induction_panel(studio: Studio) -> None:
    """Draw the panel; its script is assets/induction.js."""

    def induction(asked: Induction, person: Person) -> Body:
        return inducing_view.induction_view(studio, asked.dataset)

    def induction_examples(asked: InductionExamples, person: Person) -> Body:
        return {"examples": inducing_view.induction_examples(studio, asked.dataset, asked.category)}

    def induction_estimate(asked: Induce, person: Person) -> Body:
        return inducing_view.induction_estimate(studio, asked)

    @owners_may("have rubrics made")
    def start_induction(asked: Induce, person: Person) -> Body:
        inducing_view.start_inducing(studio, asked, person.name)
        return {}

    script_panel("induction", [induction, induction_examples, induction_estimate, start_induction])
