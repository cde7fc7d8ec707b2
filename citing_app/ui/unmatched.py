"""The part of the rubrics page that says what no rubric matches; drawn by assets/unmatched.js."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.people import owners_may
from citing_app.workflows.request import Request
from citing_app.workflows.rubrics import unmatched
from citing_app.workflows.rubrics.requests import Pick, SetFloor, SomeInstructions, UnmatchedRows
from citing_app.workflows.studio import Studio

_SORT = "sort instructions"


def unmatched_panel(studio: Studio) -> None:
    """Draw the panel."""

    def overview(asked: Request, person: Person) -> Body:
        return unmatched.unmatched_view(studio, person.name)

    def unmatched_rows(asked: UnmatchedRows, person: Person) -> Body:
        after = None if asked.similarity is None else (asked.similarity, asked.id)
        return unmatched.unmatched_page(studio.store, after)

    @owners_may("set the floor")
    def set_floor(asked: SetFloor, person: Person) -> Body:
        unmatched.set_floor(studio, asked.floor, person.name)
        return {}

    @owners_may(_SORT)
    def pick(asked: Pick, person: Person) -> Body:
        return {"picked": unmatched.pick(studio, asked.instructions, asked.category, person.name)}

    @owners_may(_SORT)
    def take_back(asked: SomeInstructions, person: Person) -> Body:
        return {"taken": unmatched.take_back(studio, asked.instructions, person.name)}

    @owners_may(_SORT)
    def ask_teacher(asked: SomeInstructions, person: Person) -> Body:
        unmatched.start_asking(studio, asked.instructions)
        return {}

    script_panel("unmatched", [overview, unmatched_rows, set_floor, pick, take_back, ask_teacher])
