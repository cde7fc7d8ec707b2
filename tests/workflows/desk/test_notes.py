"""Why people decide, and items that an owner sends back to whoever decided them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError, Refused
from citing_app.store import browse, exports, states
from citing_app.store.database import Store
from citing_app.store.exports import Which
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.types import Filter, Item, Person
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import batches, reviewing
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import Decide, Queue, SendBack
from citing_app.workflows.desk.sending_back import send_back
from citing_app.workflows.desk.triage import Vectors, asked_queue
from tests.seeding import item, pairs, request, seed

OWNER = Person("olga", "owner")


def sent(store: Store, journal: Journal, found: Item, note: str = "Look again.", **more: Any) -> dict[str, Any]:
    asked = {"item": found.id, "note": note, "request_id": f"back {found.id} {note}", **more}
    return send_back(store, journal, OWNER, SendBack.of(asked))


def queued(store: Store, person: str, **more: Any) -> list[int]:
    asked = Queue.of({"limit": 50, **more})
    return [one["id"] for one in asked_queue(store, Leases(), Vectors(), person, asked)["items"]]


def with_note(store: Store, note: str | None) -> list[int]:
    with store.read() as cursor:
        return browse.page(cursor, Filter(note=note), "oldest", None, 50)[0]


def test_a_note_goes_with_a_decision_and_is_found_shown_and_exported(store: Store, journal: Journal) -> None:
    first, second, third = seed(store, 3)
    decide(store, journal, Leases(), request(first, "accept", note="  Good sources. "))
    decide(store, journal, Leases(), request(second, "reject", note="Café hours are wrong (2024)."))
    decide(store, journal, Leases(), request(third, "reject"))
    assert with_note(store, None) == [first.id, second.id, third.id]
    assert with_note(store, "") == [first.id, second.id]
    assert with_note(store, "CAFE\u0301 hours") == [second.id]
    assert with_note(store, "(2024).") == [second.id]
    assert reviewing.item(store, first.id, "ada")["history"][0]["note"] == "Good sources."
    with store.read() as cursor:
        assert [row["note"] for row in browse.rows(cursor, [first.id, second.id, third.id])] == [
            "Good sources.",
            "Café hours are wrong (2024).",
            None,
        ]
        ((row,),) = exports.batches(cursor, exports.held(cursor, Which(), "full"))
    assert dict(zip(exports.columns("full"), row, strict=True))["note"] == "Good sources."


def test_a_note_has_bounds() -> None:
    with pytest.raises(CitingError, match=r"The note is longer than 2,000 characters\."):
        Decide.of({"item": 1, "version": 2, "kind": "accept", "request_id": "a", "note": "x" * 2001})


def test_notes_that_recur_are_offered_ones_own_first(store: Store, journal: Journal) -> None:
    first, second, third, fourth, fifth, *_ = seed(store, 8)
    for one, person, note in [
        (first, "ada", "Too long"),
        (second, "bob", "Wrong"),
        (third, "bob", "Wrong"),
        (fourth, "bob", "Only bob said so"),
        (fifth, "bob", "x" * 500),
    ]:
        decide(store, journal, Leases(), request(one, "reject", person, note=note))
    assert reviewing.notes(store, "ada") == ["Too long", "Wrong"]
    assert reviewing.notes(store, "bob") == ["Wrong", "Only bob said so"]


def test_while_people_are_still_asked_no_filter_tells_what_one_of_them_noted(store: Store, journal: Journal) -> None:
    (found,) = seed(store, 1)
    with store.write() as cursor:
        states.set_slots(cursor, found.id, 2)
    decide(store, journal, Leases(), request(found, "reject", "ada", note="Wrong"))
    assert with_note(store, "") == []
    decide(store, journal, Leases(), request(found, "reject", "bob"))
    assert with_note(store, "wrong") == [found.id]


def test_an_item_sent_back_stands_first_for_its_decider_and_waits_for_nobody_else(
    store: Store, journal: Journal
) -> None:
    first, second, third, fourth = seed(store, 4)
    decide(store, journal, Leases(), request(third, "accept", "ada", note="Fine."))
    decide(store, journal, Leases(), request(second, "reject", "bob"))
    told = sent(store, journal, third)
    assert told["item"]["state"] == "waiting"
    undo(store, journal, "bob", "undo")  # which comes first for everybody, but not before what was sent back
    for order in ("queue", "likely fine", "likely wrong"):
        assert queued(store, "ada", queue=order)[0] == third.id
    assert queued(store, "ada") == [third.id, second.id, first.id, fourth.id]
    assert queued(store, "ada", filter={}) == [third.id, second.id, first.id, fourth.id]
    assert queued(store, "bob") == [second.id, first.id, fourth.id]
    with store.read() as cursor:
        assert browse.count(cursor, Filter(), "bob")[1] == 3
        assert browse.open_ids(cursor, Filter(), "bob", 9) == [second.id, first.id, fourth.id]
    shown = reviewing.queue(store, Leases(), "ada", 1)["items"][0]
    assert {"by": "olga", "to": "ada", "note": "Look again."}.items() <= shown["sent_back"].items()
    assert [(one["kind"], one["note"], one["undone"]) for one in shown["history"]] == [
        ("undo", "Look again.", False),
        ("accept", "Fine.", True),
    ]
    answered = decide(store, journal, Leases(), request(item(store, third.id), "reject", "ada"))["item"]
    assert (answered["state"], answered["sent_back"]) == ("rejected", None)


def test_a_batch_of_others_leaves_alone_what_was_sent_back(store: Store, journal: Journal) -> None:
    first, second = seed(store, 2)
    decide(store, journal, Leases(), request(first, "accept", "ada"))
    sent(store, journal, first)
    batches.accept_items(store, journal, [first.id, second.id], "bob", "batch")
    assert (item(store, first.id).state, item(store, second.id).state) == ("waiting", "accepted")
    batches.accept_items(store, journal, [first.id, second.id], "ada", "batch 2")
    assert (item(store, first.id).state, item(store, first.id).sent_to) == ("accepted", ())


def test_who_skips_what_was_sent_back_leaves_it_to_all_and_an_undo_returns_it(store: Store, journal: Journal) -> None:
    first, second = seed(store, 2)
    decide(store, journal, Leases(), request(first, "accept", "ada"))
    sent(store, journal, first)
    decide(store, journal, Leases(), request(item(store, first.id), "skip", "ada"))
    assert queued(store, "ada") == queued(store, "bob") == [second.id, first.id]
    undo(store, journal, "ada", "undo", first.id)
    assert queued(store, "ada") == [first.id, second.id]
    assert queued(store, "bob") == [second.id]


def test_one_of_several_deciders_is_asked_again_and_others_may_still_come(store: Store, journal: Journal) -> None:
    (found,) = seed(store, 1)
    with store.write() as cursor:
        states.set_slots(cursor, found.id, 3)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    decide(store, journal, Leases(), request(found, "reject", "bob"))
    with pytest.raises(Refused, match="say whose is sent back"):
        sent(store, journal, found)
    sent(store, journal, found, to="bob")
    assert queued(store, "bob") == queued(store, "cleo") == [found.id]
    assert queued(store, "ada") == []
    assert reviewing.item(store, found.id, "cleo")["sent_back"] is None
    assert reviewing.item(store, found.id, "bob")["sent_back"]["note"] == "Look again."
    decide(store, journal, Leases(), request(item(store, found.id), "accept", "cleo"))
    assert queued(store, "dan") == []  # the last slot is kept for bob
    decide(store, journal, Leases(), request(item(store, found.id), "accept", "bob"))
    assert item(store, found.id).state == "accepted"


def test_what_settled_a_disagreement_is_sent_back_before_the_verdicts_it_settled(
    store: Store, journal: Journal
) -> None:
    (found,) = seed(store, 1)
    with store.write() as cursor:
        states.set_slots(cursor, found.id, 2)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    decide(store, journal, Leases(), request(found, "reject", "bob"))
    decide(store, journal, Leases(), request(item(store, found.id), "reject", "cleo"))
    with pytest.raises(Refused, match="was settled by cleo"):
        sent(store, journal, found, to="ada")
    assert sent(store, journal, found)["item"]["state"] == "disputed"
    assert sent(store, journal, found, "You too.", to="ada")["item"]["state"] == "waiting"
    assert item(store, found.id).sent_to == ("ada", "cleo")


def test_what_cannot_be_sent_back_says_why_and_a_second_click_is_one_request(store: Store, journal: Journal) -> None:
    first, second = seed(store, 2)
    decide(store, journal, Leases(), request(first, "accept", "ada"))
    decide(store, journal, Leases(), request(second, "accept", "olga"))
    with pytest.raises(CitingError, match="Say in a note why"):
        sent(store, journal, first, "  ")
    with pytest.raises(Refused, match="your own decision"):
        sent(store, journal, second)
    with pytest.raises(Refused, match=r"No decision of bob on item 1 stands\."):
        sent(store, journal, first, to="bob")
    assert sent(store, journal, first)["decision"] == sent(store, journal, first)["decision"]
    assert len(journal.read()) == 3


def test_notes_and_what_was_sent_back_come_back_from_the_journal(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    first, second, third = seed(store, 3)
    decide(store, journal, Leases(), request(first, "accept", "ada", note='Quoted "so", "seconds": 1} {\u2028.'))
    decide(store, journal, Leases(), request(second, "reject", "ada", note="Wrong"))
    decide(store, journal, Leases(), request(third, "reject", "ada"))
    sent(store, journal, second)
    lines = [json.loads(line) for line in journal.path.read_text().split("\n") if line]
    assert [line.get("note") for line in lines] == ['Quoted "so", "seconds": 1} {\u2028.', "Wrong", None, "Look again."]
    assert "note" not in lines[2]
    assert list(lines[0])[-1] == "seconds"  # by which a whole line is told
    assert journal.compare({line["id"] for line in lines}) == ({line["id"] for line in lines}, [])
    other = Journal(tmp_path / "other")
    other.path.write_bytes(journal.path.read_bytes())
    with Store(tmp_path / "other") as empty:
        assert reconcile(empty, other, DECISIONS) == (4, 0)
        assert queued(empty, "bob") == []
        (again,) = reviewing.queue(empty, Leases(), "ada", 5)["items"]
        assert again["sent_back"]["note"] == "Look again."
        assert [one["note"] for one in again["history"]] == ["Look again.", "Wrong"]
        with store.read() as cursor, empty.read() as replayed:
            (again, kept) = ([*exports.batches(one, exports.held(one, Which(), "full"))] for one in (replayed, cursor))
            assert again == kept


def test_an_edit_in_a_browser_keeps_the_line_ends_that_it_did_not_touch(store: Store, journal: Journal) -> None:
    texts = {"draft": "one\r\ntwo", "revision": "one\r\n2\r\nthree"}
    import_rows(store, [row | texts for row in pairs(1)], "crlf")
    found = item(store, 1)
    assert reviewing.text_warnings(store, 1, "one\n2\nthree")[0] == "This is the revision, unchanged."
    edited = decide(store, journal, Leases(), request(found, "edit", final_text="one!\n2\nthree"))
    assert edited["item"]["final_text"] == "one!\r\n2\r\nthree"
    again = request(item(store, 1), "edit", final_text="one!\n2\nfour", changes=True)
    assert decide(store, journal, Leases(), again)["item"]["final_text"] == "one!\r\n2\r\nfour"
