"""Comparing: which of two models answers better, by a judge, on instructions that nothing learned.

A model is compared with the round that it goes on from, with SFT and with the base model, unless others are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.models.judge import Judge
from citing_app.running.jobs import Job
from citing_app.store import instructions, rounds, rubrics
from citing_app.store.answers import AnswerKind, Model
from citing_app.workflows.evaluation.judging import Case, Manner, judge_all
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.evaluation.win_rates_view import TestSetView, WinRateView, win_rate_view
from citing_app.workflows.job_names import COMPARE_JOB
from citing_app.workflows.students import model_name, number_of
from citing_app.workflows.studio import Studio

ROUND_0 = "sft"


@dataclass(frozen=True)
class Match:
    """Two models, with their answers to the same instructions."""

    models: tuple[Model, Model]
    answer: AnswerKind
    test_set: TestSetView
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
    raise CitingError(f"The judges here are {', '.join(one.name for one in judges)}; start the app with others to use them.")


def opponents(studio: Studio, asked: Compare) -> list[int | None]:
    """Whom the model is compared with: those named, else the round it goes on from, SFT and the base model."""
    model = number_of(asked.model)
    if asked.opponents:
        found = [number_of(one) for one in asked.opponents]
    else:
        found = default_opponents(studio, model)
    found = [one for one in dict.fromkeys(found) if one != model]
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
