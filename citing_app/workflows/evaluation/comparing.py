"""Comparing: which of two models answers better, by a judge, on instructions that nothing learned.

A model is compared with the round that it goes on from, with SFT and with the base model, unless others are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.models.judge import Judge
from citing_app.running.jobs import Job
from citing_app.store import answers, instructions, rounds, rubrics, test_sets
from citing_app.store.answers import Answer, AnswerKind, Model
from citing_app.types import Instruction
from citing_app.workflows.evaluation.judging import Case, Manner, judge_all
from citing_app.workflows.evaluation.measuring import TEST_SPLIT, measurable
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.evaluation.win_rates_view import ComparedOn, WinRateView, win_rate_view
from citing_app.workflows.job_names import COMPARE_JOB
from citing_app.workflows.students import adapter_of, model_name, number_of
from citing_app.workflows.studio import Studio

ROUND_0 = "sft"


@dataclass(frozen=True)
class Match:
    """Two models, with their answers to the same instructions."""

    models: tuple[Model, Model]
    answer: AnswerKind
    test_set: ComparedOn
    cases: Sequence[Case]


def compare(studio: Studio, asked: Compare, job: Job) -> list[WinRateView]:
    """Have a model's answers compared with those of its opponents; answers that are missing are written first.

    Raises CitingError for a model without an adapter, a judge that is not there, where there is nothing to compare on,
    and where the spending limit stops it. What had been said by then is kept: asking again goes on from there.
    """
    manner, found = manner_of(studio, asked), []
    for match in matches(studio, asked, job):
        judge_all(studio.store, manner, match.cases, job)
        found.append(view_of(studio, manner, match))
    return found


def start(studio: Studio, asked: Compare) -> None:
    """Compare in the background. Raises CitingError as `compare` does, but for the spending limit."""
    manner_of(studio, asked)
    numbers = [number_of(asked.model), *opponents(studio, asked)]
    _rows(studio, asked)

    def work(job: Job) -> str:
        found = compare(studio, asked, job)
        return f"{len(found)} comparisons of {model_name(numbers[0])} finished; the Evaluate page shows them."

    studio.jobs.start(COMPARE_JOB, "Comparing", work, needs=[number for number in numbers if number is not None])


def view_of(studio: Studio, manner: Manner, match: Match) -> WinRateView:
    """What the judge has said of a match so far."""
    return win_rate_view(studio.store, match.models, match.answer, manner, match.test_set, match.cases)


def manner_of(studio: Studio, asked: Compare) -> Manner:
    """How the answers are to be compared. Raises CitingError for a judge that is not there."""
    return Manner(judge_of(studio.judges, asked.judge), asked.reference, asked.rubric, asked.closeness)


def judge_of(judges: Sequence[Judge], name: str) -> Judge:
    """The judge of this name; the first one where none is named. Raises CitingError where there is none."""
    if not name:
        return judges[0]
    for judge in judges:
        if judge.name == name:
            return judge
    names = ", ".join(one.name for one in judges)
    raise CitingError(f"The judges here are {names}; start the app with others to use them.")


def opponents(studio: Studio, asked: Compare) -> list[int | None]:
    """Whom the model is compared with: those named, else the round it goes on from, SFT and the base model."""
    model = number_of(asked.model)
    named = [number_of(one) for one in asked.opponents] or default_opponents(studio, model)
    found = [one for one in dict.fromkeys(named) if one != model]
    if not found:
        raise CitingError(f"Name another model to compare {model_name(model)} with.")
    return found


def default_opponents(studio: Studio, model: int | None) -> list[int | None]:
    """The round before (its parent, else the newest finished one), the SFT before it, and the base model (None)."""
    if model is None:
        return []
    with studio.store.read() as cursor:
        rows = [row for row in rounds.all_rounds(cursor) if row.state == "finished" and row.number <= model]
    parent = next((row.parent for row in rows if row.number == model), None)
    earlier = [row for row in rows if row.number < model]
    before = [parent] if parent is not None else [row.number for row in earlier[:1]]
    return [*before, *[row.number for row in earlier if row.kind == ROUND_0][:1], None]


def matches(studio: Studio, asked: Compare, job: Job) -> list[Match]:
    """The model with its answers beside those of each opponent, on the same instructions."""
    model, kind, rows = number_of(asked.model), asked.answer, _rows(studio, asked)
    with studio.store.write() as cursor:
        test_set = test_sets.freeze(
            cursor, asked.test_set or TEST_SPLIT, [row.hash for row in rows], asked.test_set or None
        )
        rubric_of = instructions.rubric_categories(cursor, [row.id for row in rows])
        by_category = rubrics.newest(cursor)
    told: ComparedOn = {"name": asked.test_set or TEST_SPLIT, "hash": test_set, "n": len(rows), "unanswered": 0}
    first, found = _answered(studio, model, kind, rows), []
    for opponent in opponents(studio, asked):
        second = _answered(studio, opponent, kind, rows)
        cases = [
            Case(
                row,
                first.answers[row.hash],
                second.answers[row.hash],
                (row.output,) if row.output else (),
                by_category.get(rubric_of.get(row.id) or ""),
            )
            for row in rows
        ]
        found.append(Match((first.model, second.model), kind, told, cases))
    return found


@dataclass(frozen=True)
class _Answered:
    model: Model
    answers: Mapping[str, Answer]


def _answered(studio: Studio, number: int | None, kind: AnswerKind, rows: Sequence[Instruction]) -> _Answered:
    """A model with its newest answers to these rows. Raises CitingError where one is missing."""
    adapter_of(studio.store, studio.rounds_folder, number)
    hashes = [row.hash for row in rows]
    with studio.store.read() as cursor:
        known = [one for one in answers.models(cursor) if one.round == number and (number or not one.adapter_hash)]
        for model in reversed(known):
            found = answers.of_model(cursor, model.key, kind, hashes)
            if len(found) == len(set(hashes)):
                return _Answered(model, found)
    raise CitingError(f"{model_name(number)} has not answered all of these instructions; evaluate it first.")


def _rows(studio: Studio, asked: Compare) -> list[Instruction]:
    found = measurable(studio.store, asked.test_set or None, asked.items)
    if not found:
        raise CitingError(f"There are no reference answers to measure on in {asked.test_set or 'the test split'}.")
    return found
