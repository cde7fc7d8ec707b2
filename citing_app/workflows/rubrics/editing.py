"""What people do with categories and their rubrics; each save is made on the version that the person saw.

A save on an older version is refused with who saved the newer one and when: nothing is overwritten. What the rubrics
page shows of all this is in rubric_views.py; why a category is retired and never changed, in docs/rubrics.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.errors import CitingError, Refused
from citing_app.method import rubrics as rules
from citing_app.store import categories, rubrics
from citing_app.store.database import Cursor, Store
from citing_app.types import Criterion, Rubric
from citing_app.workflows.desk.item_view import minute
from citing_app.workflows.drafts import starting
from citing_app.workflows.studio import Studio

LONGEST_DESCRIPTION = 500
MOST_MEMBERS = 20_000
"""How many members are moved at once."""
LIMITS = {
    "criteria": rules.MOST_CRITERIA,
    "category": rules.LONGEST_CATEGORY,
    "criterion": rules.LONGEST_CRITERION_NAME,
    "line": rules.LONGEST_LINE,
    "description": LONGEST_DESCRIPTION,
}
"""How many criteria a rubric has, and how many characters each text, at most: for fields that stop there."""


def edit(
    store: Store, category: str, version: int, criteria: Sequence[Criterion], description: str, author: str
) -> Rubric:
    """Save a new version of the category's rubric, made on `version`, with the category's description.

    Raises Refused where that is not the newest any more, and CitingError for what is no rubric or nothing new.
    """
    checked, described = rules.checked_criteria(criteria), _description(description)
    with store.write() as cursor:
        newest = _current(cursor, category, version)
        if checked == newest.criteria and described == rubrics.versions(cursor, [category])[-1].description:
            raise CitingError("Nothing has changed, so there is no new version.")
        rubric = Rubric(category, checked, version + 1, author)
        rubrics.add_version(cursor, rubric, described)
    return rubric


def rename(store: Store, category: str, version: int, name: str, author: str) -> str:
    """Retire the category into a new one of this name with the same rubric; the name as it is stored."""
    with store.write() as cursor:
        _current(cursor, category, version)
        checked = rules.checked_category(name, categories.names(cursor))
        described = rubrics.versions(cursor, [category])[-1].description
        categories.make_like(cursor, category, checked, described, author)
        categories.retire(cursor, "rename", category, version, checked, author)
    return checked


def merge(store: Store, category: str, version: int, into: str, into_version: int, author: str) -> int:
    """Retire the category into another one, whose rubric then counts for its members too; how many came."""
    if category == into:
        raise CitingError("A category is merged into another one; choose which.")
    with store.write() as cursor:
        _current(cursor, category, version)
        _current(cursor, into, into_version)
        return categories.retire(cursor, "merge", category, version, into, author)


def split(
    store: Store, category: str, version: int, name: str, description: str, members: Sequence[int], author: str
) -> str:
    """Make a new category of some members, with a copy of the rubric as its version 1; the name as it is stored."""
    described = _description(description)
    with store.write() as cursor:
        _current(cursor, category, version)
        chosen = _chosen(cursor, category, members)
        checked = rules.checked_category(name, categories.names(cursor))
        categories.make_like(cursor, category, checked, described, author)
        categories.move(cursor, "split", category, version, checked, chosen, author)
    return checked


def move(
    store: Store, category: str, version: int, members: Sequence[int], into: str, into_version: int, author: str
) -> int:
    """Sort some members into another category; how many."""
    if category == into:
        raise CitingError("Members are moved to another category; choose which.")
    with store.write() as cursor:
        _current(cursor, category, version)
        _current(cursor, into, into_version)
        chosen = _chosen(cursor, category, members)
        categories.move(cursor, "move", category, version, into, chosen, author)
    return len(chosen)


def revise_stale(studio: Studio, expected: int, category: str | None = None) -> None:
    """Have the teacher revise again all that is stale, or all of one category; `expected` is what the person was shown.

    Raises CitingError where it is another number by now: a teacher may cost money.
    """
    with studio.store.read() as cursor:
        found = rubrics.stale(cursor, category)
    if len(found) != expected:
        raise CitingError(f"{len(found):,} revisions are stale now, not {expected:,}; look again before revising.")
    if not found:
        raise CitingError("No revision is stale.")
    starting.start_revisions(studio, len(found), found)


def _current(cursor: Cursor, category: str, version: int) -> Rubric:
    """The category's newest rubric. Raises Refused where it is not this version, or where the category is retired."""
    newest = rubrics.newest(cursor).get(category)
    if newest is None:
        raise _gone(cursor, category)
    if newest.version != version:
        at = rubrics.versions(cursor, [category])[-1].at
        raise Refused(
            f"Not saved: {newest.author} saved version {newest.version} at {minute(at)}, and yours was made on "
            f"version {version}."
        )
    return newest


def _gone(cursor: Cursor, category: str) -> CitingError:
    past = categories.changes(cursor)
    retired = next((change for change in past if change.source == category and change.retires), None)
    if retired is None:
        return CitingError("There is no category of this name.")
    at = minute(retired.at)
    if retired.kind == "rename":
        return Refused(f"Not saved: {retired.changed_by} renamed this category at {at}.")
    return Refused(f"Not saved: {retired.changed_by} merged this category into another one at {at}.")


def _chosen(cursor: Cursor, category: str, members: Sequence[int]) -> list[int]:
    """The members to take out of the category. Raises CitingError where that cannot be done."""
    chosen, there = set(members), {member for member, _ in categories.members(cursor, category)}
    if not chosen:
        raise CitingError("Choose at least one member.")
    if chosen - there:
        raise Refused("Not saved: some of these members have been moved meanwhile; look at the list again.")
    if chosen == there:
        raise CitingError("Leave at least one member; to move all of them, rename or merge the category.")
    return sorted(chosen)


def _description(text: str) -> str:
    """The description of a category, trimmed. Raises CitingError where it is too long."""
    described = " ".join(text.split())
    if len(described) > LONGEST_DESCRIPTION:
        raise CitingError(f"A description has at most {LONGEST_DESCRIPTION} characters.")
    return described
