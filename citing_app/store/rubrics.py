"""Categories with their rubrics; each version of a rubric is a row of its own, added and never changed.

What people do to whole categories is in categories.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from citing_app.store import categories, instructions, states
from citing_app.store.database import Cursor
from citing_app.types import Criterion, Rubric

_ALIVE = "NOT IN (SELECT name FROM retired_categories)"


@dataclass(frozen=True)
class Version:
    """A version of a category's rubric, by whom and when, with the category's description since then."""

    rubric: Rubric
    description: str
    at: datetime


def add(cursor: Cursor, rubric: Rubric, description: str) -> None:
    """Add a category with its rubric, or a rubric version to a category; one that is there already stays."""
    if not cursor.execute("SELECT 1 FROM categories WHERE name = ?", [rubric.category]).fetchone():
        categories.add(cursor, rubric.category, description)
    known = "SELECT 1 FROM rubrics WHERE category = ? AND version = ?"
    if not cursor.execute(known, [rubric.category, rubric.version]).fetchone():
        add_version(cursor, rubric, None)


def add_version(cursor: Cursor, rubric: Rubric, description: str | None) -> None:
    """Add a version to a category's rubric; with `description`, the category is described so from now on."""
    criteria = json.dumps([asdict(criterion) for criterion in rubric.criteria], ensure_ascii=False)
    cursor.execute(
        "INSERT INTO rubrics (category, version, criteria, author, created_at, description) "
        "VALUES (?, ?, ?, ?, now(), ?)",
        [rubric.category, rubric.version, criteria, rubric.author, description],
    )


def add_members(
    cursor: Cursor, members: Mapping[int, str | None], sorted_by: str, import_id: int | None = None
) -> None:
    """Record into which category a teacher, a person or an import sorted an instruction (by id).

    A member stays where it is.
    """
    cursor.execute(
        "INSERT INTO category_members (instruction_id, category, sorted_by, sorted_at, import_id) "
        "SELECT id, category, ?, now(), ? "
        "FROM (SELECT unnest(?::BIGINT[]) AS id, unnest(?::VARCHAR[]) AS category) "
        "WHERE id NOT IN (SELECT instruction_id FROM category_members)",
        [sorted_by, import_id, list(members.keys()), list(members.values())],
    )
    states.refresh_categories(cursor)


def newest(cursor: Cursor) -> dict[str, Rubric]:
    """The newest rubric of each category that is in use, by category name."""
    rows = cursor.execute(
        f"SELECT category, criteria, version, author FROM newest_rubrics WHERE category {_ALIVE} ORDER BY category"
    ).fetchall()
    return {row[0]: Rubric(row[0], criteria_from_json(row[1]), row[2], row[3]) for row in rows}


def of_instructions(cursor: Cursor, instruction_ids: Sequence[int]) -> dict[int, Rubric | None]:
    """The newest rubric of the category that each instruction was sorted into or assigned; None where none fits."""
    category_of = instructions.rubric_categories(cursor, instruction_ids)
    by_category = newest(cursor)
    return {one: by_category.get(category_of.get(one) or "") for one in instruction_ids}


def versions(cursor: Cursor, names: Sequence[str]) -> list[Version]:
    """Every version of these categories' rubrics, retired ones' too, by category, the oldest first."""
    rows = cursor.execute(
        "SELECT r.category, r.criteria, r.version, r.author, coalesce(last_value(r.description IGNORE NULLS) "
        "OVER (PARTITION BY r.category ORDER BY r.version), c.description), r.created_at FROM rubrics r "
        "JOIN categories c ON c.name = r.category WHERE r.category IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY r.category, r.version",
        [list(names)],
    ).fetchall()
    return [Version(Rubric(row[0], criteria_from_json(row[1]), row[2], row[3]), row[4], row[5]) for row in rows]


def overview(cursor: Cursor) -> list[tuple[str, str, int, int]]:
    """Name, description, number of members and number of assigned instructions of every category in use."""
    return cursor.execute(
        "SELECT c.name, coalesce((SELECT arg_max(r.description, r.version) FROM rubrics r WHERE r.category = c.name), "
        "c.description), (SELECT count(*) FROM category_members m WHERE m.category = c.name), "
        "(SELECT count(*) FROM assignments a WHERE a.category = c.name AND a.instruction_id NOT IN "
        f"(SELECT instruction_id FROM category_members)) FROM categories c WHERE c.name {_ALIVE} ORDER BY c.name"
    ).fetchall()


def stale(cursor: Cursor, category: str | None = None) -> list[int]:
    """The items that wait with a revision written against other criteria than their category now has, oldest first."""
    rows = cursor.execute(
        "SELECT id FROM stale_items WHERE ?::VARCHAR IS NULL OR category = ? ORDER BY id", [category, category]
    ).fetchall()
    return [row[0] for row in rows]


def stale_counts(cursor: Cursor) -> dict[str, int]:
    """How many items are stale, by category; those without any are left out."""
    return dict(cursor.execute("SELECT category, count(*) FROM stale_items GROUP BY category").fetchall())


def criteria_from_json(text: str) -> tuple[Criterion, ...]:
    return tuple(Criterion(**criterion) for criterion in json.loads(text))
