"""The rubrics page: every category with its criteria; owners edit, rename, merge and split, and have revised again."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.induction import InductionPanel
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.ui.unmatched import UnmatchedPanel
from citing_app.workflows.request import Request
from citing_app.workflows.rubrics import changing, editing, views
from citing_app.workflows.rubrics.requests import EditRubric, Merge, Move, OneCategory, Rename, ReviseStale, Split
from citing_app.workflows.rubrics.views import HistoryView, MembersView
from citing_app.workflows.studio import Studio

_EDIT = "edit rubrics"


class RubricsPanel(Panel):
    """The categories, drawn by assets/pages/rubrics.js."""

    script = "rubrics"

    @served
    def categories(self, asked: Request, person: Person) -> Body:
        """All of them, and how long a rubric may be."""
        return {**views.overview(self.studio.store), "limits": editing.LIMITS}

    @served
    def rubric_history(self, asked: OneCategory, person: Person) -> HistoryView:
        """What led to a category as it is."""
        return views.history(self.studio.store, asked.category)

    @served
    def members(self, asked: OneCategory, person: Person) -> MembersView:
        """A category's members, in two groups where they fall into two."""
        return views.members(self.studio.store, asked.category)

    @served
    @owners_may(_EDIT)
    def edit_rubric(self, asked: EditRubric, person: Person) -> Body:
        """Save a new version of a rubric."""
        saved = editing.edit(
            self.studio.store, asked.category, asked.version, asked.criteria, asked.description, person.name
        )
        return {"version": saved.version}

    @served
    @owners_may(_EDIT)
    def rename_category(self, asked: Rename, person: Person) -> Body:
        """Give a category another name."""
        return {"name": changing.rename(self.studio, asked, person.name)}

    @served
    @owners_may(_EDIT)
    def merge_categories(self, asked: Merge, person: Person) -> Body:
        """Merge a category into another one."""
        return {"members": changing.merge(self.studio, asked, person.name)}

    @served
    @owners_may(_EDIT)
    def split_category(self, asked: Split, person: Person) -> Body:
        """Make a category of some members."""
        return {"name": changing.split(self.studio, asked, person.name)}

    @served
    @owners_may(_EDIT)
    def move_members(self, asked: Move, person: Person) -> Body:
        """Sort some members into another category."""
        return {"members": changing.move(self.studio, asked, person.name)}

    @served
    @owners_may("ask for revisions")
    def revise_stale(self, asked: ReviseStale, person: Person) -> Body:
        """Have stale items revised again in the background."""
        editing.revise_stale(self.studio, asked.expected, asked.category)
        return {}


def rubrics_page(studio: Studio) -> None:
    """Draw the page."""
    RubricsPanel(studio)
    UnmatchedPanel(studio)
    InductionPanel(studio)
