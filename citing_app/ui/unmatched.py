"""The part of the rubrics page that says what no rubric matches; drawn by assets/unmatched.js."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import ensure_owner
from citing_app.workflows.rubrics import unmatched
from citing_app.workflows.studio import Studio

_SORT = "sort instructions"


def unmatched_panel(studio: Studio) -> None:
    """Draw the panel."""

    def overview(body: Body, person: Person) -> Body:
        return unmatched.unmatched_view(studio, person.name)

    def unmatched_rows(body: Body, person: Person) -> Body:
        similarity = inputs.optional_number(body.get("similarity"), "The similarity", -2, 2)
        after = None if similarity is None else (similarity, inputs.integer(body.get("id"), "The row", 0, 2**62))
        return unmatched.unmatched_page(studio.store, after)

    def set_floor(body: Body, person: Person) -> Body:
        ensure_owner(person, "set the floor")
        unmatched.set_floor(studio, inputs.optional_number(body.get("floor"), "The floor", -1, 1), person.name)
        return {}

    def pick(body: Body, person: Person) -> Body:
        ensure_owner(person, _SORT)
        category = inputs.text(body.get("category"), "The category", 200)
        return {"picked": unmatched.pick(studio, _rows(body), category, person.name)}

    def take_back(body: Body, person: Person) -> Body:
        ensure_owner(person, _SORT)
        return {"taken": unmatched.take_back(studio, _rows(body), person.name)}

    def ask_teacher(body: Body, person: Person) -> Body:
        ensure_owner(person, _SORT)
        unmatched.start_asking(studio, _rows(body))
        return {}

    script_panel("unmatched", [overview, unmatched_rows, set_floor, pick, take_back, ask_teacher])


def _rows(body: Body) -> list[int]:
    return inputs.integers(body.get("instructions"), "The instructions", unmatched.MOST)
