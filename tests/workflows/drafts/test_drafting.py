"""Drafting with a student that a test writes: batches are kept as they finish, and nothing is drafted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.student import (
    Done,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Skipped,
    Started,
    Student,
    Writing,
    never,
)
from citing_app.running.device import Device, Wish
from citing_app.running.jobs import Job
from citing_app.store import instructions, items, rounds
from citing_app.store.database import Store
from citing_app.types import Item, Message
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.drafts.drafting import BATCH, draft
from citing_app.workflows.students import adapter_of, model_name
from citing_app.workflows.studio import Studio
from tests.seeding import count, pairs


class EchoStudent(Student):
    """Answers every prompt with its own text, backwards batch order, and remembers what it was asked."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.asked: list[GenerationRequest] = []
        self.seen_using: list[list[Wish]] = []

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        self.asked.append(request)
        self.seen_using.append(self.device.using())
        yield Started(None)
        for index in reversed(range(len(request.prompts))):
            yield self.answer(index, request.prompts[index][0]["content"])
        yield Done(1, 1.0)

    def answer(self, index: int, text: str) -> GenerationEvent:
        return Finished(index, f"Answer to: {text}")

    def losses(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        strength: float = 1.0,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        return [0.0] * len(pairs)


@pytest.fixture
def device(studio: Studio) -> Device:
    studio.device = Device(lambda: True, lambda: None)
    return studio.device


@pytest.fixture
def rows(store: Store) -> int:
    """How many train rows there are; beside them a few that are not."""
    given = [*pairs(40), *pairs(5, "validation"), *pairs(5, "test")]
    import_rows(store, [{"instruction": row["instruction"], "output": row["output"]} for row in given], "set")
    return 40


def beside(studio: Studio, student: Student) -> Studio:
    studio.student = student
    return studio


def job() -> Job:
    return Job("draft", "Drafting")


def all_drafted(store: Store) -> list[Item]:
    with store.read() as cursor:
        rows = cursor.execute("SELECT id FROM items WHERE state = 'drafted' ORDER BY id").fetchall()
        return items.get_many(cursor, [row[0] for row in rows])


def test_drafts_are_answers_to_train_rows_shortest_first_in_batches(
    studio: Studio, store: Store, device: Device, rows: int
) -> None:
    student = EchoStudent(device)
    ids = draft(beside(studio, student), 37, None, job())
    assert len(ids) == 37
    found = all_drafted(store)
    assert {one.id for one in found} == set(ids)
    assert {one.instruction.split for one in found} == {"train"}
    assert all(one.draft == f"Answer to: {one.instruction.text}" for one in found)
    assert {(one.draft_author, one.draft_round) for one in found} == {("base", None)}
    assert [len(asked.prompts) for asked in student.asked] == [BATCH, BATCH, 5]
    lengths = [len(prompt[0]["content"]) for asked in student.asked for prompt in asked.prompts]
    assert lengths == sorted(lengths)
    assert student.seen_using == [[Wish("bulk", "drafting")]] * 3
    assert device.using() == []


def test_nothing_is_drafted_twice_by_the_same_student(studio: Studio, store: Store, device: Device, rows: int) -> None:
    student = EchoStudent(device)
    first = draft(beside(studio, student), 30, None, job())
    second = draft(beside(studio, student), 1000, None, job())
    assert (len(first), len(second)) == (30, rows - 30)
    assert draft(beside(studio, student), 1000, None, job()) == []
    assert count(store, "drafts") == rows


def test_a_crash_loses_only_the_batch_in_flight_and_the_next_try_goes_on(
    studio: Studio, store: Store, device: Device, rows: int
) -> None:
    class Crashing(EchoStudent):
        def answer(self, index: int, text: str) -> GenerationEvent:
            if len(self.asked) == 2:
                raise CitingError("The generation worker has stopped; try again.")
            return super().answer(index, text)

    with pytest.raises(CitingError, match="has stopped"):
        draft(beside(studio, Crashing(device)), rows, None, job())
    assert count(store, "drafts") == BATCH
    assert device.using() == []
    assert len(draft(beside(studio, EchoStudent(device)), rows, None, job())) == rows - BATCH


def test_the_job_goes_on_within_a_batch(studio: Studio, store: Store, device: Device, rows: int) -> None:
    asked = job()
    seen = []

    class Telling(EchoStudent):
        def generate(
            self, request: GenerationRequest, cancelled: Callable[[], bool] = never
        ) -> Iterator[GenerationEvent]:
            yield Writing(len(request.prompts) / 4)
            seen.append((asked.fraction, asked.message))
            yield from super().generate(request, cancelled)

    draft(beside(studio, Telling(device)), 32, None, asked)
    assert seen == [(4 / 32, "drafting 0 of 32"), (20 / 32, "drafting 16 of 32")]


def test_a_prompt_that_is_skipped_leaves_the_others(studio: Studio, store: Store, device: Device, rows: int) -> None:
    class Skipping(EchoStudent):
        def answer(self, index: int, text: str) -> GenerationEvent:
            return Skipped(index, "too long") if index == 0 else super().answer(index, text)

    ids = draft(beside(studio, Skipping(device)), 10, None, job())
    assert len(ids) == count(store, "drafts") == 9


def test_cancelling_ends_between_batches(studio: Studio, store: Store, device: Device, rows: int) -> None:
    asked = job()

    class Cancelling(EchoStudent):
        def answer(self, index: int, text: str) -> GenerationEvent:
            asked.cancelled.set()
            return super().answer(index, text)

    with pytest.raises(Cancelled):
        draft(beside(studio, Cancelling(device)), rows, None, asked)
    assert count(store, "drafts") == BATCH


def test_a_finished_round_drafts_anew_with_its_adapter(studio: Studio, store: Store, device: Device, rows: int) -> None:
    spec = {"round": 3, "run_id": "r", "kind": "citing", "depth": 1}
    with store.write() as cursor:
        rounds.add(cursor, spec, None, "ada", [])
    with pytest.raises(CitingError, match="Round 3 has no adapter"):
        draft(beside(studio, EchoStudent(device)), 1, 3, job())
    with store.write() as cursor:
        rounds.set_state(cursor, 3, "finished", {"adapter_hash": "abc"})
    student = EchoStudent(device)
    draft(beside(studio, student), 5, None, job())
    draft(beside(studio, student), 5, 3, job())
    assert [asked.adapter for asked in student.asked] == [None, studio.rounds_folder / "0003" / "adapter"]
    assert {(one.draft_author, one.draft_round) for one in all_drafted(store)} == {("base", None), ("round 3", 3)}
    with store.read() as cursor:
        assert items.drafted_by_students(cursor) == 10


def test_an_unknown_round_and_no_drafts_are_sentences(studio: Studio, store: Store, device: Device) -> None:
    with pytest.raises(CitingError, match="Round 9 has no adapter: it does not exist, has not finished or was deleted"):
        adapter_of(studio, 9)
    assert adapter_of(studio, None) is None
    with pytest.raises(CitingError, match="at least one draft"):
        draft(beside(studio, EchoStudent(device)), 0, None, job())
    assert [model_name(studio, number) for number in (None, 3)] == ["base", "round 3"]


def test_the_order_of_drafting_is_a_shuffle_that_stays(store: Store, rows: int) -> None:
    with store.read() as cursor:
        once = instructions.without_draft(cursor, "base", 1000)
        again = instructions.without_draft(cursor, "base", 10)
    assert [row.id for row in again] == [row.id for row in once[:10]]
    assert [row.id for row in once] != sorted(row.id for row in once)
