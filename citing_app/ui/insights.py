"""The insights page: what the decisions teach, how far people agree, and how many people are asked."""

from __future__ import annotations

from citing_app.errors import CitingError
from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import ensure_owner
from citing_app.workflows.desk import insights
from citing_app.workflows.studio import Studio


def insights_page(studio: Studio) -> None:
    """Draw the page; its script is assets/insights.js."""

    def figures(body: Body, person: Person) -> Body:
        by = insights.checked_group(inputs.text(body.get("by", "category"), "The grouping", 20))
        return insights.figures(studio.store, by)

    def people(body: Body, person: Person) -> Body:
        return {
            "agreement": insights.agreement(studio.store),
            "preferences": insights.preferences(studio.store),
            "disagreements": insights.disagreements(studio.store),
            "overlaps": insights.overlaps(studio.store) if person.is_owner else [],
        }

    def set_overlap(body: Body, person: Person) -> Body:
        ensure_owner(person, "say how many people decide an item")
        dataset = inputs.text(body.get("dataset"), "The data set", 200)
        share = inputs.optional_number(body.get("share"), "The share", 0, 1)
        if share is None:
            raise CitingError("The share is a number between 0 and 1.")
        slots = inputs.integer(body.get("slots"), "The number of people", 1, insights.MOST_PEOPLE)
        insights.set_overlap(studio.store, dataset, share, slots)
        return {}

    script_panel("insights", [figures, people, set_overlap])
