"""All that was compared on a test set: each pair of models, by each judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from citing_app.models.judge import Judge
from citing_app.store.test_sets import TestSet
from citing_app.workflows.evaluation.judge.compared import Compared, chosen_set, compared_on, test_sets_known
from citing_app.workflows.evaluation.judge.comparing import warnings_of
from citing_app.workflows.evaluation.judge.win_rates_view import ComparedOn, WinRateView, win_rate_view
from citing_app.workflows.evaluation.requests import ListComparisons
from citing_app.workflows.evaluation.test_sets import set_view
from citing_app.workflows.evaluation.views import SetView
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
    known, chosen = test_sets_known(studio.store), chosen_set(studio.store, asked.test_set)
    teachers = [teacher.name for teacher in studio.teachers]
    return {
        "judges": [_judge(one, teachers) for one in studio.judges],
        "test_sets": [set_view(one) for one in known],
        "test_set": chosen.hash if chosen else None,
        "win_rates": _win_rates(studio, asked, chosen) if chosen else [],
    }


def _judge(one: Judge, teachers: Sequence[str]) -> JudgeView:
    has_model = one.model is not None
    return {"name": one.name, "has_model": has_model, "teaches": has_model and one.name in teachers}


def _win_rates(studio: Studio, asked: ListComparisons, chosen: TestSet) -> list[WinRateView]:
    return [_win_rate(studio, asked, chosen, one) for one in compared_on(studio.store, chosen, asked.answer)]


def _win_rate(studio: Studio, asked: ListComparisons, chosen: TestSet, one: Compared) -> WinRateView:
    on: ComparedOn = {"name": chosen.name, "hash": chosen.hash, "n": len(one.cases), "unanswered": 0}
    warnings = warnings_of(studio, one.by)
    return win_rate_view(studio.store, one.models, asked.answer, one.by, on, one.cases, warnings)
