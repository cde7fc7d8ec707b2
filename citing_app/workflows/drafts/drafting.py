"""Drafting: the student answers instructions in batches; each draft is in the store as soon as it ends."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from citing_app.errors import CitingError
from citing_app.method.prompts import task_text
from citing_app.running.jobs import Job
from citing_app.store import instructions, items
from citing_app.types import Instruction, Message
from citing_app.workflows.draft_prompts import draft_prompts
from citing_app.workflows.students import adapter_of, model_name
from citing_app.workflows.studio import Studio

BATCH = 16


def draft(
    studio: Studio,
    count: int,
    number: int | None,
    job: Job,
    on_written: Callable[[Sequence[int]], None] = lambda item_ids: None,
) -> list[int]:
    """Write up to `count` new drafts of train instructions by the base model or a round's adapter; their item ids.

    `on_written` hears of each draft when it is stored. A crash of the worker loses at most the batch in flight.
    """
    if count < 1:
        raise CitingError("Ask for at least one draft.")
    adapter_of(studio, number)  # a round that cannot draft is told first
    with studio.store.read() as cursor:
        chosen = instructions.without_draft(cursor, model_name(studio, number), count)
    return draft_these(studio, chosen, number, job, on_written)


def draft_these(
    studio: Studio,
    chosen: Sequence[Instruction],
    number: int | None,
    job: Job,
    on_written: Callable[[Sequence[int]], None] = lambda item_ids: None,
) -> list[int]:
    """As `draft`, for just these instructions; a draft that is known already is not a new item."""
    adapter = adapter_of(studio, number)
    by_length = sorted(chosen, key=lambda row: len(task_text(row.task)))
    item_ids: list[int] = []
    for start in range(0, len(by_length), BATCH):
        told = functools.partial(_tell, job, start, len(by_length), item_ids)
        told(0.0)
        batch = by_length[start : start + BATCH]
        asked = draft_prompts(studio.store, number, batch)
        prompts = [asked[row.hash].messages for row in batch]
        with studio.device.turn("bulk", "drafting", job.cancelled):
            for item_id in _draft_batch(studio, batch, prompts, adapter, number, job, told):
                item_ids.append(item_id)
                on_written([item_id])
    job.progress(len(by_length), len(by_length))
    return item_ids


def _tell(job: Job, done: int, total: int, written: Sequence[int], answers: float) -> None:
    job.progress(done + answers, total, f"drafting {len(written)} of {total}")


def _draft_batch(
    studio: Studio,
    batch: Sequence[Instruction],
    prompts: Sequence[list[Message]],
    adapter: Path | None,
    number: int | None,
    job: Job,
    on_writing: Callable[[float], None],
) -> Iterator[int]:
    """The new items, each when it is stored."""
    cancelled, author = job.cancelled.is_set, model_name(studio, number)
    written = studio.student.complete(
        prompts, adapter=adapter, batch_size=BATCH, on_writing=on_writing, cancelled=cancelled
    )
    for index, text in written:
        with studio.store.write() as cursor:
            item_id = items.add_draft(cursor, batch[index], text, author, number)
        if item_id is not None:
            yield item_id
