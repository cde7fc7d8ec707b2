"""What the Teacher page shows and sets: who teaches which data set and how, what waits, what failed, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from citing_app.errors import CitingError
from citing_app.models.teacher import MAX_TOKENS, Manner, Teacher
from citing_app.store import instructions, items, ledger, teachers
from citing_app.store import spending as paid
from citing_app.store.database import Store
from citing_app.store.teachers import Chosen
from citing_app.workflows.calls.spending import Estimate, SpendingView, estimate, price_for, spending_view
from citing_app.workflows.drafts.requests import ChooseTeachers
from citing_app.workflows.drafts.revising import question
from citing_app.workflows.studio import Studio

_SAMPLE = 200
_ANSWER_PER_DRAFT_BYTE = 0.3
"""Tokens of an answer for each byte of the draft, before there are any to go by."""


class TaughtView(TypedDict):
    """Who teaches a data set and how, and how many revisions are yet to be written."""

    name: str
    teachers: tuple[str, ...]
    style: str
    rationale: bool
    waiting: int


class TeacherEstimate(Estimate):
    """What the revisions that a teacher has yet to write will take."""

    teacher: str


class TeachersView(TypedDict):
    """What the Teacher page shows beside the models themselves: `teachers` are names.

    `failed` are `FailedCall`s, `unknown` counts the calls of unknown fate.
    """

    teachers: list[str]
    spending: SpendingView
    datasets: list[TaughtView]
    failed: list[dict[str, Any]]
    unknown: int
    estimates: list[TeacherEstimate]


def teachers_view(studio: Studio) -> TeachersView:
    """Everything that the page shows, as plain JSON."""
    store, every = studio.store, studio.teachers
    with store.read() as cursor:
        choices = teachers.chosen(cursor)
        names = [dataset for dataset, *_ in instructions.datasets(cursor)]
        failed = ledger.failed_calls(cursor)
        unknown = ledger.unknown(cursor)
        waiting = [_waiting(cursor, every, choices, dataset) for dataset in names]
    return {
        "teachers": [teacher.name for teacher in every],
        "spending": spending_view(store, studio.models),
        "datasets": [
            _taught(name, choices.get(name, Chosen()), count) for name, count in zip(names, waiting, strict=True)
        ],
        "failed": [{**asdict(row), "at": row.at.isoformat()} for row in failed],
        "unknown": sum(unknown.values()),
        "estimates": _estimates(store, every, choices),
    }


def choose_teachers(studio: Studio, asked: ChooseTeachers, author: str) -> None:
    """Let these teachers revise the data set's drafts in this manner; no names means the first teacher.

    Raises CitingError for a data set or a teacher that is not there.
    """
    known = [teacher.name for teacher in studio.teachers]
    if any(name not in known for name in asked.teachers):
        raise CitingError(f"The teachers here are {', '.join(known)}; add others on the Teacher page to choose them.")
    with studio.store.write() as cursor:
        if asked.dataset not in [name for name, *_ in instructions.datasets(cursor)]:
            raise CitingError("There is no data set of that name; choose one of the list.")
        chosen = Chosen(tuple(name for name in known if name in asked.teachers), asked.style, asked.rationale)
        teachers.choose(cursor, asked.dataset, chosen, author)


def allow_unknown(store: Store) -> int:
    """Let every call whose fate is unknown be sent again, though it may have been paid; how many there were."""
    with store.write() as cursor:
        return ledger.supersede_unknown(cursor)


def _taught(name: str, chosen: Chosen, waiting: int) -> TaughtView:
    return {
        "name": name,
        "teachers": chosen.teachers,
        "style": chosen.style,
        "rationale": chosen.rationale,
        "waiting": waiting,
    }


def _waiting(cursor: Any, every: Sequence[Teacher], choices: dict[str, Chosen], dataset: str) -> int:
    """How many revisions the teachers of a data set have yet to write."""
    names = choices.get(dataset, Chosen()).teachers or (every[0].name,)
    return sum(len(teachers.to_revise(cursor, dataset, name, names, 100_000)) for name in names)


def _estimates(store: Store, every: Sequence[Teacher], choices: dict[str, Chosen]) -> list[TeacherEstimate]:
    """For each model, what the revisions that it has yet to write will cost, from a sample of their prompts."""
    found: list[TeacherEstimate] = []
    for teacher in every:
        if teacher.model:
            with store.read() as cursor:
                ids = _ids(cursor, every, choices, teacher.name)
                sample = items.get_many(cursor, ids[:: max(1, len(ids) // _SAMPLE)][:_SAMPLE])
                price = price_for(cursor, teacher.model)
                usual = paid.typical_answer(cursor, teacher.name, "revise")
            if sample:
                manners = [choices.get(item.instruction.dataset, Chosen()) for item in sample]
                calls = [question(i, Manner(m.style, m.rationale)).call for i, m in zip(sample, manners, strict=True)]  # type: ignore[arg-type]
                mean = sum(call.prompt_bytes for call in calls) / len(calls)
                drafted = sum(len(item.draft.encode()) for item in sample) / len(sample)
                answered = usual if usual is not None else 20 + drafted * _ANSWER_PER_DRAFT_BYTE
                row = estimate(price, round(mean * len(ids)), len(ids), answered, teacher.model.most_tokens(MAX_TOKENS))
                found.append({"teacher": teacher.name, **row})
    return found


def _ids(cursor: Any, every: Sequence[Teacher], choices: dict[str, Chosen], name: str) -> list[int]:
    ids: list[int] = []
    for dataset, *_ in instructions.datasets(cursor):
        names = choices.get(dataset, Chosen()).teachers or (every[0].name,)
        if name in names:
            ids += teachers.to_revise(cursor, dataset, name, names, 100_000)
    return ids
