"""Revising: the teachers rewrite drafts against their rubrics; every answer is stored as it arrives.

A data set may have several teachers, and each revision carries its own. Only items of the train split are drafted for
review, so only those reach a teacher. A revision that fails is recorded with its reason and leaves the item as it was.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from citing_app.models.teacher import Manner, RevisionTask, Teacher
from citing_app.running.jobs import Job
from citing_app.store import instructions, items, ledger, revisions, teachers
from citing_app.store.database import Store
from citing_app.store.ledger import FailedCall
from citing_app.store.revisions import NewRevision
from citing_app.store.teachers import Chosen
from citing_app.types import Item
from citing_app.workflows.calls.asking import ask_all
from citing_app.workflows.calls.questions import Answer, Question

_CHUNK = 64
_FEED_SECONDS = 0.1
_END = -1
Ids = Iterable[int | None]
"""Items to revise; None means that there is none just now."""


def revise(
    store: Store,
    every: Sequence[Teacher],
    count: int,
    job: Job,
    item_ids: Sequence[int] | None = None,
) -> Counter[str]:
    """Have up to `count` items revised by the teachers of their data sets; outcomes by name.

    By default those that lack a revision; with `item_ids` those of them that have none or a stale one.
    Raises Cancelled, and CitingError where the spending limit stops it.
    """
    with store.read() as cursor:
        choices = teachers.chosen(cursor)
        named = None if item_ids is None else items.unrevised(cursor, item_ids)
    job.asks |= asked_by(every, choices)
    outcomes: Counter[str] = Counter()
    for teacher in every:
        ids = _lacking(store, every, choices, teacher.name, count) if named is None else named
        outcomes += revise_items(store, teacher, _Choices(every, choices), ids[:count], job)
    return outcomes


def retry(store: Store, every: Sequence[Teacher], job: Job, outcomes: Sequence[str] | None = None) -> Counter[str]:
    """Ask again for the revisions that failed (of these outcomes, by default all): a person pays for them anew."""
    with store.read() as cursor:
        choices = _Choices(every, teachers.chosen(cursor))
        rows = ledger.failed_calls(cursor, 100_000, outcomes)
    job.asks |= {row.teacher for row in rows}
    found: Counter[str] = Counter()
    for teacher in every:
        ids = [row.item_id for row in rows if row.teacher == teacher.name]
        with store.write() as cursor:
            ledger.supersede(cursor, ids, teacher.name)
        found += revise_items(store, teacher, choices, ids, job)
    return found


def revise_items(store: Store, teacher: Teacher, choices: _Choices, ids: Ids, job: Job) -> Counter[str]:
    """Have one teacher revise these items, as far as it is a teacher of their data sets."""
    total = len(ids) if isinstance(ids, Sequence) else None
    found = (item and (item, choices.manner(item, teacher.name)) for item in _load(store, ids))
    wanted = ((pair[0], pair[1]) if pair and pair[1] else None for pair in found)
    if teacher.model is None:
        return _refer(store, teacher.name, (pair[0] for pair in wanted if pair), total, job)

    def keep(answers: list[Answer]) -> None:
        written = [_written(answer, teacher.name) for answer in answers if answer.outcome in ("ok", "unchanged")]
        with store.write() as cursor:
            revisions.add(cursor, written)

    questions = (pair and question(*pair) for pair in wanted)
    return ask_all(store, teacher.model, questions, job, "revising", keep, total)


def _written(answer: Answer, teacher: str) -> NewRevision:
    asked, revised = answer.question, answer.value
    assert asked.item_id is not None
    return NewRevision(
        asked.item_id, revised.text, teacher, revised.edits, asked.prompt_hash, asked.about, revised.rationale
    )


def question(item: Item, manner: Manner) -> Question:
    """What a teacher is asked about one draft."""
    task = RevisionTask(item.instruction.task, item.draft, item.rubric)
    return Question(
        purpose="revise",
        call=manner.call(task),
        prompt_hash=manner.prompt_hash,
        read=lambda reply: manner.read(reply, task),
        item_id=item.id,
        draft=item.draft,
        topic=task.topic,
        about=item.rubric,
        is_unchanged=lambda revised: revised.text == item.draft.strip(),
    )


class _Choices:
    """Which teacher is asked about which item, and how."""

    def __init__(self, every: Sequence[Teacher], choices: Mapping[str, Chosen]) -> None:
        self._every, self._choices = every, choices

    def manner(self, item: Item, teacher: str) -> Manner | None:
        """How this teacher is asked about the item; None where its data set has other teachers."""
        chosen = self._choices.get(item.instruction.dataset, Chosen())
        names = chosen.teachers or (self._every[0].name,)
        return Manner(chosen.style, chosen.rationale) if teacher in names else None  # type: ignore[arg-type]


class Feed:
    """Items as they come, from the thread that drafts to the one that has them revised.

    Where none comes for a moment, a None tells the reader so, who may have calls under way.
    """

    def __init__(self) -> None:
        self._items: deque[int] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item_ids: Iterable[int]) -> None:
        with self._changed:
            self._items.extend(item_ids)
            self._changed.notify()

    def close(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def __iter__(self) -> Iterator[int | None]:
        while (item_id := self._next()) != _END:
            yield item_id

    def _next(self) -> int | None:
        with self._changed:
            if not self._items and not self._closed:
                self._changed.wait(_FEED_SECONDS)
            if self._items:
                return self._items.popleft()
            return _END if self._closed else None


@contextmanager
def revising_beside(store: Store, every: Sequence[Teacher], job: Job) -> Iterator[tuple[Feed, Future[Counter[str]]]]:
    """Have every item that is put into the feed revised while the caller goes on; the outcomes when it has left.

    With several teachers, the first that costs money works beside; the others follow when the feed is closed.
    """
    with store.read() as cursor:
        chosen = teachers.chosen(cursor)
    choices = _Choices(every, chosen)
    job.asks |= asked_by(every, chosen)
    feed, kept = Feed(), list[int]()

    def work() -> Counter[str]:
        first, *others = sorted(every, key=lambda teacher: teacher.is_free)
        outcomes = revise_items(store, first, choices, _noting(feed, kept), job.inner(job.name))
        for teacher in others:
            outcomes += revise_items(store, teacher, choices, kept, job)
        return outcomes

    with ThreadPoolExecutor(1, thread_name_prefix="revising") as pool:
        future = pool.submit(work)
        try:
            yield feed, future
        finally:
            feed.close()


def _noting(feed: Feed, kept: list[int]) -> Iterator[int | None]:
    for item_id in feed:
        if item_id is not None:
            kept.append(item_id)
        yield item_id


def asked_by(every: Sequence[Teacher], choices: Mapping[str, Chosen]) -> set[str]:
    """The teachers that drafts are revised by: those that were chosen, and the first one."""
    return {every[0].name}.union(*(chosen.teachers for chosen in choices.values()))


def failed_calls(store: Store) -> list[FailedCall]:
    """The revisions that were asked for and failed, newest first."""
    with store.read() as cursor:
        return ledger.failed_calls(cursor)


def summary(outcomes: Counter[str]) -> str:
    """One sentence for the page and the command line."""
    good = outcomes["ok"] + outcomes["unchanged"]
    bad = outcomes.total() - good
    return f"{good} revisions written" + (f", {bad} failed: the reasons are on the Teacher page." if bad else ".")


def _lacking(store: Store, every: Sequence[Teacher], choices: Mapping[str, Chosen], name: str, count: int) -> list[int]:
    ids: list[int] = []
    with store.read() as cursor:
        for dataset, *_ in instructions.datasets(cursor):
            names = choices.get(dataset, Chosen()).teachers or (every[0].name,)
            if name in names:
                ids += teachers.to_revise(cursor, dataset, name, names, count - len(ids))
    return sorted(ids)


def _load(store: Store, ids: Ids) -> Iterator[Item | None]:
    """The items with these ids, read a chunk at a time; a None goes through, after all that came before it."""
    chunk: list[int] = []

    def read() -> list[Item]:
        if not chunk:
            return []
        with store.read() as cursor:
            found = items.get_many(cursor, chunk)
        chunk.clear()
        return found

    for item_id in ids:
        if item_id is not None:
            chunk.append(item_id)
        if item_id is None or len(chunk) == _CHUNK:
            yield from read()
        if item_id is None:
            yield None
    yield from read()


def _refer(store: Store, teacher: str, found: Iterable[Item], total: int | None, job: Job) -> Counter[str]:
    """The data sets' reference answers as revisions; where there is none, that is the reason kept."""
    outcomes: Counter[str] = Counter()
    for item in found:
        text = item.instruction.output.strip()
        with store.write() as cursor:
            if text:
                revisions.add(cursor, [NewRevision(item.id, text, teacher, rubric=item.rubric)])
            else:
                ledger.add_failures(cursor, teacher, [item.id], "This instruction has no reference answer.")
        outcomes["failed" if not text else "unchanged" if text == item.draft.strip() else "ok"] += 1
        job.progress(outcomes.total(), total, f"revising {outcomes.total()}" + (f" of {total}" if total else ""))
    return outcomes
