"""What a form offers for a race: the kinds of round that can run in one, and what there is to begin with."""

from __future__ import annotations

from typing import TypedDict

from citing_app.kinds import is_student, kind_of, kinds
from citing_app.kinds.kind import Kind
from citing_app.kinds.source import SAMPLES
from citing_app.store import instructions, rounds
from citing_app.workflows.race.settings import METHODS
from citing_app.workflows.rounds.training_set import held_out_sets
from citing_app.workflows.students import JUDGE, REFERENCE
from citing_app.workflows.studio import Studio


class MethodOffer(TypedDict):
    """A kind of round that can race; `by_reward`: a reward decides what it learns, `samples`: of several candidates."""

    name: str
    title: str
    label: str
    by_reward: bool
    samples: bool


class RaceOffer(TypedDict):
    """What a form offers; `available` are the instructions that there are to take."""

    parents: list[int]
    datasets: list[str]
    judges: list[str]
    rewards: list[str]
    available: int


def methods_offered() -> list[MethodOffer]:
    """The kinds of round that can race, the default first."""
    return [
        {
            "name": kind.name,
            "title": kind.title or kind.name.upper(),
            "label": kind.label,
            "by_reward": "reward" in kind.offers,
            "samples": kind.learns_from is SAMPLES,
        }
        for kind in map(kind_of, METHODS)
    ]


def race_offer(studio: Studio) -> RaceOffer:
    """What a form offers: only rows that no run can learn are measured on."""
    with studio.store.read() as cursor:
        rows = rounds.all_rounds(cursor)
        available = instructions.count_train(cursor, answered=True)
    finished = [row for row in rows if row.state == "finished" and studio.chosen.is_of(row.spec)]
    scoring = [row.number for row in finished if row.kind in kinds() and _can_score(kind_of(row.kind))]
    judging = [JUDGE + judge.name for judge in studio.judges if judge.model]
    return {
        "parents": [row.number for row in finished if is_student(row.kind)],
        "datasets": [*held_out_sets(studio.store), ""],
        "judges": [*(judge.name for judge in studio.judges), ""],
        "rewards": [REFERENCE, *judging, *map(str, scoring)],
        "available": available,
    }


def _can_score(kind: Kind) -> bool:
    return kind.prefers or kind.trains == "reward"
