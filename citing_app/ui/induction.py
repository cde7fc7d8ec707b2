"""The panel of the rubrics page that has a teacher make the categories and rubrics of a data set."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import ensure_owner
from citing_app.workflows.rubrics import inducing_view
from citing_app.workflows.rubrics.inducing_plan import HIGHEST_BOUND
from citing_app.workflows.studio import Studio


def induction_panel(studio: Studio) -> None:
    """Draw the panel; its script is assets/induction.js."""

    def induction(body: Body, person: Person) -> Body:
        dataset = body.get("dataset")
        return inducing_view.induction_view(studio, None if dataset is None else _dataset(body))

    def induction_examples(body: Body, person: Person) -> Body:
        category = body.get("category")
        checked = None if category is None else inputs.text(category, "The category", 200)
        return {"examples": inducing_view.induction_examples(studio, _dataset(body), checked)}

    def induction_estimate(body: Body, person: Person) -> Body:
        return inducing_view.induction_estimate(studio, *_settings(body))

    def start_induction(body: Body, person: Person) -> Body:
        ensure_owner(person, "have rubrics made")
        inducing_view.start_inducing(studio, *_settings(body), person.name)
        return {}

    script_panel("induction", [induction, induction_examples, induction_estimate, start_induction])


def _dataset(body: Body) -> str:
    return inputs.text(body.get("dataset"), "The data set", 100)


def _settings(body: Body) -> tuple[str, int, str]:
    """Data set, greatest number of categories and teacher."""
    most = inputs.integer(body.get("most"), "The number of categories", 2, HIGHEST_BOUND)
    return _dataset(body), most, inputs.text(body.get("teacher"), "The teacher", 200)
