"""The rubrics page: every category with its criteria; owners edit, rename, merge and split, and have revised again."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from citing_app.errors import CitingError
from citing_app.types import Criterion, Person
from citing_app.ui import inputs
from citing_app.ui.components import Body, script_panel
from citing_app.ui.induction import induction_panel
from citing_app.ui.people import ensure_owner
from citing_app.ui.unmatched import unmatched_panel
from citing_app.workflows.rubrics import assigning, editing, views
from citing_app.workflows.studio import Studio

EDIT = "edit rubrics"
LONGEST_KNOWN_NAME = 200
LONGEST_TEXT = 10_000
"""What the workflow reads at all: its own limits, which are far lower, come with a better sentence."""
_LONGEST_LIST = 100


def rubrics_page(studio: Studio) -> None:
    """Draw the page; its script is assets/rubrics.js."""

    def categories(body: Body, person: Person) -> Body:
        return {**views.overview(studio.store), "limits": editing.LIMITS}

    def rubric_history(body: Body, person: Person) -> Body:
        return views.history(studio.store, _category(body))

    def members(body: Body, person: Person) -> Body:
        return views.members(studio.store, _category(body))

    def edit_rubric(body: Body, person: Person) -> Body:
        ensure_owner(person, EDIT)
        criteria, description = criteria_from(body.get("criteria")), _description(body)
        saved = editing.edit(studio.store, _category(body), _version(body), criteria, description, person.name)
        return {"version": saved.version}

    def rename_category(body: Body, person: Person) -> Body:
        ensure_owner(person, EDIT)
        name = inputs.text(body.get("name"), "The name of the category", LONGEST_KNOWN_NAME)
        stored = editing.rename(studio.store, _category(body), _version(body), name, person.name)
        return _assigned_anew({"name": stored})

    def merge_categories(body: Body, person: Person) -> Body:
        ensure_owner(person, EDIT)
        into, into_version = _category(body, "into"), _version(body, "into_version")
        merged = editing.merge(studio.store, _category(body), _version(body), into, into_version, person.name)
        return _assigned_anew({"members": merged})

    def split_category(body: Body, person: Person) -> Body:
        ensure_owner(person, EDIT)
        name = inputs.text(body.get("name"), "The name of the category", LONGEST_KNOWN_NAME)
        chosen, description = _members(body), _description(body)
        made = editing.split(studio.store, _category(body), _version(body), name, description, chosen, person.name)
        return _assigned_anew({"name": made})

    def move_members(body: Body, person: Person) -> Body:
        ensure_owner(person, EDIT)
        into, into_version = _category(body, "into"), _version(body, "into_version")
        moved = editing.move(
            studio.store, _category(body), _version(body), _members(body), into, into_version, person.name
        )
        return _assigned_anew({"members": moved})

    def revise_stale(body: Body, person: Person) -> Body:
        ensure_owner(person, "ask for revisions")
        expected = inputs.integer(body.get("expected"), "The number of revisions", 0, 2**31 - 1)
        editing.revise_stale(studio, expected, None if body.get("category") is None else _category(body))
        return {}

    def _assigned_anew(answer: Body) -> Body:
        """New members move the means, so every instruction is assigned anew; what was saved stays saved in any case."""
        with suppress(CitingError):
            assigning.start_assigning(studio)
        return answer

    looking = [categories, rubric_history, members]
    changing = [edit_rubric, rename_category, merge_categories, split_category, move_members, revise_stale]
    script_panel("rubrics", looking + changing)
    unmatched_panel(studio)
    induction_panel(studio)


def criteria_from(value: Any) -> list[Criterion]:
    """The criteria that a page sends. Raises CitingError for what is none; editing.edit judges what they say."""
    if not isinstance(value, list) or len(value) > _LONGEST_LIST:
        raise CitingError(f"The criteria are a list of at most {_LONGEST_LIST}.")
    return [_criterion(inputs.mapping(one, "The criterion")) for one in value]


def _criterion(given: Body) -> Criterion:
    name, good, bad = (inputs.text(given.get(part), "The criterion", LONGEST_TEXT) for part in ("name", "good", "bad"))
    return Criterion(name, good, bad)


def _category(body: Body, field: str = "category") -> str:
    return inputs.text(body.get(field), "The category", LONGEST_KNOWN_NAME)


def _version(body: Body, field: str = "version") -> int:
    return inputs.integer(body.get(field), "The version", 1, 2**31 - 1)


def _description(body: Body) -> str:
    return inputs.text(body.get("description", ""), "The description", LONGEST_TEXT)


def _members(body: Body) -> list[int]:
    return inputs.integers(body.get("members"), "The members", editing.MOST_MEMBERS)
