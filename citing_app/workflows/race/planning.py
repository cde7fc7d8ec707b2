"""What a race would do, told before it starts: the budget, and of each method what it writes first and its steps.

Nothing is drafted or revised yet, so every draft and revision is taken to be as long as the reference answer. A run
counts for itself when it comes (worker/budget.py); this is its estimate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.kinds import kind_of
from citing_app.kinds.source import PAIRS, RUBRIC_ANSWERS, SAMPLES, Source
from citing_app.method.samples import Samples, Scored
from citing_app.method.sampling import sample
from citing_app.method.training_rows import answers_of
from citing_app.store import instructions, rubrics
from citing_app.types import Instruction, Pair, Rubric
from citing_app.workflows.candidates.costs import tokens_of, tokens_of_rows
from citing_app.workflows.candidates.rewards import reward_of
from citing_app.workflows.evaluation.judge.comparing import judge_of
from citing_app.workflows.evaluation.test_sets import ensure_measurable
from citing_app.workflows.race.settings import RaceSettings, StartRace
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training import ROWS_PER_STEP, rate_of
from citing_app.workflows.rounds.training_set import held_out_sets
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio

_LEARNING = 2
"""What a token costs that is learned from, as in worker/budget.py."""
_PAIR_TEXTS = 2
"""A draft and a self-revision of each row that is measured."""


@dataclass(frozen=True)
class MethodPlan:
    """A method's round: what its student writes and reads before, and what a step costs, both in the budget's unit.

    `steps` are what is left of the budget pays for in one of the rounds, and `epochs` how often that reads its rows.
    """

    method: str
    written: int
    rows: int
    a_step: int
    steps: int
    epochs: float


@dataclass(frozen=True)
class RacePlan:
    """A race as it would be kept, with what its methods do, in about so many `seconds`."""

    settings: RaceSettings
    methods: list[MethodPlan]
    seconds: float


def planned(studio: Studio, asked: StartRace) -> RacePlan:
    """What a race would do.

    Raises CitingError where there are no train answers or nothing to measure on, for a package, reward, judge or parent
    that is not there, and for a budget that does not pay for one step of each method.
    """
    for method in asked.methods:
        if needs := kind_of(method).needs:
            needs.ensure_installed()
    reward_of(studio, asked.reward)
    rows = _instructions(studio, asked)
    with studio.store.read() as cursor:
        rubric_of = rubrics.of_instructions(cursor, [row.id for row in rows])
    costs = {method: _costs(studio, asked, method, rows, rubric_of) for method in asked.methods}
    written, learned, _ = costs[asked.methods[0]]
    usual = asked.rounds * (written + kind_of(asked.methods[0]).epochs * learned)
    datasets = asked.datasets or tuple(held_out_sets(studio.store)) or ("",)
    settings = RaceSettings.of({**asked.model_dump(), "budget": asked.budget or usual, "datasets": datasets})
    methods = [_plan(settings, method, *costs[method]) for method in settings.methods]
    _ensure_it_can_run(studio, settings)
    return RacePlan(settings, methods, _seconds(studio, settings, rows))


def _ensure_it_can_run(studio: Studio, settings: RaceSettings) -> None:
    """What the runs would meet only after hours."""
    for dataset in settings.datasets:
        for part in ("dev", "test"):
            ensure_measurable(studio.store, dataset or None, part)
    if settings.judge:
        judge_of(studio.judges, settings.judge)
    adapter_of(studio, settings.parent)


def _instructions(studio: Studio, asked: StartRace) -> list[Instruction]:
    """Those of the first round."""
    with studio.store.read() as cursor:
        hashes = instructions.train_hashes(cursor, answered=True)
        found = instructions.by_hash(cursor, sample(hashes, asked.items, [], "fresh", asked.seed))
    if not found:
        raise CitingError("There are no train answers: import a data set that has some.")
    return found


def _costs(
    studio: Studio, asked: StartRace, method: str, found: Sequence[Instruction], rubric_of: Mapping[int, Rubric | None]
) -> tuple[int, int, int]:
    """What is written and read before a round's first step, what one epoch costs, and how many rows that has."""
    kind, answers = kind_of(method), tokens_of(studio, ((row, row.output) for row in found))
    reads = reward_of(studio, asked.reward).reads
    first = {PAIRS: answers, SAMPLES: asked.k * answers * (1 + reads)}.get(kind.learns_from, 0)
    rows = kind.rows(_stand_ins(kind.learns_from, asked, found, rubric_of), Choices(kind=method))
    tokens = tokens_of_rows(studio, [one for row in rows for one in answers_of(row)])
    # What prefers by likelihoods sets them against those of its start, which are read once.
    return first + tokens * kind.prefers, _LEARNING * kind.passes * tokens, len(rows)


def _stand_ins(
    source: Source, asked: StartRace, found: Sequence[Instruction], rubric_of: Mapping[int, Rubric | None]
) -> Sequence[object]:
    """What a round of this source would learn, with reference answers for texts that nobody has written yet."""
    if source is SAMPLES:
        return [Samples(row, asked.reward, [Scored(row.output, 0.0)] * asked.k) for row in found]
    if source is RUBRIC_ANSWERS:
        return [(row, rubric_of[row.id]) for row in found]
    if source is not PAIRS:
        return found
    return [
        Pair(
            decision_id="",
            item_id=0,
            instruction=row.text,
            input=row.input,
            draft=f"{row.output} …",
            revision=row.output,
            rubric=rubric_of[row.id],
            split=row.split,
            proposed=row.output,
            turns=row.turns,
        )
        for row in found
    ]


def _plan(settings: RaceSettings, method: str, written: int, an_epoch: int, rows: int) -> MethodPlan:
    in_an_epoch = math.ceil(rows / ROWS_PER_STEP)
    a_step = max(1, an_epoch // in_an_epoch)
    steps = (settings.budget // settings.rounds - written) // a_step
    if steps < 1:
        raise CitingError(
            f"A budget of {settings.budget:,} does not pay for {method}: its student writes for about {written:,} in "
            f"each round, and a step costs about {a_step:,}. Give a larger one, or leave {method} out."
        )
    return MethodPlan(method, written, rows, a_step, steps, steps / in_an_epoch)


def _seconds(studio: Studio, settings: RaceSettings, rows: Sequence[Instruction]) -> float:
    """About the time of all runs and of the texts that are measured, at the rate at which rounds train here."""
    answers = tokens_of(studio, ((row, row.output) for row in rows)) / len(rows)
    students = 1 + len(settings.methods) * settings.seeds
    measured = students * len(settings.datasets) * settings.evaluate_items * _PAIR_TEXTS * answers
    return (settings.runs * settings.budget / 2 + measured) / rate_of(studio)
