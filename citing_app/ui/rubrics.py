"""The rubrics page: every category with its criteria; owners edit, rename, merge and split, and have revised again."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body, script_panel
from citing_app.ui.induction import induction_panel
from citing_app.ui.people import owners_may
from citing_app.ui.unmatched import unmatched_panel
from citing_app.workflows.request import Request
from citing_app.workflows.rubrics import changing, editing, views
from citing_app.workflows.rubrics.requests import EditRubric, Merge, Move, OneCategory, Rename, ReviseStale, Split
from citing_app.workflows.studio import Studio

_EDIT = "edit rubrics"


def rubrics_page(studio: Studio) -> None:
    """Draw the page; its script is assets/rubrics.js."""

    def categories(asked: Request, person: Person) -> Body:
        return {**views.overview(studio.store), "limits": editing.LIMITS}

    def rubric_history(asked: OneCategory, person: Person) -> Body:
        return views.history(studio.store, asked.category)

    def members(asked: OneCategory, person: Person) -> Body:
        return views.members(studio.store, asked.category)

    @owners_may(_EDIT)
    def edit_rubric(asked: EditRubric, person: Person) -> Body:
        saved = editing.edit(
            studio.store, asked.category, asked.version, asked.criteria, asked.description, person.name
        )
        return {"version": saved.version}

    @owners_may(_EDIT)
    def rename_category(asked: Rename, person: Person) -> Body:
        return {"name": changing.rename(studio, asked, person.name)}

    @owners_may(_EDIT)
    def merge_categories(asked: Merge, person: Person) -> Body:
        return {"members": changing.merge(studio, asked, person.name)}

    @owners_may(_EDIT)
    def split_category(asked: Split, person: Person) -> Body:
        return {"name": changing.split(studio, asked, person.name)}

    @owners_may(_EDIT)
    def move_members(asked: Move, person: Person) -> Body:
        return {"members": changing.move(studio, asked, person.name)}

    @owners_may("ask for revisions")
    def revise_stale(asked: ReviseStale, person: Person) -> Body:
        editing.revise_stale(studio, asked.expected, asked.category)
        return {}

    script_panel(
        "rubrics",
        [
            *(categories, rubric_history, members, edit_rubric, rename_category),
            *(merge_categories, split_category, move_members, revise_stale),
        ],
    )
    unmatched_panel(studio)
    induction_panel(studio)
