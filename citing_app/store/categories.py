"""What people do to whole categories: rename, merge, split, and members that move.

A name is a key in rubrics and decisions, which are never changed: so a category is not renamed but retired into another
one, which takes over its members and assignments (docs/rubrics.md). Each change is a row that is only added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from citing_app.store import states
from citing_app.store.database import Cursor, one

ChangeKind = Literal["rename", "merge", "split", "move"]


@dataclass(frozen=True)
class Change:
    """What a person did: `members` went from `source`, whose rubric had `source_version` then, to `target`."""

    kind: ChangeKind
    source: str
    source_version: int
    target: str
    members: int
    changed_by: str
    at: datetime

    @property
    def retires(self) -> bool:
        """Whether the source is not used any more."""
        return self.kind in ("rename", "merge")


def names(cursor: Cursor) -> list[str]:
    """The names of all categories, retired ones too."""
    return [row[0] for row in cursor.execute("SELECT name FROM categories ORDER BY name").fetchall()]


def in_use(cursor: Cursor) -> list[str]:
    """The names of the categories that are not retired."""
    rows = cursor.execute(
        "SELECT name FROM categories WHERE name NOT IN (SELECT name FROM retired_categories) ORDER BY name"
    ).fetchall()
    return [row[0] for row in rows]


def changes(cursor: Cursor) -> list[Change]:
    """Everything that people did to categories, in the order they did it."""
    rows = cursor.execute(
        "SELECT kind, source, source_version, target, members, changed_by, changed_at FROM category_changes "
        "ORDER BY changed_at, rowid"
    ).fetchall()
    return [Change(*row) for row in rows]


def successors(cursor: Cursor) -> dict[str, str]:
    """Of each retired category, the one in use that it has led to."""
    led = dict(cursor.execute("SELECT name, successor FROM retired_categories").fetchall())
    found = {}
    for name in led:
        end = name
        while end in led:  # a retired name is never a target again, so this ends
            end = led[end]
        found[name] = end
    return found


def add(cursor: Cursor, name: str, description: str) -> None:
    """Add a category without a rubric. The caller has checked that its name is free."""
    cursor.execute("INSERT INTO categories (name, description, created_at) VALUES (?, ?, now())", [name, description])


def make_like(cursor: Cursor, source: str, target: str, description: str, author: str) -> None:
    """A new category with the newest rubric of `source` as its version 1."""
    add(cursor, target, description)
    cursor.execute(
        "INSERT INTO rubrics (category, version, criteria, author, created_at) "
        "SELECT ?, 1, criteria, ?, now() FROM newest_rubrics WHERE category = ?",
        [target, author, source],
    )


def retire(
    cursor: Cursor, kind: Literal["rename", "merge"], source: str, version: int, target: str, author: str
) -> int:
    """Let `target` take over all that `source` has, which is not used any more; the number of members."""
    (members,) = one(cursor.execute("SELECT count(*) FROM category_members WHERE category = ?", [source]))
    cursor.execute("UPDATE category_members SET category = ? WHERE category = ?", [target, source])
    _record(cursor, kind, source, version, target, members, author)
    follow(cursor)
    return int(members)


def move(
    cursor: Cursor,
    kind: Literal["split", "move"],
    source: str,
    version: int,
    target: str,
    instruction_ids: Sequence[int],
    author: str,
) -> None:
    """Sort these members of `source` into `target`."""
    cursor.execute(
        "UPDATE category_members SET category = ?, sorted_by = ?, sorted_at = NULL "
        "WHERE category = ? AND instruction_id IN (SELECT unnest(?::BIGINT[]))",
        [target, author, source, list(instruction_ids)],
    )
    _record(cursor, kind, source, version, target, len(instruction_ids), author)
    states.refresh_categories(cursor)


def follow(cursor: Cursor) -> None:
    """Bring assignments that name a retired category, and with them the items, to where it has led."""
    led = successors(cursor)
    table = "(SELECT unnest($names::VARCHAR[]) AS name, unnest($successors::VARCHAR[]) AS successor) led"
    values = {"names": list(led.keys()), "successors": list(led.values())}
    for column in ("category", "runner_up", "nearest"):
        cursor.execute(
            f"UPDATE assignments SET {column} = led.successor FROM {table} WHERE assignments.{column} = led.name",
            values,
        )
    # Of two that became one, the second is no other category; the next assignment names the new second.
    cursor.execute("UPDATE assignments SET runner_up = NULL, runner_up_similarity = 0 WHERE runner_up = category")
    states.refresh_categories(cursor)


def members(cursor: Cursor, category: str) -> list[tuple[int, str]]:
    """Id and instruction of every member of the category, by id."""
    return cursor.execute(
        "SELECT i.id, i.instruction FROM category_members m JOIN instructions i ON i.id = m.instruction_id "
        "WHERE m.category = ? ORDER BY i.id",
        [category],
    ).fetchall()


def _record(
    cursor: Cursor, kind: ChangeKind, source: str, version: int, target: str, members: int, author: str
) -> None:
    cursor.execute(
        "INSERT INTO category_changes (kind, source, source_version, target, members, changed_by, changed_at) "
        "VALUES (?, ?, ?, ?, ?, ?, now())",
        [kind, source, version, target, members, author],
    )
