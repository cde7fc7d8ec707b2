"""A conversation that is longer than a student reads: its oldest turns are left out, and the question never is."""

from __future__ import annotations

from dataclasses import replace

from citing_app.types import Task


def without_oldest(task: Task, share: float) -> Task | None:
    """The task with about `share` (in [0, 1]) of its text, at least one turn shorter; None where no turn can go.

    What the system says stays, and what is kept of the rest begins with a turn of the user's, as chat templates want.
    """
    system = [turn for turn in task.turns if turn.role == "system"]
    rest = [turn for turn in task.turns if turn.role != "system"]
    if not rest:
        return None
    most = share * sum(map(len, task.texts))
    while rest:
        rest.pop(0)
        shorter = replace(task, turns=(*system, *rest))
        if (not rest or rest[0].role == "user") and sum(map(len, shorter.texts)) <= most:
            break
    return replace(task, turns=(*system, *rest))
