"""Revising with a model that a test writes: each outcome is kept, failures say why and can be retried."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.chat_model import Fault, Reply
from citing_app.models.teacher import REFERENCE, Teacher
from citing_app.running.jobs import Job
from citing_app.store import instructions, items, ledger, revisions, rubrics
from citing_app.store import teachers as teachers_table
from citing_app.store.database import Store
from citing_app.store.revisions import NewRevision
from citing_app.store.teachers import Chosen
from citing_app.types import Edit
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.item_view import item_view
from citing_app.workflows.drafts.requests import ChooseTeachers
from citing_app.workflows.drafts.revising import Feed, failed_calls, retry, revise, revising_beside, summary
from citing_app.workflows.drafts.teachers import choose_teachers, teachers_view
from citing_app.workflows.studio import Studio
from tests.scripted_model import Scripted, said
from tests.seeding import NASTY, RUBRIC, count, item, led_by, pairs, waiting


def part(prompt: str, name: str) -> str:
    """What stands in one of a prompt's fences."""
    found = re.search(rf"<{name} [0-9a-f]+>\n(.*?)\n</{name} ", prompt, re.DOTALL)
    assert found, prompt
    return found[1]


def better(prompt: str, times: int = 1) -> Reply:
    return said(part(prompt, "draft").replace("bad", "good"))


def teacher(answer: Callable[[str, int], Reply | Fault] = better, name: str = "scripted") -> Teacher:
    return Teacher.of(Scripted(answer, name))


def asked(one: Teacher) -> list[str]:
    return one.model.asked  # type: ignore[attr-defined,no-any-return]


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
        return items.unrevised(cursor, [one for one in made if one is not None])


def job() -> Job:
    return Job("revise", "Revising")


def test_a_revision_is_stored_and_the_item_waits(store: Store) -> None:
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
    drafts(store, 3, "explaining")
    scripted = teacher()
    assert revise(store, [scripted], 100, job()) == {"ok": 3}
    found = waiting(store)
    assert [one.revision for one in found] == [one.draft.replace("bad", "good") for one in found]
    assert {one.revision_author for one in found} == {"scripted"}
    assert all(RUBRIC.criteria[0].good in part(prompt, "rubric") for prompt in asked(scripted))
    assert not any("Reference" in prompt for prompt in asked(scripted))


def test_only_train_rows_reach_the_teacher_and_no_item_twice(store: Store) -> None:
    ids = drafts(store, 4)
    scripted = teacher()
    revise(store, [scripted], 3, job())
    revise(store, [scripted], 100, job())
    assert revise(store, [scripted], 100, job()) == {}
    assert len(asked(scripted)) == len(ids) == 4
    assert {item(store, one).instruction.split for one in ids} == {"train"}
    assert count(store, "items") == 8


def test_only_the_items_asked_for_are_revised(store: Store) -> None:
    first, second, third = drafts(store, 3)
    scripted = teacher()
    revise(store, [scripted], 100, job(), [second])
    revise(store, [scripted], 100, job(), [])
    assert len(asked(scripted)) == 1
    assert {item(store, one).state for one in (first, third)} == {"drafted"}


NONE = [
    (Reply(None, None, False, 1, 1), "malformed"),
    (said(" "), "empty"),
    (Reply("", "stop", True, 1, 1), "refused"),
    (Reply("The sky", "length", False, 1, 1), "truncated"),
    (Reply("", "content_filter", False, 1, 1), "filtered"),
    (Fault("final", "No such model."), "failed"),
    (Fault("unknown", "It timed out."), "unknown"),
]


PAID = [(came, outcome) for came, outcome in NONE if outcome != "failed"]


def waiting_to_write(studio: Studio, one: Teacher) -> int:
    """How many revisions the Teacher page counts as not written yet."""
    (row,) = teachers_view(led_by(studio, [one]))["datasets"]
    return row["waiting"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("came", "outcome"), NONE, ids=[outcome for _, outcome in NONE])
def test_a_failure_is_parked_with_its_reason_and_a_retry_mends_it(
    store: Store, came: Reply | Fault, outcome: str
) -> None:
    (one,) = drafts(store, 1)
    outcomes = revise(store, [teacher(lambda prompt, times: came)], 100, job())
    assert outcomes == {outcome: 1}
    assert summary(outcomes) == "0 revisions written, 1 failed: the reasons are on the Teacher page."
    assert item(store, one).state == "drafted"
    (row,) = failed_calls(store)
    assert (row.item_id, row.outcome) == (one, outcome)
    assert row.reason.endswith(".")
    assert row.raw == (came.text if isinstance(came, Reply) else None)
    assert retry(store, [teacher()], job()) == {"ok": 1}
    assert failed_calls(store) == []


@pytest.mark.parametrize(("came", "outcome"), PAID, ids=[outcome for _, outcome in PAID])
def test_what_was_paid_for_and_is_no_revision_is_not_to_write_and_blocks_nothing_behind_it(
    studio: Studio, store: Store, came: Reply | Fault, outcome: str
) -> None:
    first, second = drafts(store, 2)
    behind = item(store, second).draft
    hopeless = teacher(lambda prompt, times: better(prompt) if behind in prompt else came)
    assert revise(store, [hopeless], 1, job()) == {outcome: 1}
    calls = len(asked(hopeless))
    assert waiting_to_write(studio, hopeless) == 1
    assert revise(store, [hopeless], 1, job()) == {"ok": 1}
    assert revise(store, [hopeless], 1, job()) == {}
    assert (len(asked(hopeless)), waiting_to_write(studio, hopeless)) == (calls + 1, 0)
    assert [row.item_id for row in failed_calls(store)] == [first]


def test_a_reply_whose_mending_failed_without_being_paid_is_still_to_write(studio: Studio, store: Store) -> None:
    drafts(store, 1)
    answers = {1: said(" "), 2: Fault("final", "No such model."), 3: said("Better.")}
    scripted = teacher(lambda prompt, times: answers[len(asked(scripted))])
    assert revise(store, [scripted], 1, job()) == {"failed": 1}
    assert waiting_to_write(studio, scripted) == 1
    assert revise(store, [scripted], 1, job()) == {"ok": 1}
    assert len(asked(scripted)) == 3  # the empty reply was read from the ledger, and its mending asked again


def test_an_unchanged_draft_waits_for_a_person_too(store: Store) -> None:
    drafts(store, 1)
    outcomes = revise(store, [teacher(lambda prompt, times: said(part(prompt, "draft")))], 1, job())
    assert outcomes == {"unchanged": 1}
    assert summary(outcomes) == "1 revisions written."
    assert [one.revision == one.draft for one in waiting(store)] == [True]


def test_every_call_is_in_the_ledger(store: Store) -> None:
    (one,) = drafts(store, 1)
    revise(store, [teacher(lambda prompt, times: Reply(NASTY, "stop", False, 11, 7))], 1, job())
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT item_id, teacher, purpose, state, outcome, reason, raw, tokens_in, tokens_out FROM teacher_calls"
        ).fetchall()
        assert ledger.tokens_of_items(cursor, [one, one + 1]) == 18
        assert ledger.tokens_of_items(cursor, []) == 0
    assert rows == [(one, "scripted", "revise", "done", "ok", None, NASTY, 11, 7)]
    assert item(store, one).revision == NASTY.strip()


def test_cancelling_keeps_what_was_answered_and_sends_nothing_more(store: Store) -> None:
    drafts(store, 30)
    cancelled = job()

    def answer(prompt: str, times: int) -> Reply:
        if len(asked(scripted)) >= 2:
            cancelled.cancelled.set()
        return better(prompt)

    scripted = teacher(answer)
    with pytest.raises(Cancelled):
        revise(store, [scripted], 100, cancelled)
    assert 2 <= len(asked(scripted)) == len(waiting(store)) == count(store, "teacher_calls") < 20


def test_the_reference_teacher_revises_into_the_reference_answer(store: Store) -> None:
    drafts(store, 2)
    assert revise(store, [REFERENCE], 100, job()) == {"ok": 2}
    assert [one.revision for one in waiting(store)] == ["Reference 0.", "Reference 1."]
    assert {one.revision_author for one in waiting(store)} == {"reference"}


def test_a_draft_without_a_reference_answer_is_parked(studio: Studio, store: Store) -> None:
    import_rows(store, [{"instruction": f"Say {n}."} for n in range(9)], "bare")
    with store.write() as cursor:
        (one, *_) = instructions.without_draft(cursor, "base", 1)
        items.add_draft(cursor, one, "A draft.", "base", None)
    assert revise(store, [REFERENCE], 10, job()) == {"failed": 1}
    assert [row.reason for row in failed_calls(store)] == ["This instruction has no reference answer."]
    assert (revise(store, [REFERENCE], 10, job()), count(store, "teacher_calls")) == ({}, 1)
    assert waiting_to_write(studio, REFERENCE) == 0
    assert retry(store, [REFERENCE], job()) == {"failed": 1}


def test_the_same_revision_twice_is_one_and_another_is_the_newest(store: Store) -> None:
    (one,) = drafts(store, 1)
    with store.write() as cursor:
        (first,) = revisions.add(cursor, [NewRevision(one, "Better.", "teacher")])
        assert revisions.add(cursor, [NewRevision(one, "Better.", "teacher")])[0] == first
        (other,) = revisions.add(cursor, [NewRevision(one, "Better.", "ada")])
    assert other != first
    assert item(store, one).revision_id == other
    assert item(store, one).version == 3


def rationale(prompt: str, times: int = 1) -> Reply:
    draft = part(prompt, "draft")
    value = {
        "revision": draft.replace("bad", "good"),
        "edits": [{"before": "bad", "after": "good", "criterion": "Accurate"}],
        "rationale": [{"criterion": "Accurate", "why": "It was bad."}, {"criterion": "Made up", "why": "No."}],
    }
    return said(f"Of course:\n```json\n{json.dumps(value)}\n```")


def chosen(dataset: str, teachers: list[str], style: str = "smallest", rationale: bool = False) -> ChooseTeachers:
    return ChooseTeachers.of({"dataset": dataset, "teachers": teachers, "style": style, "rationale": rationale})


def test_a_teacher_that_is_asked_for_reasons_names_the_criterion_of_each_edit(studio: Studio, store: Store) -> None:
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
    (one,) = drafts(store, 1, "explaining")
    scripted = teacher(rationale)
    choose_teachers(led_by(studio, [scripted]), chosen("set", [], "smallest", rationale=True), "ada")
    assert revise(store, [scripted], 1, job()) == {"ok": 1}
    found = item(store, one)
    assert found.revision == found.draft.replace("bad", "good")
    assert found.edits == (Edit("bad", "good", "Accurate"),)
    assert found.rationale == item_view(found)["rationale"] == {"Accurate": "It was bad."}


def test_edits_that_do_not_lead_to_the_revision_are_dropped_and_nothing_is_invented(
    studio: Studio, store: Store
) -> None:
    (one,) = drafts(store, 1)
    lying = json.dumps({"revision": "Good.", "edits": [{"before": "nowhere", "after": "x", "criterion": "y"}]})
    scripted = teacher(lambda prompt, times: said(lying))
    choose_teachers(led_by(studio, [scripted]), chosen("set", [], "free", rationale=True), "ada")
    revise(store, [scripted], 1, job())
    assert (item(store, one).revision, item(store, one).edits) == ("Good.", ())


def test_a_data_set_has_the_teachers_that_were_chosen_for_it(studio: Studio, store: Store) -> None:
    (one,) = drafts(store, 1)
    first, second, third = (teacher(name=name) for name in ("first", "second", "third"))
    everyone = [first, second, third]
    choose_teachers(led_by(studio, everyone), chosen("set", ["third", "second"]), "ada")
    assert revise(store, everyone, 10, job()) == {"ok": 2}
    found = item(store, one)
    assert {found.revision_author, *(other.author for other in found.others)} == {"second", "third"}
    assert asked(first) == []
    assert revise(store, everyone, 10, job()) == {}
    view = teachers_view(led_by(studio, everyone))
    assert view["datasets"][0]["teachers"] == ("second", "third")
    with pytest.raises(CitingError, match="The teachers here are first, second, third"):
        choose_teachers(led_by(studio, everyone), chosen("set", ["fourth"]), "ada")
    with pytest.raises(CitingError, match="no data set of that name"):
        choose_teachers(led_by(studio, everyone), chosen("nowhere", []), "ada")
    with pytest.raises(CitingError, match="The style is one of smallest and free"):
        chosen("set", [], "loudly")


def test_an_imported_revision_needs_no_teacher(store: Store) -> None:
    import_rows(store, pairs(2), "set")
    scripted = teacher()
    with store.write() as cursor:
        teachers_table.choose(cursor, "set", Chosen(("scripted", "other")), "ada")
    assert revise(store, [scripted, teacher(name="other")], 10, job()) == {}


def test_drafts_reach_the_teacher_as_they_are_written(store: Store) -> None:
    first, second = drafts(store, 2)
    answered = threading.Event()

    def answer(prompt: str, times: int) -> Reply:
        answered.set()
        return better(prompt)

    scripted = teacher(answer)
    with revising_beside(store, [scripted], job()) as (feed, outcomes):
        feed.put([first])
        assert answered.wait(60)  # while the second is still being drafted
        answered.clear()
        feed.put([second])
    assert outcomes.result() == {"ok": 2}
    assert {item(store, one).state for one in (first, second)} == {"waiting"}


def test_a_feed_waits_where_nothing_comes_instead_of_spinning() -> None:
    feed = Feed()
    threading.Timer(0.5, feed.close).start()
    assert sum(item_id is None for item_id in feed) <= 6
    feed.put([7])
    assert list(feed) == [7]


def test_the_reference_teacher_revises_drafts_as_they_are_written(store: Store) -> None:
    first, second = drafts(store, 2)
    with revising_beside(store, [REFERENCE], job()) as (feed, outcomes):
        feed.put([first])
        while item(store, first).state != "waiting":
            pass
        feed.put([second])
    assert outcomes.result() == {"ok": 2}


def test_the_estimate_knows_the_calls_and_says_unknown_without_a_price(studio: Studio, store: Store) -> None:
    drafts(store, 5)
    (row,) = teachers_view(led_by(studio, [teacher()]))["estimates"]
    assert row["calls"] == 5
    assert row["tokens_in"] > 5 * 100
    assert (row["about"], row["most"]) == (None, None)
