"""The evaluate page: how good each round's drafts and self-revisions are, with intervals."""

from __future__ import annotations

from dataclasses import asdict

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.data import model_numbers
from citing_app.ui.people import ensure_owner
from citing_app.workflows import status
from citing_app.workflows.evaluation import measuring
from citing_app.workflows.studio import Studio


def evaluate_page(studio: Studio) -> None:
    """Draw the page; its script is in assets/data.js."""

    def metrics(body: Body, person: Person) -> Body:
        figures = measuring.figures(studio.store)
        names = [row["name"] for row in status.summary(studio)["datasets"]]
        return {"metrics": [asdict(figure) for figure in figures], "datasets": names, "models": model_numbers(studio)}

    def evaluate(body: Body, person: Person) -> Body:
        ensure_owner(person, "measure models")
        numbers = [None if n == 0 else n for n in inputs.integers(body.get("models", []), "The models", 20)]
        if not numbers:
            raise CitingError("Choose at least one model.")
        dataset = inputs.text(body.get("dataset") or "", "The data set", 100) or None
        limit = inputs.integer(body.get("items", 100), "The number of instructions", 1, 5000)
        measuring.start(studio, numbers, dataset, limit)
        return {}

    script_panel("evaluate", [metrics, evaluate])
