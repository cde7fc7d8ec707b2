"""Evaluating: models answer the test set where they have not, and each answer is measured where it has not been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from citing_app.errors import Cancelled, CitingError
from citing_app.method.parts import DataPart
from citing_app.running.jobs import Job
from citing_app.store import answers, rounds, rubrics
from citing_app.store.database import Store
from citing_app.types import Instruction, Rubric
from citing_app.workflows.evaluation import test_sets
from citing_app.workflows.evaluation.figures.answering import Answerer, answerer, write_drafts, write_self_revisions
from citing_app.workflows.evaluation.figures.means import figures_of
from citing_app.workflows.evaluation.figures.metrics import LOSS
from citing_app.workflows.evaluation.figures.scoring import (
    Written,
    accepted_of,
    score_likelihoods,
    score_similarity,
    score_texts,
)
from citing_app.workflows.evaluation.lineage import Lineage
from citing_app.workflows.evaluation.requests import Evaluate
from citing_app.workflows.evaluation.steps import Steps
from citing_app.workflows.evaluation.test_sets import Chosen
from citing_app.workflows.evaluation.views import EvaluationView
from citing_app.workflows.job_names import EVALUATE_JOB
from citing_app.workflows.lasting import start_lasting
from citing_app.workflows.students import adapter_of, number_of
from citing_app.workflows.studio import Studio

_STEPS = 5
"""Of one model: drafts, self-revisions, likelihoods, similarity, and what it forgot."""


@dataclass
class _Course:
    """What the models are measured on, and what is found on the way."""

    studio: Studio
    chosen: Chosen
    rubric_of: Mapping[int, Rubric | None]
    steps: Steps
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def evaluate(
    studio: Studio, numbers: Sequence[int | None], dataset: str | None, items: int, job: Job, part: DataPart = "all"
) -> EvaluationView:
    """Measure the base model (None) and rounds on the test split, or on the rows of one data set that no round learned;
    on a `part` of them alone, where one is named.

    Only what is missing is written and measured, and each text and value is stored as it comes: an evaluation that
    was cancelled or killed begins again where it stopped. Raises CitingError where there are no rows, and for a round
    without an adapter.
    """
    chosen = test_sets.frozen(studio.store, dataset, items, part)
    models = [answerer(studio, number) for number in dict.fromkeys(numbers)]
    steps = Steps(job, _STEPS * len(models))
    course = _Course(studio, chosen, _rubrics(studio.store, chosen.rows), steps)
    with studio.store.read() as cursor:
        lineage = Lineage(rounds.listed(cursor))
    own = _own_rows(course, lineage, [who.model.round for who in models], items)
    for who in models:
        job.progress(steps.done, steps.total, f"evaluating {who.model.name}")
        _measure(course, who)
        _forgetting(course, who, who.model.round and lineage.sft_of(who.model.round), own)
    return {
        "test_set": chosen.test_set,
        "dataset": chosen.name,
        "items": len(chosen.rows),
        "written": steps.written,
        "metrics": figures_of(studio.store, chosen.test_set, chosen.name, items, [who.model for who in models]),
        "notes": course.notes,
    }


def start(studio: Studio, asked: Evaluate) -> None:
    """Evaluate in the background.

    Raises CitingError where no model is named, for a round without an adapter, and where there are no rows.
    """
    numbers, dataset = [number_of(model) for model in asked.models], asked.dataset or None
    if not numbers:
        raise CitingError("Name one to twenty models: base, or the number of a round.")
    test_sets.ensure_measurable(studio.store, dataset, asked.part)
    for number in numbers:
        adapter_of(studio, number)

    def work(job: Job) -> str:
        found = evaluate(studio, numbers, dataset, asked.items, job, asked.part)
        return " · ".join([f"{len(found['metrics'])} figures measured.", *found["notes"]])

    needs = [number for number in numbers if number is not None]
    start_lasting(studio, EVALUATE_JOB, "Evaluating", asked, work, needs)


def _rubrics(store: Store, rows: Sequence[Instruction]) -> dict[int, Rubric | None]:
    with store.read() as cursor:
        return rubrics.of_instructions(cursor, [row.id for row in rows])


def _measure(course: _Course, who: Answerer) -> None:
    studio, rows, steps = course.studio, course.chosen.rows, course.steps
    with studio.store.write() as cursor:
        answers.add_model(cursor, who.model)
    drafts = write_drafts(studio, who, rows, steps)
    written = Written(drafts, write_self_revisions(studio, who, rows, drafts, course.rubric_of, steps))
    name = who.model.name
    if missing := len(rows) - len(drafts):
        course.note(f"Missing drafts of {name}: {missing}, whose prompts the student could not take.")
    if missing := len(drafts) - len(written.self_revisions):
        course.note(f"Missing self-revisions of {name}: {missing}, whose prompts the student could not take.")
    accepted = accepted_of(studio.store, rows)
    score_texts(studio.store, written, rows, accepted)
    score_likelihoods(studio, who, rows, steps)
    steps.end()
    try:
        with studio.device.turn("bulk", "evaluating", steps.job.cancelled):
            score_similarity(studio.store, studio.embedder, written, [row.hash for row in rows], accepted, steps)
    except Cancelled:
        raise
    except CitingError as error:  # everything else is measured all the same
        course.note(f"The similarity of the answers was not measured: {error}")
    steps.end()


def _own_rows(course: _Course, lineage: Lineage, numbers: Sequence[int | None], items: int) -> dict[int, Chosen]:
    """The rows that the SFT rounds of these rounds learned, by the SFT round's number."""
    found: dict[int, Chosen] = {}
    for number in filter(None, numbers):
        sft = lineage.sft_of(number)
        own = None if sft is None else test_sets.learned_by(course.studio.store, sft, items)
        if sft is not None and own is not None:
            found[sft] = own
        else:
            course.note(f"What round {number} forgot was not measured: it descends from no SFT round with known rows.")
    return found


def _forgetting(course: _Course, who: Answerer, sft: int | None, own: Mapping[int, Chosen]) -> None:
    """The loss on the rows of the SFT round that the model descends from; of the base model, on those of each."""
    for number, rows in own.items():
        if who.model.round is None or number == sft:
            score_likelihoods(course.studio, who, rows.rows, course.steps, [LOSS])
    course.steps.end()
