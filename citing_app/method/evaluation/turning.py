"""Which differences are real, and where along the rounds quality turns: told by the intervals, not by eye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from citing_app.method.evaluation.intervals import Estimate

Direction = Literal["better", "worse", "unclear"]


def direction(difference: Estimate, lower_is_better: bool = False) -> Direction:
    """What a paired difference says: unclear where its 95 % interval holds 0, or where there is no interval."""
    if difference.low is None or difference.high is None or difference.low <= 0 <= difference.high:
        return "unclear"
    return "better" if (difference.low > 0) != lower_is_better else "worse"


def turning_point(steps: Sequence[Estimate], lower_is_better: bool = False) -> int | None:
    """Where quality turns: the place of the first step (each round's paired difference to the round before it) that is
    worse by test. None: no step is.

    With k rounds, k such tests are made, so one in twenty steps between equal rounds is marked by chance
    (docs/evaluation.md).
    """
    return next((at for at, step in enumerate(steps) if direction(step, lower_is_better) == "worse"), None)
