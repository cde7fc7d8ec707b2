"""The Evaluate page: how good each round's drafts and self-revisions are, with intervals."""

from __future__ import annotations

from typing import TypedDict

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.data import model_numbers
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows import status
from citing_app.workflows.adapters.blending import start_blend
from citing_app.workflows.adapters.requests import Blend
from citing_app.workflows.evaluation import view
from citing_app.workflows.evaluation.figures import measuring, strengths
from citing_app.workflows.evaluation.figures.categories import categories
from citing_app.workflows.evaluation.figures.overlaps import TrainTestOverlap, overlap_of
from citing_app.workflows.evaluation.figures.texts import TextsView, texts
from citing_app.workflows.evaluation.report.writing import report_among
from citing_app.workflows.evaluation.requests import Categories, Evaluate, FindStrength, Overlap, SaveReport, Texts
from citing_app.workflows.evaluation.view import MeasuredSetView
from citing_app.workflows.request import Request
from citing_app.workflows.students import rounds_of_others


class EvaluateView(TypedDict):
    """What was measured of the `student` in use, and what can be: the names of data sets, rounds from the newest.

    `others` are the students of other rounds.
    """

    sets: list[MeasuredSetView]
    datasets: list[str]
    models: list[int]
    student: str
    others: list[str]


class EvaluatePage(Panel):
    """Drawn by assets/pages/evaluate.js."""

    script = "evaluate"

    @served
    def metrics(self, asked: Request, person: Person) -> EvaluateView:
        """All figures, and what the form offers."""
        return {
            "sets": view.measured_sets(self.studio),
            "datasets": [row["name"] for row in status.summary(self.studio)["datasets"]],
            "models": model_numbers(self.studio),
            "student": self.studio.chosen.name,
            "others": sorted(set(rounds_of_others(self.studio).values())),
        }

    @served
    def texts(self, asked: Texts, person: Person) -> TextsView:
        """The texts behind a point, set against another model's."""
        return texts(self.studio.store, asked)

    @served
    def by_category(self, asked: Categories, person: Person) -> Body:
        """Which rubric helps, and which harms."""
        return {"categories": categories(self.studio.store, asked)}

    @served
    def overlap(self, asked: Overlap, person: Person) -> TrainTestOverlap:
        """Which of the test set's instructions, or nearly, were learned."""
        return overlap_of(self.studio.store, self.studio.embedder.name, asked.test_set)

    @served
    def strengths(self, asked: FindStrength, person: Person) -> Body:
        """What is known of a round's strengths."""
        found = strengths.strengths_view(self.studio, asked)
        return {**found, "told": strengths.told(found)}

    @served
    @owners_may("measure models")
    def find_strength(self, asked: FindStrength, person: Person) -> Body:
        """Start measuring a round's strengths in the background."""
        strengths.start(self.studio, asked)
        return {}

    @served
    @owners_may("blend adapters")
    def blend_adapter(self, asked: Blend, person: Person) -> Body:
        """Save a round at a strength as a round."""
        start_blend(self.studio, asked, person.name)
        return {}

    @served
    @owners_may("save a report")
    def report(self, asked: SaveReport, person: Person) -> Body:
        """Write a report where it can be downloaded."""
        return {"file": str(report_among(self.studio, asked.ending))}

    @served
    @owners_may("measure models")
    def evaluate(self, asked: Evaluate, person: Person) -> Body:
        """Start measuring in the background."""
        measuring.start(self.studio, asked)
        return {}
