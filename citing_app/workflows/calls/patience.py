"""How long a batch waits for a server: which calls are sent again, and after which pause."""

from __future__ import annotations

import random

from citing_app.models.chat_model import Fault

_ATTEMPTS = {"passing": 5, "busy": 30}
_LONGEST_BACKOFF = 30.0
_LONGEST_WAIT = 600.0


def pause(fault: Fault, attempts: int, is_free: bool) -> float | None:
    """After how many seconds a call is sent again that was sent `attempts` times; None where it is not.

    What may have been billed is not, unless the call `is_free`: then only the answer is missing.
    """
    kind = "passing" if fault.kind == "unknown" and is_free else fault.kind
    if attempts >= _ATTEMPTS.get(kind, 0):
        return None
    backoff = min(_LONGEST_BACKOFF, 0.5 * 2**attempts) * random.uniform(0.75, 1.25)
    return backoff if fault.retry_after is None else fault.retry_after


def closed_for(fault: Fault) -> float | None:
    """For how many seconds a server takes no calls, where that is longer than anyone waits at the screen; else None."""
    wait = fault.retry_after or 0.0
    return wait if wait > _LONGEST_WAIT else None
