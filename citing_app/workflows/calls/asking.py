"""Asking a teacher many questions: a bounded pool of calls, each of them in the ledger before it is sent.

A question is sent at most once for money: an answer that the ledger holds is read again instead (`known`), the same
question twice at once is one call, and a call whose fate is unknown is not repeated before a person says so, unless it
can have cost nothing. So a batch that is killed anywhere is resumed by asking it again.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from citing_app.errors import Cancelled, CitingError
from citing_app.method.prices import dollars
from citing_app.models.chat_model import ChatModel
from citing_app.running.jobs import Job
from citing_app.store import spending
from citing_app.store.database import Store
from citing_app.workflows.calls.loop import Asking
from citing_app.workflows.calls.questions import Answer, Question
from citing_app.workflows.calls.spending import price_for


def ask(store: Store, model: ChatModel, questions: Sequence[Question], job: Job, verb: str) -> list[Answer]:
    """The answers to these questions, in their order. Raises Cancelled, and CitingError where the limit is reached."""
    found: dict[int, Answer] = {}
    ask_all(store, model, questions, job, verb, lambda answers: found.update({id(a.question): a for a in answers}))
    return [found[id(question)] for question in questions]


def ask_all(
    store: Store,
    model: ChatModel,
    questions: Iterable[Question | None],
    job: Job,
    verb: str,
    keep: Callable[[list[Answer]], None],
    total: int | None = None,
) -> Counter[str]:
    """Ask everything and hand answers to `keep` as they come, in batches; outcomes by name.

    A None among the questions means that there is none just now: it is asked for again. Raises Cancelled once a
    person has asked to stop and what was under way is kept, and CitingError where the spending limit stops it, or a
    server that takes no calls for long.
    """
    job.asks.add(model.name)
    with store.read() as cursor:
        price, limit = price_for(cursor, model), spending.limit(cursor)
    if limit is not None and price is None:
        raise _unpriced(model)
    if total is None and isinstance(questions, Sequence):
        total = len(questions)
    asking = Asking(store, model, iter(questions), job, verb, keep, total, price)
    with ThreadPoolExecutor(
        1, thread_name_prefix="asking"
    ) as thread:  # a loop of its own, wherever this is called from
        try:
            thread.submit(asyncio.run, asking.run()).result()
        except KeyboardInterrupt:
            job.cancelled.set()  # nothing more is sent; what is under way is awaited and kept
            raise
    if job.cancelled.is_set():
        raise Cancelled("Cancelled; the answers that had been asked for are kept.")
    if asking.closed_for is not None:
        raise _closed(model, asking.closed_for)
    if asking.stopped and price is None:
        raise _unpriced(model)
    if asking.stopped:
        raise CitingError(
            f"The spending limit of {dollars(asking.limit or 0)} is reached after {asking.outcomes.total():,} answers; "
            "raise it on the Teacher page to go on."
        )
    return asking.outcomes


def _closed(model: ChatModel, wait: float) -> CitingError:
    """What is said of a server that takes no calls for `wait` seconds."""
    minutes = math.ceil(wait / 60)
    span = f"{minutes} minutes" if minutes < 120 else f"{math.ceil(minutes / 60):,} hours"
    return CitingError(
        f"The server of {model.name} takes no calls for {span}; the answers so far are kept. Start again then."
    )


def _unpriced(model: ChatModel) -> CitingError:
    return CitingError(
        f"There is a spending limit and no price for {model.name}: enter its price on the Teacher page, or take the "
        "limit away."
    )
