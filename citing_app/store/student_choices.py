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


def call_bases_apart(cursor: Cursor, first: str) -> None:
    """Give the base models of other students than `first` their own names, in answers kept before students had any."""
    name = "regexp_extract(regexp_replace(student, '@[^@]*$', ''), '[^/]+$')"
    cursor.execute(f"UPDATE models SET name = 'base of ' || {name} WHERE name = 'base' AND {name} <> ?", [first])
