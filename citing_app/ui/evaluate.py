"""The evaluate page: how good each round's drafts and self-revisions are, with intervals."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.data import model_numbers
from citing_app.ui.people import owners_may
from citing_app.workflows import status
from citing_app.workflows.evaluation import measuring
from citing_app.workflows.evaluation.figures import every_figure
from citing_app.workflows.evaluation.requests import Evaluate
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


def evaluate_page(studio: Studio) -> None:
    """Draw the page; its script is in assets/data.js."""

    def metrics(asked: Request, person: Person) -> Body:
        names = [row["name"] for row in status.summary(studio)["datasets"]]
        return {"metrics": every_figure(studio.store), "datasets": names, "models": model_numbers(studio)}

    @owners_may("measure models")
    def evaluate(asked: Evaluate, person: Person) -> Body:
        measuring.start(studio, asked)
        return {}

    script_panel("evaluate", [metrics, evaluate])
