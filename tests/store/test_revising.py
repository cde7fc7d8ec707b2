"""Revising with a teacher that a test writes: each outcome is kept, failures say why and can be retried."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from citing_app.errors import Cancelled
from citing_app.models.teacher import Outcome, ReferenceTeacher, RevisionReply, RevisionRequest, Teacher
from citing_app.store import instructions, items, rubrics
from citing_app.store.database import Store
from citing_app.types import Edit
from citing_app.workflows.importing import import_rows
from citing_app.workflows.jobs import Job
from citing_app.workflows.revising import open_failures, revise, summary
from tests.store.seeding import NASTY, RUBRIC, count, item, pairs, waiting

Answer = Callable[[RevisionRequest], tuple[Outcome, str | None]]


class ScriptedTeacher(Teacher):
    """Answers as its script says, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[RevisionRequest] = []

    def revise(self, request: RevisionRequest) -> RevisionReply:
        self.asked.append(request)
        outcome, text = self.answer(request)
        reason = None if text is not None else f"The reason for {outcome}."
        edits = (Edit("bad", "good", "Accurate"),) if outcome == "ok" else ()
        return RevisionReply(request.item_id, outcome, text, edits, "m", "abc", 11, 7, 0.5, "raw", reason)


def better(request: RevisionRequest) -> tuple[Outcome, str | None]:
    return "ok", request.draft.replace("bad", "good")


def drafts(store: Store, number: int, category: str | None = None) -> list[int]:
    """Drafted items of train rows, and as many held out ones beside them."""
    rows = [*pairs(number), *pairs(number, "test")]
    without = [{**row, "draft": None, "revision": None, "category": category} for row in rows]
    import_rows(store, without, "set")
    with store.write() as cursor:
        ids = [row[0] for row in cursor.execute("SELECT id FROM instructions ORDER BY id").fetchall()]
        made = [
            items.add_draft(cursor, one, f"Draft of {one.id} is bad.", "base", None)
            for one in instructions.get(cursor, ids)
        ]
        return [row.id for row in items.drafted(cursor, 1000) if row.id in made]


def job() -> Job:
    return Job("revise", "Revising")


def test_a_revision_is_stored_with_its_edits_and_the_item_waits(store: Store) -> None:
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
    drafts(store, 3, "explaining")
    teacher = ScriptedTeacher(better)
    outcomes = revise(store, teacher, 100, job())
    assert outcomes == {"ok": 3}
    found = waiting(store)
    assert [one.revision for one in found] == [one.draft.replace("bad", "good") for one in found]
    assert {one.revision_author for one in found} == {"scripted"}
    assert {one.edits for one in found} == {(Edit("bad", "good", "Accurate"),)}
    assert {asked.rubric for asked in teacher.asked} == {RUBRIC}
    assert {asked.reference for asked in teacher.asked} == {f"Reference {n}." for n in range(3)}


def test_only_train_rows_reach_the_teacher_and_no_item_twice(store: Store) -> None:
    ids = drafts(store, 4)
    teacher = ScriptedTeacher(better)
    revise(store, teacher, 3, job())
    revise(store, teacher, 100, job())
    assert revise(store, teacher, 100, job()) == {}
    assert [asked.item_id for asked in teacher.asked] == ids
    assert {item(store, one).instruction.split for one in ids} == {"train"}
    assert count(store, "items") == 8


def test_only_the_items_asked_for_are_revised(store: Store) -> None:
    first, second, third = drafts(store, 3)
    teacher = ScriptedTeacher(better)
    revise(store, teacher, 100, job(), [second])
    assert [asked.item_id for asked in teacher.asked] == [second]
    revise(store, teacher, 100, job(), [])
    assert len(teacher.asked) == 1
    assert {item(store, one).state for one in (first, third)} == {"drafted"}


@pytest.mark.parametrize("outcome", ["empty", "refused", "truncated", "filtered", "malformed", "failed"])
def test_a_failure_is_shown_with_its_reason_and_a_retry_mends_it(store: Store, outcome: Outcome) -> None:
    (one,) = drafts(store, 1)
    outcomes = revise(store, ScriptedTeacher(lambda request: (outcome, None)), 100, job())
    assert outcomes == {outcome: 1}
    assert summary(outcomes) == "0 revisions written, 1 failed: the reasons are on the Data page."
    assert item(store, one).state == "drafted"
    (failure,) = open_failures(store)
    assert (failure.item_id, failure.outcome, failure.reason) == (one, outcome, f"The reason for {outcome}.")
    assert revise(store, ScriptedTeacher(better), 100, job()) == {"ok": 1}
    assert open_failures(store) == []
    assert count(store, "teacher_calls") == 2


def test_of_many_failures_of_an_item_the_newest_is_shown(store: Store) -> None:
    drafts(store, 1)
    revise(store, ScriptedTeacher(lambda request: ("failed", None)), 1, job())
    revise(store, ScriptedTeacher(lambda request: ("truncated", None)), 1, job())
    assert [failure.outcome for failure in open_failures(store)] == ["truncated"]


def test_an_unchanged_draft_waits_for_a_person_too(store: Store) -> None:
    drafts(store, 1)
    outcomes = revise(store, ScriptedTeacher(lambda request: ("unchanged", request.draft)), 1, job())
    assert summary(outcomes) == "1 revisions written."
    assert [one.revision == one.draft for one in waiting(store)] == [True]


def test_every_call_is_in_the_ledger(store: Store) -> None:
    (one,) = drafts(store, 1)
    revise(store, ScriptedTeacher(lambda request: ("ok", NASTY)), 1, job())
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT item_id, teacher, outcome, reason, raw, tokens_in, tokens_out, seconds FROM teacher_calls"
        ).fetchall()
    assert rows == [(one, "scripted", "ok", None, "raw", 11, 7, 0.5)]
    assert item(store, one).revision == NASTY


def test_cancelling_keeps_what_was_answered_and_sends_nothing_more(store: Store) -> None:
    drafts(store, 5)
    cancelled = job()

    def answer(request: RevisionRequest) -> tuple[Outcome, str | None]:
        if len(teacher.asked) == 2:
            cancelled.cancelled.set()
        return better(request)

    teacher = ScriptedTeacher(answer)
    with pytest.raises(Cancelled):
        revise(store, teacher, 100, cancelled)
    assert len(teacher.asked) == len(waiting(store)) == count(store, "teacher_calls") == 2


def test_progress_is_told_reply_by_reply(store: Store) -> None:
    drafts(store, 3)
    told: list[tuple[float, float | None]] = []

    class Listening(Job):
        def progress(self, done: float, total: float | None, message: str = "") -> None:
            told.append((done, total))
            super().progress(done, total, message)

    revise(store, ScriptedTeacher(better), 100, Listening("revise", "Revising"))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_reference_teacher_revises_into_the_reference_answer(store: Store) -> None:
    drafts(store, 2)
    assert revise(store, ReferenceTeacher(), 100, job()) == {"ok": 2}
    assert [one.revision for one in waiting(store)] == ["Reference 0.", "Reference 1."]
    assert {one.revision_author for one in waiting(store)} == {"reference"}


def test_the_same_revision_twice_is_one_and_another_is_the_newest(store: Store) -> None:
    (one,) = drafts(store, 1)
    with store.write() as cursor:
        first = items.add_revision(cursor, one, "Better.", "teacher")
        assert items.add_revision(cursor, one, "Better.", "teacher") == first
        other = items.add_revision(cursor, one, "Better.", "ada")
    assert other != first
    assert item(store, one).revision_id == other
    assert item(store, one).version == 3


def test_replies_under_way_when_a_person_cancels_are_kept(store: Store) -> None:
    drafts(store, 3)
    cancelled, together = job(), threading.Barrier(2, timeout=20)

    def answer(request: RevisionRequest) -> tuple[Outcome, str | None]:
        together.wait()
        cancelled.cancelled.set()
        return better(request)

    teacher = ScriptedTeacher(answer)
    teacher.concurrency = 2
    with pytest.raises(Cancelled):
        revise(store, teacher, 2, cancelled)
    assert len(teacher.asked) == len(waiting(store)) == 2
