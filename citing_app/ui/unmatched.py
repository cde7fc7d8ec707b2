"""The part of the rubrics page that says what no rubric matches."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.request import Request
from citing_app.workflows.rubrics import unmatched
from citing_app.workflows.rubrics.requests import Pick, SetFloor, SomeInstructions, UnmatchedRows
from citing_app.workflows.rubrics.unmatched import UnmatchedPage, UnmatchedView

_SORT = "sort instructions"


class UnmatchedPanel(Panel):
    """Drawn by assets/pages/unmatched.js."""

    script = "unmatched"

    @served
    def overview(self, asked: Request, person: Person) -> UnmatchedView:
        """The floor, what it leaves, and how far the assignment agrees with people."""
        return unmatched.unmatched_view(self.studio, person.name)

    @served
    def unmatched_rows(self, asked: UnmatchedRows, person: Person) -> UnmatchedPage:
        """One page of what no rubric matches."""
        after = None if asked.similarity is None else (asked.similarity, asked.id)
        return unmatched.unmatched_page(self.studio.store, after)

    @served
    @owners_may("set the floor")
    def set_floor(self, asked: SetFloor, person: Person) -> Body:
        """Set the floor by hand, or let it follow the data."""
        unmatched.set_floor(self.studio, asked.floor, person.name)
        return {}

    @served
    @owners_may(_SORT)
    def pick(self, asked: Pick, person: Person) -> Body:
        """Sort some instructions into a category."""
        return {"picked": unmatched.pick(self.studio, asked.instructions, asked.category, person.name)}

    @served
    @owners_may(_SORT)
    def take_back(self, asked: SomeInstructions, person: Person) -> Body:
        """Undo what this person sorted."""
        return {"taken": unmatched.take_back(self.studio, asked.instructions, person.name)}

    @served
    @owners_may(_SORT)
    def ask_teacher(self, asked: SomeInstructions, person: Person) -> Body:
        """Have the teacher name one category for some instructions, in the background."""
        unmatched.start_asking(self.studio, asked.instructions)
        return {}
