"""Decisions: one winner each, nothing overwritten, and a state that the decisions alone would give."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from dataclasses import replace

import pytest

from citing_app.errors import CitingError, Refused
from citing_app.store import revisions, states
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.store.revisions import NewRevision
from citing_app.types import DecisionKind
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import deciding, reviewing
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import Decide, Queue
from tests.seeding import NASTY, count, item, pairs, request, seed, waiting


@pytest.mark.parametrize(
    ("kind", "state", "final"),
    [
        ("accept", "accepted", "Draft 0 is good."),
        ("edit", "accepted", NASTY),
        ("reject", "rejected", None),
        ("skip", "waiting", None),
    ],
)
def test_a_decision_is_saved_with_its_text(
    store: Store, journal: Journal, kind: DecisionKind, state: str, final: str | None
) -> None:
    first, *others = seed(store, 3)
    answer = decide(store, journal, Leases(), request(first, kind, final_text=NASTY if kind == "edit" else None))
    found = item(store, first.id)
    assert (found.state, found.final_text) == (state, final)
    assert found.version == first.version + (kind != "skip")
    assert found.decided_by == (None if kind == "skip" else "ada")
    assert answer["item"]["state"] == state
    expected = [*others, found] if kind == "skip" else others
    assert [one.id for one in waiting(store)] == [one.id for one in expected]
    (line,) = journal.read()
    assert (line["id"], line["kind"], line["final_text"]) == (answer["decision"], kind, final)


def test_the_same_request_twice_is_one_decision(store: Store, journal: Journal) -> None:
    first, _ = seed(store, 2)
    asked = request(first, "accept")
    assert decide(store, journal, Leases(), asked) == decide(store, journal, Leases(), asked)
    assert count(store, "decisions") == 1
    assert len(journal.read()) == 1


def test_a_double_click_from_two_threads_is_one_decision(store: Store, journal: Journal) -> None:
    for found in seed(store, 10):
        asked = request(found, "accept")
        start = threading.Barrier(2, timeout=20)
        answers: list[str] = []

        def click(asked: deciding.Asked = asked, start: threading.Barrier = start) -> None:
            start.wait()
            answers.append(decide(store, journal, Leases(), asked)["decision"])  # noqa: B023

        threads = [threading.Thread(target=click) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(answers) == 2
        assert len(set(answers)) == 1
    assert count(store, "decisions") == len(journal.read()) == 10


def test_an_item_already_decided_is_refused_with_who_and_when(store: Store, journal: Journal) -> None:
    first, *_ = seed(store)
    decide(store, journal, Leases(), request(first, "accept", "ada"))
    with pytest.raises(Refused, match=rf"^Item {first.id} was already decided by ada at 20[-\d]+ \d\d:\d\d UTC\.$"):
        decide(store, journal, Leases(), request(item(store, first.id), "reject", "bob"))
    assert item(store, first.id).state == "accepted"
    assert len(journal.read()) == 1


def test_a_decision_on_an_older_version_is_refused(store: Store, journal: Journal) -> None:
    first, *_ = seed(store)
    decide(store, journal, Leases(), request(first, "reject"))
    undo(store, journal, "ada", "undo")
    with pytest.raises(Refused, match="has changed since you opened it"):
        decide(store, journal, Leases(), request(first, "accept", "bob"))
    with store.write() as cursor:
        revisions.add(cursor, [NewRevision(first.id, "A newer revision.", "teacher")])
    with pytest.raises(Refused, match="has changed since you opened it"):
        decide(store, journal, Leases(), request(first, "accept", "bob", version=first.version + 2))
    decide(store, journal, Leases(), request(item(store, first.id), "accept", "bob"))
    assert item(store, first.id).final_text == "A newer revision."


def test_an_item_without_a_revision_or_outside_train_cannot_be_decided(store: Store, journal: Journal) -> None:
    import_rows(store, pairs(1, "test"), "held out")
    with store.read() as cursor:
        (held_out,) = [row[0] for row in cursor.execute("SELECT id FROM items").fetchall()]
    with pytest.raises(Refused, match="belongs to the test rows"):
        decide(store, journal, Leases(), request(item(store, held_out), "accept"))
    assert count(store, "decisions") == 0


def test_no_item_is_a_sentence(store: Store, journal: Journal) -> None:
    (found,) = seed(store, 1)
    with pytest.raises(CitingError, match=r"^There is no item 999\.$"):
        decide(store, journal, Leases(), request(replace(found, id=999), "accept"))
    with pytest.raises(CitingError, match=r"^There is no item 999\.$"):
        reviewing.item(store, 999)
    assert reviewing.item(store, found.id)["learned_in"] is None


@pytest.mark.parametrize("text", [None, "", " \n", "x" * 100_001, "a\x00b", "a\ud800"])
def test_an_edit_needs_a_text_that_can_be_stored(store: Store, journal: Journal, text: str | None) -> None:
    (found,) = seed(store, 1)
    with pytest.raises(CitingError, match="edited revision"):
        decide(store, journal, Leases(), request(found, "edit", final_text=text))
    assert item(store, found.id).version == found.version


@pytest.mark.parametrize("request_id", ["", "x" * 101])
def test_a_decision_needs_a_request_id(store: Store, journal: Journal, request_id: str) -> None:
    (found,) = seed(store, 1)
    with pytest.raises(CitingError, match="request id"):
        decide(store, journal, Leases(), request(found, "accept", request_id=request_id))


def test_a_decision_has_a_known_name() -> None:
    known = ["accept", "edit", "reject", "skip"]
    asked = {"item": 1, "version": 1, "request_id": "r"}
    assert [Decide.of({**asked, "kind": name}).kind for name in known] == known
    for name in ("undo", "Accept", ""):
        with pytest.raises(CitingError, match="accept, edit, reject and skip"):
            Decide.of({**asked, "kind": name})


@pytest.mark.parametrize("kind", ["accept", "edit", "reject", "skip"])
def test_undo_makes_the_item_wait_again_first_in_the_queue(store: Store, journal: Journal, kind: DecisionKind) -> None:
    first, second, third = seed(store, 3)
    made = decide(store, journal, Leases(), request(second, kind))["decision"]
    answer = undo(store, journal, "ada", "undo-1")
    assert answer["item"]["id"] == second.id
    assert [one.id for one in waiting(store)] == [second.id, first.id, third.id]
    assert item(store, second.id).decided_by is None
    assert [line["kind"] for line in journal.read()] == [kind, "undo"]
    assert journal.read()[1]["undoes"] == made
    assert undo(store, journal, "ada", "undo-1") == answer
    assert count(store, "decisions") == 2


def test_undo_goes_back_decision_by_decision_and_then_says_so(store: Store, journal: Journal) -> None:
    first, second, _ = seed(store, 3)
    decide(store, journal, Leases(), request(first, "accept"))
    decide(store, journal, Leases(), request(second, "reject"))
    back = [undo(store, journal, "ada", f"undo-{n}")["item"]["id"] for n in range(2)]
    assert back == [second.id, first.id]
    with pytest.raises(Refused, match="nothing to undo"):
        undo(store, journal, "ada", "undo-3")


def test_nobody_undoes_anothers_decision(store: Store, journal: Journal) -> None:
    first, *_ = seed(store)
    decide(store, journal, Leases(), request(first, "accept", "ada"))
    with pytest.raises(Refused, match="nothing to undo"):
        undo(store, journal, "bob", "undo-1")
    with pytest.raises(Refused, match="decided by ada; only they can undo"):
        undo(store, journal, "bob", "undo-2", first.id)
    with pytest.raises(CitingError, match="request id"):
        undo(store, journal, "ada", "")
    assert item(store, first.id).state == "accepted"


def test_the_queue_is_bounded_and_leaves_out_what_the_page_has(store: Store) -> None:
    found, leases = seed(store, 60), Leases()
    for limit in (1000, -5):
        with pytest.raises(CitingError, match="number of items is a whole number between 1 and 50"):
            Queue.of({"limit": limit})
    assert len(reviewing.queue(store, leases, "ada", 50)["items"]) == 50
    shown = reviewing.queue(store, leases, "ada", 3, [found[0].id, found[2].id])
    assert [one["id"] for one in shown["items"]] == [found[1].id, found[3].id, found[4].id]
    assert shown["counts"]["waiting"] == 60


def test_an_item_shows_the_teachers_edits_where_they_lead_to_its_text_and_else_the_word_diff(
    store: Store, journal: Journal
) -> None:
    row = pairs(1)[0] | {"edits": [{"before": "bad", "after": "good", "criterion": "Accurate"}]}
    import_rows(store, [row], "seeded")
    (found,) = waiting(store)
    shown = reviewing.item(store, found.id)
    assert {"before": "bad", "after": "good", "criterion": "Accurate"} in shown["parts"]
    edited = decide(store, journal, Leases(), request(found, "edit", final_text="Draft 0 is fine."))["item"]
    assert {"before": "bad", "after": "fine", "criterion": None} in edited["parts"]
    for view in (shown, edited):
        assert "".join(part["before"] for part in view["parts"]) == "Draft 0 is bad."
        assert 0 < view["changed"] < 1
        json.dumps(view)


def test_eight_people_at_the_same_forty_items_make_forty_decisions(store: Store, journal: Journal) -> None:
    found = seed(store, 40)
    start = threading.Barrier(8, timeout=30)
    won: Counter[int] = Counter()
    refused: Counter[int] = Counter()
    unexpected: list[BaseException] = []
    lock = threading.Lock()

    def person(number: int) -> None:
        order = random.Random(number).sample(found, len(found))
        start.wait()
        try:
            for one in order:
                try:
                    kind: DecisionKind = "accept" if number % 2 else "reject"
                    decide(store, journal, Leases(), request(one, kind, f"person {number}"))
                except Refused:
                    with lock:
                        refused[one.id] += 1
                else:
                    with lock:
                        won[one.id] += 1
        except BaseException as error:
            unexpected.append(error)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not unexpected
    assert won == {one.id: 1 for one in found}
    assert refused == {one.id: 7 for one in found}
    assert count(store, "decisions") == 40
    assert len({line["id"] for line in journal.read()}) == 40


def test_a_state_that_is_wrong_is_rebuilt_from_the_decisions(store: Store, journal: Journal) -> None:
    first, second, third = seed(store, 3)
    decide(store, journal, Leases(), request(first, "accept"))
    with store.write() as cursor:
        cursor.execute("UPDATE items SET state = 'rejected' WHERE id = ?", [second.id])
        cursor.execute("UPDATE items SET state = 'waiting', decision_id = NULL WHERE id = ?", [first.id])
        assert states.rebuild_states(cursor) == 2
    assert [item(store, one.id).state for one in (first, second, third)] == ["accepted", "waiting", "waiting"]
    assert item(store, first.id).decided_by == "ada"
