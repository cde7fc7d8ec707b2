"""A curriculum's rounds compared with each other by its judge, as each of them ends."""

from __future__ import annotations

from typing import Any, TypedDict

from citing_app.errors import Cancelled, CitingError
from citing_app.running.jobs import Job
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.evaluation.judge.comparing import compare
from citing_app.workflows.evaluation.judge.win_rates_view import WinRateView
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.studio import Studio


class JudgedView(TypedDict):
    """A round's win rate against the model `other`, in [0, 1], over `n` instructions; None where none is valid.

    `crosses_half`: the inconsistent and invalid comparisons could reverse it.
    """

    other: str
    judge: str
    rate: float | None
    low: float | None
    high: float | None
    n: int
    crosses_half: bool


def judged(
    studio: Studio, settings: CurriculumSettings, number: int, before: int | None, sft: int | None, job: Job
) -> dict[str, Any]:
    """Round `number` compared with the round before, with SFT and with the base model, for the stage to keep.

    Where it stops, for example at the spending limit, the sentence is kept instead: the curriculum continues.
    """
    if not settings.judge:
        return {}
    others = dict.fromkeys(str(one) if one else BASE for one in (before, sft, None) if one != number)
    asked = Compare.of(
        {
            "model": number,
            "opponents": list(others),
            "test_set": settings.evaluate or "",
            "part": settings.measured_part,
            "items": settings.evaluate_items,
            "judge": settings.judge,
        }
    )
    try:
        return {"judged": [_kept(one) for one in compare(studio, asked, job)]}
    except Cancelled:
        raise
    except CitingError as error:
        return {"not_judged": str(error)}


def _kept(one: WinRateView) -> JudgedView:
    rate = one["rates"]["overall"]
    return {
        "other": one["second"]["name"],
        "judge": one["judge"],
        "rate": rate["rate"],
        "low": rate["low"],
        "high": rate["high"],
        "n": rate["n"],
        "crosses_half": rate["crosses_half"],
    }
