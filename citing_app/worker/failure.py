"""How a failure is told to the person at the screen: what happened and what to do, in one sentence."""

from __future__ import annotations

import errno

from citing_app.errors import Cancelled, CitingError, OverBudget


def describe(error: BaseException) -> tuple[str, str]:
    """Kind and sentence for an exception that ended a round.

    The kind is "cancelled", "over_budget", "out_of_memory" or "failed".
    """
    from citing_app.worker.memory import is_out_of_memory

    if isinstance(error, Cancelled):
        return "cancelled", str(error)
    if isinstance(error, OverBudget):
        return "over_budget", str(error)
    if isinstance(error, CitingError):
        return "failed", str(error)
    if is_out_of_memory(error):
        return "out_of_memory", (
            "The device ran out of memory; close what else uses it, then resume the round or train it again."
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "failed", "The disk is full; free some space, then resume the round or train it again."
    return "failed", f"The trainer stopped at an unexpected {type(error).__name__}; worker.log has the details."
