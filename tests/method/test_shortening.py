"""A conversation that is too long: what goes first, and what never goes."""

from __future__ import annotations

import pytest

from citing_app.method.shortening import without_oldest
from citing_app.types import Task, Turn

SYSTEM = Turn("system", "s" * 10)


def exchange(letter: str) -> tuple[Turn, Turn]:
    return Turn("user", letter * 10), Turn("assistant", letter.upper() * 10)


def kept(task: Task | None) -> str:
    assert task is not None
    assert task.instruction == "q" * 10
    return "".join(turn.content[0] for turn in task.turns)


@pytest.mark.parametrize(
    ("share", "left"), [(1.0, "sbBcC"), (0.75, "sbBcC"), (0.74, "scC"), (0.5, "scC"), (0.4, "s"), (0.0, "s")]
)
def test_as_many_of_the_oldest_exchanges_go_as_must(share: float, left: str) -> None:
    task = Task("q" * 10, turns=(SYSTEM, *exchange("a"), *exchange("b"), *exchange("c")))
    assert kept(without_oldest(task, share)) == left


def test_what_is_left_begins_with_the_user() -> None:
    task = Task("q" * 10, turns=(Turn("assistant", "z"), Turn("tool", "t"), *exchange("b")))
    assert kept(without_oldest(task, 1.0)) == "bB"


def test_where_no_turn_can_go_there_is_nothing_shorter() -> None:
    assert without_oldest(Task("q" * 10, turns=(SYSTEM,)), 0.5) is None
    assert without_oldest(Task("q" * 10), 0.5) is None
