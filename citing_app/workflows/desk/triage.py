"""The queue in another order: what a person will likely accept first, or what will likely be rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from citing_app.method.triage import SIGNS, Order, Revisions, Scores, score
from citing_app.store import items, states, triage
from citing_app.store.database import Cursor, Store
from citing_app.workflows.desk import reviewing
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import Queue

CANDIDATES = 2000
"""How many of the items that wait for a person, from the front of the queue, are put in order."""
_DECIDED = 500
"""How many of the newest accepted, and of the newest rejected items, they are judged by."""


class Vectors:
    """The instructions' vectors that the last question needed. A stored vector never changes, so none grows stale."""

    def __init__(self) -> None:
        self._known: dict[int, npt.NDArray[np.float32]] = {}

    def of(self, cursor: Cursor, instruction_ids: Sequence[int]) -> npt.NDArray[np.float32]:
        """One row for each instruction, shape [n, dimensions]; zeros for one that has no vector yet."""
        known = self._known
        missing = [number for number in instruction_ids if number not in known]
        known = known | triage.vectors(cursor, missing) if missing else known
        self._known = {number: known[number] for number in instruction_ids if number in known}
        width = len(next(iter(known.values()), ()))
        none = np.zeros(width, dtype=np.float32)
        return np.array([known.get(number, none) for number in instruction_ids], dtype=np.float32).reshape(
            len(instruction_ids), width
        )


def asked_queue(store: Store, leases: Leases, vectors: Vectors, annotator: str, asked: Queue) -> dict[str, Any]:
    """The next items for this person, in the order that they ask for."""
    if asked.queue in ("likely fine", "likely wrong"):
        return queue(store, leases, vectors, annotator, asked.queue, asked.limit, asked.without)
    among = None if asked.filter is None else asked.filter.chosen
    return reviewing.queue(store, leases, annotator, asked.limit, asked.without, asked.queue == "disputed", among)


def queue(
    store: Store, leases: Leases, vectors: Vectors, annotator: str, order: Order, limit: int, without: Sequence[int]
) -> dict[str, Any]:
    """As `reviewing.queue`, with the first `CANDIDATES` items that wait in this order, each with its `reason`.

    The order follows every decision; items that are `without`, because a desk holds them already, keep their place.
    """
    with store.read() as cursor:
        waiting = triage.open_items(cursor, annotator, without, CANDIDATES)
        scores = _scores(cursor, vectors, waiting)
        counts = states.counts(cursor)
    positions = sorted(scores.order(order), key=lambda row: not waiting["is_sent"][row])
    with leases.choosing:
        taken = leases.of_others(annotator)
        mine, slots = waiting["is_sent"], waiting["free"]
        free = [row for row in positions if mine[row] or slots[row] > taken[int(waiting["id"][row])]][:limit]
        reasons = {int(waiting["id"][row]): reason(scores, int(row), order) for row in free}
        leases.take(annotator, [*without, *reasons])
    with store.read() as cursor:
        found = [item for item in items.get_many(cursor, list(reasons)) if item.state == "waiting"]
        views = [{**reviewing.shown(cursor, item, annotator), "reason": reasons[item.id]} for item in found]
    return {"items": views, "counts": counts}


def reason(scores: Scores, row: int, order: Order) -> str | None:
    """In a few words, why this item has its place; None where nothing speaks for one."""
    sign = scores.strongest(row, order)
    if sign is None:
        return None
    high = scores.ranks[row, SIGNS.index(sign)] > 0
    value = float(scores.values[row, SIGNS.index(sign)])
    if sign == "edit":
        return f"{'large' if high else 'small'} edit ({round(100 * value)} %)"
    if sign == "rubric":
        return f"{'far from' if high else 'near'} its rubric ({-value:.2f})"
    nearer = f"{scores.rejected} rejected" if high else f"{scores.accepted} accepted"
    return f"nearer to the {nearer} ones than most ({value:+.2f})"


def _scores(cursor: Cursor, vectors: Vectors, waiting: triage.Columns) -> Scores:
    rejected, accepted = (triage.newest_decided(cursor, state, _DECIDED) for state in ("rejected", "accepted"))
    decided = {name: np.concatenate([rejected[name], accepted[name]]) for name in rejected}
    wanted = np.concatenate([waiting["instruction_id"], decided["instruction_id"]])
    found = vectors.of(cursor, [int(number) for number in wanted])
    count = len(waiting["id"])
    is_rejected = np.arange(len(decided["instruction_id"])) < len(rejected["instruction_id"])
    return score(_revisions(waiting, found[:count]), _revisions(decided, found[count:]), is_rejected)


def _revisions(columns: triage.Columns, vectors: npt.NDArray[np.float32]) -> Revisions:
    sizes, similarities = (columns[name].astype(np.float64) for name in ("edit_size", "similarity"))
    return Revisions(sizes, similarities, vectors)
