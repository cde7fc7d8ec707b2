"""What a run of rubric induction looks at, and what it will take: fixed and shown before the first call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TypedDict, TypeVar

from citing_app.errors import CitingError
from citing_app.method import strata
from citing_app.method.induction import Category, shown_text
from citing_app.models.chat_model import ChatModel
from citing_app.store import inductions, instructions, rubrics
from citing_app.store import spending as paid
from citing_app.store.database import Cursor, Store
from citing_app.store.inductions import Plan
from citing_app.workflows.calls.questions import Question
from citing_app.workflows.calls.spending import Estimate, estimate, price_for
from citing_app.workflows.rubrics.inducing_questions import (
    MAX_TOKENS,
    merge_question,
    propose_question,
    rubric_question,
    sort_question,
)

T = TypeVar("T")
MOST_CATEGORIES = 24
HIGHEST_BOUND = 100
SAMPLE, PROPOSE_BATCH, SORT_BATCH, SORT_AGAIN_BATCH, EXAMPLES = 400, 40, 20, 10, 8
_STRATIFIED = 10_000
_TYPICAL_ANSWER = {"propose": 300.0, "merge": 700.0, "sort": 320.0, "rubric": 450.0}
"""Tokens of an answer to each question, before there are any to go by."""
_USUAL = Category("a name of usual length", "One sentence on the instructions that belong to this category. " * 2)
"""Stands in an estimate for a category that nobody has named yet."""


def planned(store: Store, model: ChatModel, dataset: str, most: int, embedder: str, author: str) -> Plan:
    """The plan of the run that can go on with these settings, else a new one, kept. Raises CitingError."""
    with store.read() as cursor:
        found = open_plan(cursor, model, dataset, most)
        plan = found or new_plan(cursor, model, dataset, most, embedder)
    if found is None:
        with store.write() as cursor:
            inductions.add(cursor, plan, author)
    return plan


def open_plan(cursor: Cursor, model: ChatModel, dataset: str, most: int) -> Plan | None:
    """The newest run where it has not ended and asks the same: of this data set, teacher and bound, and no category
    that it knew was renamed or merged since."""
    plan = inductions.newest(cursor, dataset)
    if plan is None or plan.ended_at is not None or (plan.teacher, plan.most) != (model.name, most):
        return None
    return plan if plan.known.keys() <= {one.name for one in categories_there(cursor)} else None


def new_plan(cursor: Cursor, model: ChatModel, dataset: str, most: int, embedder: str | None) -> Plan:
    """What a new run would look at: all that is unsorted, and a stratified sample of it.

    Strata are made of this embedder's vectors where all have one, else of the lengths. Raises CitingError where there
    is nothing to sort.
    """
    if not 2 <= most <= HIGHEST_BOUND:
        raise CitingError(f"The number of categories is between 2 and {HIGHEST_BOUND}.")
    if dataset not in [name for name, *_ in instructions.datasets(cursor)]:
        raise CitingError("There is no data set of that name; choose one of the list.")
    rows = inductions.unsorted(cursor, dataset)
    if not rows:
        raise CitingError("Every instruction of this data set has been sorted into a category already.")
    ids = [row_id for row_id, _ in rows][:_STRATIFIED]
    vectors = None if embedder is None else inductions.vectors(cursor, embedder, ids)
    by_length = strata.by_length([length for _, length in rows[:_STRATIFIED]])
    chosen = strata.stratified(by_length if vectors is None else strata.by_meaning(vectors), SAMPLE)
    return Plan(
        id=uuid.uuid4().hex,
        dataset=dataset,
        teacher=model.name,
        most=most,
        sample=tuple(ids[place] for place in chosen),
        to_sort=tuple(row_id for row_id, _ in rows),
        known={one.name: one.description for one in categories_there(cursor)},
    )


class StepEstimate(Estimate):
    """What one step of a run will take."""

    step: str


class RunEstimate(TypedDict):
    """What a run will take; see `estimated`."""

    instructions: int
    steps: list[StepEstimate]
    answered: int
    going_on: bool
    calls: int
    about: int | None
    most: int | None


def estimated(store: Store, model: ChatModel, dataset: str, most: int) -> RunEstimate:
    """What a run will take, by step and in all, from the prompts it will send; nothing is kept or asked.

    Amounts are in billionths of a dollar and None without a price. `most` lets every instruction be asked about twice;
    a reply that has to be mended comes on top. `answered` is how many answers an earlier try has paid already.
    """
    with store.read() as cursor:
        going_on = open_plan(cursor, model, dataset, most)
        plan = going_on or new_plan(cursor, model, dataset, most, embedder=None)
        price = price_for(cursor, model)
        usual = {step: paid.typical_answer(cursor, model.name, step) or _TYPICAL_ANSWER[step] for step in _STEPS}
        answered = inductions.answered(cursor, going_on) if going_on else 0
        shown = instructions.get(cursor, list(plan.sample))
    texts = [shown_text(row.task) for row in shown]
    longest = model.most_tokens(MAX_TOKENS)
    steps: list[StepEstimate] = []
    for step, asked, calls, most_calls in _sampled(plan, texts):
        size = sum(question.call.prompt_bytes for question in asked) / max(1, len(asked))
        row = estimate(price, round(size * calls), calls, usual[step], longest)
        if most_calls > calls:
            row["most"] = estimate(price, round(size * most_calls), most_calls, usual[step], longest)["most"]
        steps.append({"step": step, **row})
    return {
        "instructions": len(plan.to_sort),
        "steps": steps,
        "answered": answered,
        "going_on": bool(going_on),
        "calls": sum(row["calls"] for row in steps),
        "about": None if price is None else sum(row["about"] or 0 for row in steps),
        "most": None if price is None else sum(row["most"] or 0 for row in steps),
    }


_STEPS = ("propose", "merge", "sort", "rubric")


def _sampled(plan: Plan, texts: Sequence[str]) -> list[tuple[str, list[Question], int, int]]:
    """Of each step some questions as they will be asked, how many there are, and how many at most."""
    named = [_USUAL] * plan.most
    known = [Category(name, description) for name, description in plan.known.items()]
    first, again = (-(-len(plan.to_sort) // size) for size in (SORT_BATCH, SORT_AGAIN_BATCH))
    written = min(plan.most, len(plan.to_sort))
    proposing = [
        propose_question(batch, [*known, *named[: len(named) // 2]], plan.most)
        for batch in batches_of(texts, PROPOSE_BATCH)
    ]
    return [
        ("propose", proposing, len(proposing), len(proposing)),
        ("merge", [merge_question(named, [], plan.most)], 1, 1),
        ("sort", [sort_question(batch, named, False) for batch in batches_of(texts, SORT_BATCH)], first, first + again),
        ("rubric", [rubric_question(_USUAL, texts[:EXAMPLES])], written, written),
    ]


def categories_there(cursor: Cursor) -> list[Category]:
    """The categories that the studio has, by name."""
    return [Category(name, description) for name, description, *_ in rubrics.overview(cursor)]


def batches_of(rows: Sequence[T], size: int) -> list[Sequence[T]]:
    """The rows, `size` at a time."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
