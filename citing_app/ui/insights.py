"""The insights page: what the decisions teach, how far people agree, and how many people are asked."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import owners_may
from citing_app.workflows.desk import insights
from citing_app.workflows.desk.requests import Figures, SetOverlap
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


def insights_page(studio: Studio) -> None:
    """Draw the page; its script is assets/insights.js."""

    def figures(asked: Figures, person: Person) -> Body:
        return insights.figures(studio.store, asked.by)

    def people(asked: Request, person: Person) -> Body:
        return {
            "agreement": insights.agreement(studio.store),
            "preferences": insights.preferences(studio.store),
            "disagreements": insights.disagreements(studio.store),
            "overlaps": insights.overlaps(studio.store) if person.is_owner else [],
        }

    @owners_may("say how many people decide an item")
    def set_overlap(asked: SetOverlap, person: Person) -> Body:
        insights.set_overlap(studio.store, asked.dataset, asked.share, asked.slots)
        return {}

    script_panel("insights", [figures, people, set_overlap])
