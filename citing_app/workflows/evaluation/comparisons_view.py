"""All that was compared on a test set: each pair of models, by each judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.models.judge import Judge
from citing_app.store import answers, comparisons, instructions, test_sets
from citing_app.store.answers import Answer, Model
from citing_app.store.comparisons import Preference
from citing_app.store.database import Store
from citing_app.types import Instruction
from citing_app.workflows.evaluation.judging import Case, JudgedBy, by_order, newest_said
from citing_app.workflows.evaluation.requests import ListComparisons
from citing_app.workflows.evaluation.test_sets import set_view
from citing_app.workflows.evaluation.views import SetView
from citing_app.workflows.evaluation.win_rates_view import WinRateView, win_rate_view
from citing_app.workflows.studio import Studio


class JudgeView(TypedDict):
    """A judge that can be asked; without a model it is closeness to the reference. `teaches`: it is a teacher too."""

    name: str
    has_model: bool
    teaches: bool


class ComparisonsView(TypedDict):
    """The judges that can be asked, the test sets that there are, and what was compared on the chosen one."""

    judges: list[JudgeView]
    test_sets: list[SetView]
    test_set: str | None
    win_rates: list[WinRateView]


def comparisons_view(studio: Studio, asked: ListComparisons) -> ComparisonsView:
    """The win rates on a test set (by hash, the newest by default). Raises CitingError for one that is not there."""
    with studio.store.read() as cursor:
        known = [one for one in test_sets.everything(cursor) if one.learned_by is None]
    chosen = next((one for one in known if asked.test_set in ("", one.hash)), None)
    if chosen is None and asked.test_set:
        raise CitingError("There is no test set of this name.")
    teachers = [teacher.name for teacher in studio.teachers]
    return {
        "judges": [_judge(one, teachers) for one in studio.judges],
        "test_sets": [set_view(one) for one in known],
        "test_set": chosen.hash if chosen else None,
        "win_rates": _win_rates(studio.store, asked, chosen) if chosen else [],
    }


def _judge(one: Judge, teachers: Sequence[str]) -> JudgeView:
    has_model = one.model is not None
    return {"name": one.name, "has_model": has_model, "teaches": has_model and one.name in teachers}


def _win_rates(store: Store, asked: ListComparisons, chosen: test_sets.TestSet) -> list[WinRateView]:
    with store.read() as cursor:
        hashes = test_sets.hashes(cursor, chosen.hash)
        rows = instructions.get(cursor, [*instructions.known_hashes(cursor, hashes).values()])
        answered = [
            (model, answers.of_model(cursor, model.key, asked.answer, hashes)) for model in answers.models(cursor)
        ]
    found = []
    for (second, theirs), (first, its) in combinations(answered, 2):  # the newer model against the older
        cases = _cases(rows, its, theirs)
        with store.read() as cursor:
            standing = comparisons.standing(cursor, [case.comparison.id for case in cases])
        for by in _judges(standing):
            found.append(_win_rate(store, (first, second), asked, by, chosen, cases, standing))
    return found


def _win_rate(
    store: Store,
    models: tuple[Model, Model],
    asked: ListComparisons,
    by: JudgedBy,
    chosen: test_sets.TestSet,
    cases: Sequence[Case],
    standing: Sequence[Preference],
) -> WinRateView:
    """Of what was judged, also in one order only: other rows of the test set were not compared."""
    newest = newest_said(standing)
    compared = [case for case in cases if any(by_order(case, by, newest))]
    on = {"name": chosen.name, "hash": chosen.hash, "n": len(compared), "unanswered": 0}
    return win_rate_view(store, models, asked.answer, by, on, compared)  # type: ignore[arg-type]


def _judges(standing: Sequence[Preference]) -> list[JudgedBy]:
    every = (JudgedBy(one.source, one.author, one.prompt_hash) for one in standing if one.source != "vote")
    return list(dict.fromkeys(every))


def _cases(rows: Sequence[Instruction], its: Mapping[str, Answer], theirs: Mapping[str, Answer]) -> list[Case]:
    return [Case(row, its[row.hash], theirs[row.hash]) for row in rows if row.hash in its and row.hash in theirs]
