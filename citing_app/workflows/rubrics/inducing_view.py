"""What the page shows of rubric induction, and how a run is started in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.models.chat_model import ChatModel
from citing_app.models.teacher import REFERENCE, Teacher
from citing_app.running.jobs import Job
from citing_app.store import inductions, instructions
from citing_app.workflows.drafts.checking import model_of
from citing_app.workflows.job_names import ASSIGN_JOB
from citing_app.workflows.rubrics.assigning import start_assigning
from citing_app.workflows.rubrics.inducing import induce
from citing_app.workflows.rubrics.inducing_plan import HIGHEST_BOUND, MOST_CATEGORIES, RunEstimate, estimated
from citing_app.workflows.rubrics.requests import Induce
from citing_app.workflows.studio import Studio

INDUCE_JOB = "induce"
WARNED_SHARE = 0.05
_EXAMPLES = 6


class SizedDataset(TypedDict):
    """A data set and how many instructions it has."""

    name: str
    rows: int


class RunView(TypedDict):
    """The newest run: by whom, and whether it has ended."""

    teacher: str
    ended: bool


class SizedCategory(TypedDict):
    """A category and how many of the data set's instructions are its members."""

    name: str
    members: int


class InductionView(TypedDict):
    """What the page shows; see `induction_view`."""

    datasets: list[SizedDataset]
    teachers: list[str]
    most: int
    highest: int
    dataset: str
    rows: int
    run: RunView | None
    running: bool
    categories: list[SizedCategory]
    sorted: int
    other: int
    is_much: bool


class ExampleView(TypedDict):
    """An instruction as an example of its category."""

    id: int
    instruction: str
    input: str
    turns: list[dict[str, str]]


def induction_view(studio: Studio, dataset: str | None) -> InductionView:
    """What can be chosen, and how the data set (by default that of the newest run) is sorted, as plain JSON.

    `other` is what the newest run found no category for, `is_much` whether that is more than 5 % of what it had.
    """
    with studio.store.read() as cursor:
        rows = {name: sum(counts) for name, *counts in instructions.datasets(cursor)}
        run = inductions.newest(cursor, dataset)
        chosen = dataset if dataset is not None else run.dataset if run else _largest(rows)
        sizes, other = inductions.sizes(cursor, chosen), inductions.other(cursor, chosen)
    sorted_rows = sum(members for _, members in sizes)
    return {
        "datasets": [{"name": name, "rows": count} for name, count in rows.items()],
        "teachers": model_names(studio.teachers),
        "most": run.most if run else MOST_CATEGORIES,
        "highest": HIGHEST_BOUND,
        "dataset": chosen,
        "rows": rows.get(chosen, 0),
        "run": None if run is None else {"teacher": run.teacher, "ended": run.ended_at is not None},
        "running": studio.jobs.running(INDUCE_JOB),
        "categories": [{"name": name, "members": members} for name, members in sizes],
        "sorted": sorted_rows,
        "other": other,
        "is_much": other > WARNED_SHARE * (sorted_rows + other),
    }


def induction_examples(studio: Studio, dataset: str, category: str | None) -> list[ExampleView]:
    """A few of the data set's instructions in a category; with None, of those that nothing was found for."""
    with studio.store.read() as cursor:
        rows = inductions.examples(cursor, dataset, category, _EXAMPLES)
    return [
        {
            "id": row["id"],
            "instruction": row["instruction"],
            "input": row["input"],
            "turns": [asdict(turn) for turn in row["turns"]],
        }
        for row in rows
    ]


def induction_estimate(studio: Studio, asked: Induce) -> RunEstimate:
    """What a run with these settings will take; see `inducing_plan.estimated`."""
    return estimated(studio.store, teaching_model(studio.teachers, asked.teacher), asked.dataset, asked.most)


def start_inducing(studio: Studio, asked: Induce, author: str) -> None:
    """Start a run, or go on with the one that these settings began; then assign every other instruction anew.

    Raises CitingError for a teacher that is no model, and where there is nothing to sort.
    """
    model = teaching_model(studio.teachers, asked.teacher)
    embedder = studio.embedder.name
    estimated(studio.store, model, asked.dataset, asked.most)  # what cannot be done is told at once

    def work(job: Job) -> str:
        made = induce(studio.store, model, asked.dataset, asked.most, embedder, author, job)
        while studio.jobs.running(ASSIGN_JOB):  # one that began before would miss the new members
            job.progress(0, None, "waiting until rubrics are assigned")
            job.cancelled.wait(0.2)
        start_assigning(studio)
        return str(made)

    studio.jobs.start(INDUCE_JOB, "Making rubrics", work)


def teaching_model(every: Sequence[Teacher], name: str | None = None) -> ChatModel:
    """The chat model of this name; without a name the first there is. Raises CitingError where there is none."""
    names = model_names(every)
    if not names or name == REFERENCE.name:
        raise CitingError(
            "The reference teacher only knows the data set's answers; add a model on the Teacher page to have rubrics "
            "made."
        )
    return model_of(every, name or names[0])


def model_names(every: Sequence[Teacher]) -> list[str]:
    """The teachers that are chat models."""
    return [teacher.name for teacher in every if teacher.model]


def _largest(rows: dict[str, int]) -> str:
    return max(rows, key=lambda name: rows[name], default="")
