"""Which students this data folder was used with, in the order in which they were chosen."""

from __future__ import annotations

from dataclasses import dataclass

from citing_app.store.database import Cursor

WROTE_DRAFT = "(author = 'base' OR starts_with(author, 'base of ') OR round IS NOT NULL)"
"""Of the table drafts: whether a student wrote it here, as against an import."""


@dataclass(frozen=True)
class StudentChoice:
    """A student as it was given (`bundled`, a hub name, a folder), and the name that rounds know it by."""

    given: str
    name: str


def add(cursor: Cursor, choice: StudentChoice) -> None:
    """From now on this student is the one in use."""
    values = [choice.given, choice.name]
    cursor.execute("INSERT INTO student_choices (given, name, chosen_at) VALUES (?, ?, now())", values)


def everything(cursor: Cursor) -> list[StudentChoice]:
    """Every choice, the first one first."""
    rows = cursor.execute("SELECT given, name FROM student_choices ORDER BY number").fetchall()
    return [StudentChoice(*row) for row in rows]


def of_rounds(cursor: Cursor) -> dict[int, str]:
    """The name of each round's student, by the round's number."""
    return dict(cursor.execute("SELECT round, student FROM round_students WHERE student IS NOT NULL").fetchall())


def called_base(cursor: Cursor) -> list[str]:
    """The students whose base model has answered under the name `base`."""
    return [row[0] for row in cursor.execute("SELECT DISTINCT student FROM models WHERE name = 'base'").fetchall()]


def call_base(cursor: Cursor, student: str, name: str) -> None:
    """Give the base model of this student another name, in answers kept before students had any."""
    cursor.execute("UPDATE models SET name = ? WHERE name = 'base' AND student = ?", [name, student])
