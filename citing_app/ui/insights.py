"""The insights page: what the decisions teach, how far people agree, and how many people are asked."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.desk import insights
from citing_app.workflows.desk.requests import Figures, SetOverlap
from citing_app.workflows.request import Request


class InsightsPage(Panel):
    """Drawn by assets/pages/insights.js."""

    script = "insights"

    @served
    def figures(self, asked: Figures, person: Person) -> Body:
        """How revisions fare, `by` what was asked."""
        return {**insights.figures(self.studio.store, asked.by), "by": asked.by}

    @served
    def people(self, asked: Request, person: Person) -> Body:
        """How far people agree; for owners with how many are asked."""
        return {
            "agreement": insights.agreement(self.studio.store),
            "preferences": insights.preferences(self.studio.store),
            "disagreements": insights.disagreements(self.studio.store),
            "overlaps": insights.overlaps(self.studio.store) if person.is_owner else [],
        }

    @served
    @owners_may("say how many people decide an item")
    def set_overlap(self, asked: SetOverlap, person: Person) -> Body:
        """Say how many people decide an item."""
        insights.set_overlap(self.studio.store, asked.dataset, asked.share, asked.slots)
        return {}
