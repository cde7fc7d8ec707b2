"""The rubrics page: every category with its criteria and how many instructions it holds."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.induction import induction_panel
from citing_app.workflows.assigning import categories_view
from citing_app.workflows.studio import Studio


def rubrics_page(studio: Studio) -> None:
    """Draw the page; its script is in assets/data.js."""

    def categories(body: Body, person: Person) -> Body:
        return categories_view(studio.store)

    induction_panel(studio)
    script_panel("rubrics", [categories])
