"""Revising: the teacher rewrites drafts against their rubrics; each answer is stored as it arrives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from citing_app.errors import Cancelled
from citing_app.models.teacher import RevisionReply, RevisionRequest, Teacher
from citing_app.store import items, records
from citing_app.store.database import Store
from citing_app.types import Item, Rubric
from citing_app.workflows.jobs import Job


def revise(store: Store, teacher: Teacher, count: int, job: Job, item_ids: Sequence[int] | None = None) -> Counter[str]:
    """Ask the teacher for up to `count` revisions of drafts that have none, or of `item_ids` also those that have a
    stale one; outcomes by name.

    Only items of the train split are drafted for review, so only those reach the teacher. A failure is recorded
    with its reason and leaves the item as it was: asking again is a retry.
    """
    with store.read() as cursor:
        chosen = items.drafted(cursor, count, item_ids)
    against = {item.id: item.rubric for item in chosen}
    outcomes: Counter[str] = Counter()
    for reply in teacher.revise_all([_request(item) for item in chosen], job.cancelled.is_set):
        _keep(store, teacher.name, reply, against[reply.item_id])
        outcomes[reply.outcome] += 1
        with suppress(Cancelled):  # replies under way are paid for: they are kept before the job ends
            job.progress(outcomes.total(), len(chosen), f"revising {outcomes.total()} of {len(chosen)}")
    if job.cancelled.is_set():
        raise Cancelled("Cancelled; the revisions that had been asked for are kept.")
    return outcomes


def open_failures(store: Store) -> list[records.Failure]:
    """The items that still wait for a revision because their last call failed, newest first."""
    with store.read() as cursor:
        return records.open_failures(cursor)


def summary(outcomes: Counter[str]) -> str:
    """One sentence for the page and the command line."""
    good = outcomes["ok"] + outcomes["unchanged"]
    bad = outcomes.total() - good
    return f"{good} revisions written" + (f", {bad} failed: the reasons are on the Data page." if bad else ".")


def _request(item: Item) -> RevisionRequest:
    return RevisionRequest(
        item_id=item.id,
        instruction=item.instruction.text,
        input=item.instruction.input,
        reference=item.instruction.output,
        draft=item.draft,
        rubric=item.rubric,
    )


def _keep(store: Store, teacher: str, reply: RevisionReply, rubric: Rubric | None) -> None:
    with store.write() as cursor:
        records.add_call(
            cursor,
            reply.item_id,
            teacher,
            reply.outcome,
            reply.reason,
            reply.raw,
            (reply.tokens_in, reply.tokens_out),
            reply.seconds,
        )
        if reply.text is not None and reply.outcome in ("ok", "unchanged"):
            items.add_revision(cursor, reply.item_id, reply.text, teacher, reply.edits, reply.prompt_hash, rubric)
