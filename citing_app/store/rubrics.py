"""Categories, their members and their rubrics; each rubric version is a row of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from citing_app.store import states
from citing_app.store.database import Cursor
from citing_app.types import Criterion, Rubric


def add(cursor: Cursor, rubric: Rubric, description: str) -> None:
    """Add a category with its rubric, or a rubric version to a category; one that is there already stays."""
    if not cursor.execute("SELECT 1 FROM categories WHERE name = ?", [rubric.category]).fetchone():
        cursor.execute("INSERT INTO categories VALUES (?, ?, now())", [rubric.category, description])
    known = "SELECT 1 FROM rubrics WHERE category = ? AND version = ?"
    if not cursor.execute(known, [rubric.category, rubric.version]).fetchone():
        criteria = json.dumps([asdict(criterion) for criterion in rubric.criteria], ensure_ascii=False)
        cursor.execute(
            "INSERT INTO rubrics VALUES (?, ?, ?, ?, now())", [rubric.category, rubric.version, criteria, rubric.author]
        )


def add_members(cursor: Cursor, members: Mapping[int, str | None], sorted_by: str) -> None:
    """Record into which category a teacher or a person sorted an instruction (by id); a member stays where it is."""
    cursor.execute(
        "INSERT INTO category_members SELECT id, category, ? FROM "
        "(SELECT unnest(?::BIGINT[]) AS id, unnest(?::VARCHAR[]) AS category) "
        "WHERE id NOT IN (SELECT instruction_id FROM category_members)",
        [sorted_by, list(members.keys()), list(members.values())],
    )
    states.refresh_categories(cursor)


def newest(cursor: Cursor) -> dict[str, Rubric]:
    """The newest rubric of each category, by category name."""
    rows = cursor.execute(
        "SELECT category, criteria, version, author FROM rubrics "
        "QUALIFY row_number() OVER (PARTITION BY category ORDER BY version DESC) = 1 ORDER BY category"
    ).fetchall()
    return {row[0]: Rubric(row[0], criteria_from_json(row[1]), row[2], row[3]) for row in rows}


def overview(cursor: Cursor) -> list[tuple[str, str, int, int]]:
    """Name, description, number of members and number of assigned instructions of every category."""
    return cursor.execute(
        "SELECT c.name, c.description, "
        "(SELECT count(*) FROM category_members m WHERE m.category = c.name), "
        "(SELECT count(*) FROM assignments a WHERE a.category = c.name AND a.instruction_id NOT IN "
        "(SELECT instruction_id FROM category_members)) FROM categories c ORDER BY c.name"
    ).fetchall()


def criteria_from_json(text: str) -> tuple[Criterion, ...]:
    return tuple(Criterion(**criterion) for criterion in json.loads(text))
