"""Comparing: which of two models answers better, by a judge, on instructions that nothing learned.

A model is compared with the round before it, with SFT and with the base model, unless others are named. Answers that
are missing are written first, so a comparison needs nothing but the models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.kinds import is_student
from citing_app.models.judge import Judge
from citing_app.running.jobs import Job
from citing_app.store import answers, rounds, rubrics
from citing_app.store.answers import Answer, AnswerKind, Model
from citing_app.store.database import Store
from citing_app.types import Instruction, Rubric
from citing_app.workflows.evaluation.figures.answering import Answerer, answerer, write_drafts, write_self_revisions
from citing_app.workflows.evaluation.figures.scoring import accepted_of
from citing_app.workflows.evaluation.judge.judging import Case, JudgedBy, Manner, judge_all
from citing_app.workflows.evaluation.judge.win_rates_view import ComparedOn, WinRateView, win_rate_view
from citing_app.workflows.evaluation.lineage import SFT, Lineage
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.evaluation.test_sets import Chosen, ensure_measurable, frozen
from citing_app.workflows.job_names import COMPARE_JOB
from citing_app.workflows.lasting import start_lasting
from citing_app.workflows.students import adapter_of, model_name, number_of
from citing_app.workflows.studio import Studio


@dataclass(frozen=True)
class Match:
    """Two models and their answers to the same instructions; `unanswered` ones one of them cannot read."""

    models: tuple[Model, Model]
    answer: AnswerKind
    chosen: Chosen
    cases: Sequence[Case]

    @property
    def unanswered(self) -> int:
        return len(self.chosen.rows) - len(self.cases)


def compare(studio: Studio, asked: Compare, job: Job) -> list[WinRateView]:
    """Have a model's answers compared with those of its opponents, one after the other.

    Raises CitingError for a model without an adapter, a judge that is not there, where there is nothing to compare on,
    and where the spending limit stops it. What had been said by then is kept: asking again goes on from there.
    """
    manner, found = manner_of(studio, asked), []
    for match in _matches(studio, asked, job):
        job.progress(0, None, f"comparing {match.models[0].name} with {match.models[1].name}")
        judge_all(studio.store, manner, match.cases, job)
        found.append(view_of(studio, manner, match))
        ensure_answered(found[-1]["judge"], found[-1]["replies"])
    return found


def ensure_answered(judge: str, replies: Mapping[str, int]) -> None:
    """Raises CitingError where, by these outcomes, not one call was answered: that says nothing of the models."""
    lost = sum(replies.get(outcome, 0) for outcome in ("failed", "unknown"))
    if lost and lost == sum(replies.values()):
        raise CitingError(
            f"None of the {lost} calls to {judge} was answered; check its URL and its key on the Teacher page."
        )


def start(studio: Studio, asked: Compare) -> None:
    """Compare in the background. Raises CitingError as `compare` does, but for the spending limit."""
    manner_of(studio, asked)
    numbers = [number_of(asked.model), *opponents(studio, asked)]
    ensure_measurable(studio.store, asked.test_set or None, asked.part)
    for number in numbers:
        adapter_of(studio, number)

    def work(job: Job) -> str:
        found = compare(studio, asked, job)
        names = ", ".join(one["second"]["name"] for one in found)
        return f"Compared {model_name(studio, numbers[0])} with {names}."

    needs = [number for number in numbers if number is not None]
    start_lasting(studio, COMPARE_JOB, "Comparing", asked, work, needs)


def view_of(studio: Studio, manner: Manner, match: Match) -> WinRateView:
    """What the judge has said of a match so far."""
    chosen = match.chosen
    on: ComparedOn = {
        "name": chosen.name,
        "hash": chosen.test_set,
        "n": len(match.cases),
        "unanswered": match.unanswered,
    }
    return win_rate_view(
        studio.store, match.models, match.answer, manner.known_as, on, match.cases, warnings_of(studio, manner.known_as)
    )


def warnings_of(studio: Studio, by: JudgedBy) -> list[str]:
    """What to know of this judge beside every result of its."""
    if by.source != "judge" or by.author not in [teacher.name for teacher in studio.teachers]:
        return []
    return [f"{by.author} is both the judge and a teacher, so it may prefer the style that it taught."]


def manner_of(studio: Studio, asked: Compare) -> Manner:
    """How the answers are to be compared. Raises CitingError for a judge that is not there."""
    judge = judge_of(studio.judges, asked.judge)
    if judge.model is None and (asked.rubric or asked.reference):
        raise CitingError("Only a model that judges can be shown the rubric or an accepted answer; choose one.")
    return Manner(judge, asked.reference, asked.rubric, asked.closeness)


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
    """Whom the model is compared with: those named, else the round before, SFT and the base model (None).

    Raises CitingError where that leaves nobody.
    """
    model = number_of(asked.model)
    with studio.store.read() as cursor:
        rows = [row for row in rounds.listed(cursor) if row.state == "finished" and is_student(row.kind)]
    named = [number_of(one) for one in asked.opponents]
    found = [one for one in dict.fromkeys(named or _usual(rows, model)) if one != model]
    if not found:
        raise CitingError(f"Name another model to compare {model_name(studio, model)} with.")
    return found


def paired(
    store: Store, kind: AnswerKind, chosen: Chosen, found: Sequence[tuple[Model, Mapping[str, Answer]]]
) -> list[Match]:
    """Matches of the first of these models and its answers, by instruction hash, with each other one."""
    (first, its), *others = found
    accepted, rubric_of = accepted_of(store, chosen.rows), _rubrics(store, chosen.rows)

    def cases(theirs: Mapping[str, Answer]) -> list[Case]:
        return [
            Case(row, its[row.hash], theirs[row.hash], tuple(accepted[row.hash]), rubric_of[row.id])
            for row in chosen.rows
            if row.hash in its and row.hash in theirs
        ]

    return [Match((first, other), kind, chosen, cases(theirs)) for other, theirs in others]


def _usual(rows: Sequence[rounds.ListedRow], model: int | None) -> list[int | None]:
    """The round before (its parent, else the newest before it), the SFT that it descends from, and the base model."""
    if model is None:
        return []
    earlier = [row for row in rows if row.number < model]  # newest first
    parent = next((row.parent for row in rows if row.number == model), None)
    before = [parent] if parent is not None else [row.number for row in earlier[:1]]
    sft = Lineage(rows).sft_of(model) or next((row.number for row in earlier if row.kind == SFT), None)
    return [*before, *([] if sft is None else [sft]), None]


def _matches(studio: Studio, asked: Compare, job: Job) -> list[Match]:
    """The matches, with every answer that was missing written."""
    chosen = frozen(studio.store, asked.test_set or None, asked.items, asked.part)
    models = [answerer(studio, number) for number in (number_of(asked.model), *opponents(studio, asked))]
    steps = Steps(job, len(models) * (1 if asked.answer == "draft" else 2))
    rubric_of = _rubrics(studio.store, chosen.rows)
    found: list[tuple[Model, Mapping[str, Answer]]] = []
    for who in models:
        found.append((who.model, _answers(studio, who, asked.answer, chosen.rows, rubric_of, steps)))
    return paired(studio.store, asked.answer, chosen, found)


def _answers(
    studio: Studio,
    who: Answerer,
    kind: AnswerKind,
    rows: Sequence[Instruction],
    rubric_of: Mapping[int, Rubric | None],
    steps: Steps,
) -> Mapping[str, Answer]:
    with studio.store.write() as cursor:
        answers.add_model(cursor, who.model)
    drafts = write_drafts(studio, who, rows, steps)
    return drafts if kind == "draft" else write_self_revisions(studio, who, rows, drafts, rubric_of, steps)


def _rubrics(store: Store, rows: Sequence[Instruction]) -> dict[int, Rubric | None]:
    with store.read() as cursor:
        return rubrics.of_instructions(cursor, [row.id for row in rows])
