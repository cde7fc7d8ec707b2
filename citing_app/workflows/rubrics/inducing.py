"""Rubric induction (paper §3.1): a teacher makes the categories of a data set, sorts it and writes the rubrics.

What a run looks at is fixed when it starts (its plan), and every question follows from the plan and from earlier
answers. So a run that was killed, cancelled or refused is resumed by starting it again: it asks the same questions,
and those that were answered are read from the ledger for nothing. Nothing else is written before the end, and then
all of it in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.method.induction import Category, distinct, name_key, shown_text
from citing_app.models.chat_model import ChatModel
from citing_app.running.jobs import Job
from citing_app.store import inductions, instructions, ledger, rubrics
from citing_app.store.database import Cursor, Store
from citing_app.store.inductions import Plan
from citing_app.types import Criterion, Instruction, Rubric
from citing_app.workflows.calls.asking import ask
from citing_app.workflows.calls.questions import Answer, Question, key_of
from citing_app.workflows.rubrics.inducing_plan import (
    EXAMPLES,
    PROPOSE_BATCH,
    SORT_AGAIN_BATCH,
    SORT_BATCH,
    batches_of,
    categories_there,
    planned,
)
from citing_app.workflows.rubrics.inducing_questions import (
    category_question,
    merge_question,
    propose_question,
    rubric_question,
    sort_question,
)

MOST_AT_ONCE = 200
"""How many instructions one new category may be asked for at once."""
_SHOWN_AT_ONCE = 40


@dataclass(frozen=True)
class Induced:
    """What a run made: `categories` that got members, `new` of them with a rubric written now, and the rest."""

    categories: int
    new: int
    sorted: int
    unsorted: int

    def __str__(self) -> str:
        return f"{self.sorted} instructions sorted into {self.categories} categories, {self.unsorted} are left over."


def induce(store: Store, model: ChatModel, dataset: str, most: int, embedder: str, author: str, job: Job) -> Induced:
    """Sort the data set's instructions that have no category into at most `most`, each with a rubric.

    Raises CitingError where there is nothing to sort and where the teacher gives no usable answer, and Cancelled; what
    was answered until then is not paid again when it is started again.
    """
    job.progress(0, None, "choosing a sample")
    plan = planned(store, model, dataset, most, embedder, author)
    with store.read() as cursor:
        rows = instructions.get(cursor, plan.to_sort)
    texts = {row.id: shown_text(row.task) for row in rows}
    categories = _merged(store, model, plan, _proposed(store, model, plan, texts, job), job)
    places = _sorted(store, model, categories, texts, job)
    used = [category for category in categories if category in places.values()]
    with store.read() as cursor:
        has_rubric = rubrics.newest(cursor).keys()
    new = [category for category in used if category.name not in has_rubric]
    examples = {category: [texts[i] for i in texts if places.get(i) == category][:EXAMPLES] for category in new}
    written = _written(store, model, examples, job)
    with store.write() as cursor:
        _keep(cursor, model.name, plan, used, written, places)
        inductions.finish(cursor, plan.id, [i for i in texts if i not in places])
    return Induced(len(used), len(written), len(places), len(texts) - len(places))


def ask_for_category(store: Store, model: ChatModel, instruction_ids: Sequence[int], job: Job) -> str:
    """Ask for the one category of these instructions (1 to 200), and make them members; the category's name.

    It is a new one, with a rubric, or one that is there, where the teacher says that it fits after all. Raises as
    `induce` does.
    """
    if not 1 <= len(instruction_ids) <= MOST_AT_ONCE:
        raise CitingError(f"Choose between 1 and {MOST_AT_ONCE} instructions to ask for a category.")
    with store.read() as cursor:
        rows = sorted(_instructions(cursor, instruction_ids), key=lambda row: row.hash)
        known = categories_there(cursor)
        has_rubric = rubrics.newest(cursor).keys()
    texts = [shown_text(row.task) for row in rows]
    asked = category_question(texts[:_SHOWN_AT_ONCE], known)
    (answer,) = _needed(store, model, [asked], job, "asking for a category")
    (category,) = _as_known([known[answer.value - 1] if isinstance(answer.value, int) else answer.value], known)
    lacking = {} if category.name in has_rubric else {category: texts[:EXAMPLES]}
    written = _written(store, model, lacking, job)
    with store.write() as cursor:
        there = {one.name for one in categories_there(cursor)}
        _add(cursor, model.name, [category], written, {one.name for one in known} - there)
        rubrics.add_members(cursor, {row.id: category.name for row in rows}, model.name)
    return category.name


def _instructions(cursor: Cursor, instruction_ids: Sequence[int]) -> list[Instruction]:
    try:
        return instructions.get(cursor, list(dict.fromkeys(instruction_ids)))
    except KeyError as error:
        raise CitingError("One of these instructions is not there; load the list again.") from error


# -- the steps --------------------------------------------------------------------------------------------------------


def _proposed(store: Store, model: ChatModel, plan: Plan, texts: Mapping[int, str], job: Job) -> list[Category]:
    """The categories that the sample needs, batch by batch: each sees what those before it named.

    A batch that the teacher refuses or answers with nonsense is passed over, as long as another is answered.
    """
    known = [Category(name, description) for name, description in plan.known.items()]
    found: list[Category] = []
    last: list[Answer] = []
    batches = batches_of(plan.sample, PROPOSE_BATCH)
    for number, batch in enumerate(batches, start=1):
        job.progress(number - 1, len(batches), f"proposing categories, batch {number} of {len(batches)}")
        asked = propose_question([texts[i] for i in batch], distinct([*found, *known]), plan.most)
        silent = job.inner(job.name)  # one answer is not a whole step
        last = _answers(store, model, [asked], silent, "proposing")
        found = distinct([*found, *_as_known(last[0].value or [], known)])
    if not found:
        _refuse(store, model, last)
    return found


def _merged(store: Store, model: ChatModel, plan: Plan, proposed: list[Category], job: Job) -> list[Category]:
    """The proposed categories without those that are the same as another."""
    if len(proposed) < 2:
        return proposed
    asked = merge_question(proposed, list(plan.known), plan.most)
    (answer,) = _needed(store, model, [asked], job, "merging categories")
    known = [Category(name, description) for name, description in plan.known.items()]
    return distinct(_as_known(answer.value, known))


def _sorted(
    store: Store, model: ChatModel, categories: Sequence[Category], texts: Mapping[int, str], job: Job
) -> dict[int, Category]:
    """The category of each instruction that the teacher found one for; what is left over is asked about once more."""
    places: dict[int, Category] = {}
    for again, size, verb in ((False, SORT_BATCH, "sorting, batch"), (True, SORT_AGAIN_BATCH, "sorting again, batch")):
        batches = batches_of([i for i in texts if i not in places], size)
        asked = [sort_question([texts[i] for i in batch], categories, again) for batch in batches]
        for batch, answer in zip(batches, _answers(store, model, asked, job, verb), strict=True):
            found: Mapping[int, int] = answer.value or {}
            places |= {batch[n - 1]: categories[place - 1] for n, place in found.items() if place > 0}
    return places


def _written(
    store: Store, model: ChatModel, lacking: Mapping[Category, Sequence[str]], job: Job
) -> dict[str, tuple[Criterion, ...]]:
    """The criteria of each category that has no rubric, by its name."""
    asked = [rubric_question(category, examples) for category, examples in lacking.items()]
    answers = _needed(store, model, asked, job, "writing rubrics,")
    return {category.name: answer.value for category, answer in zip(lacking, answers, strict=True)}


def _keep(
    cursor: Cursor,
    teacher: str,
    plan: Plan,
    used: Sequence[Category],
    written: Mapping[str, tuple[Criterion, ...]],
    places: Mapping[int, Category],
) -> None:
    gone = plan.known.keys() - {one.name for one in categories_there(cursor)}
    _add(cursor, teacher, used, written, gone)
    rubrics.add_members(cursor, {i: category.name for i, category in places.items()}, teacher)


def _add(
    cursor: Cursor,
    teacher: str,
    categories: Sequence[Category],
    written: Mapping[str, tuple[Criterion, ...]],
    gone: set[str],
) -> None:
    """Add the new categories and their rubrics; `gone` are those that were there when the teacher was asked."""
    if any(category.name in gone for category in categories):
        raise CitingError("A category was renamed or merged while the teacher sorted into it; start it again.")
    for category in categories:
        if category.name in written:
            rubrics.add(cursor, Rubric(category.name, written[category.name], 1, teacher), category.description)


# -- asking -----------------------------------------------------------------------------------------------------------


def _answers(store: Store, model: ChatModel, asked: Sequence[Question], job: Job, verb: str) -> list[Answer]:
    """The answers, usable or not. Raises CitingError where a call's fate is unknown or the server took none of it."""
    if not asked:
        return []
    job.progress(0, len(asked), f"{verb} {0} of {len(asked):,}")  # until the first answer comes
    answers = ask(store, model, asked, job, verb)
    if any(answer.outcome == "unknown" for answer in answers):
        raise CitingError(
            "Some calls may have been billed without an answer; allow on the Teacher page that they are sent again, "
            "then start this again: what was answered is kept."
        )
    failed = next((answer for answer in answers if answer.outcome == "failed"), None)
    if failed is not None:
        raise CitingError(f"{failed.reason} What was answered is kept; start this again to go on.")
    return answers


def _needed(store: Store, model: ChatModel, asked: Sequence[Question], job: Job, verb: str) -> list[Answer]:
    """Answers without which it does not go on. Raises CitingError where one of them is of no use."""
    answers = _answers(store, model, asked, job, verb)
    useless = [answer for answer in answers if answer.outcome != "ok"]
    if useless:
        _refuse(store, model, useless)
    return answers


def _refuse(store: Store, model: ChatModel, useless: Sequence[Answer]) -> None:
    """End the run; when it is started again, these questions are sent again, for their answers lead nowhere."""
    with store.write() as cursor:
        ledger.supersede_calls(cursor, [key_of(model, answer.question.call) for answer in useless])
    raise CitingError(
        f"The teacher gave no usable answer: {useless[0].reason} Start this again to ask it once more; what was "
        "answered is kept."
    )


def _as_known(categories: Sequence[Category], known: Sequence[Category]) -> list[Category]:
    """The categories, with those that are there already in place of new ones of the same name."""
    by_key = {name_key(category.name): category for category in known}
    return [by_key.get(name_key(category.name), category) for category in categories]
