"""An item that several teachers revised: any of the revisions can be decided on, and what is taken is counted."""

from __future__ import annotations

import uuid

import pytest

from citing_app.errors import CitingError
from citing_app.store import revisions
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.store.revisions import NewRevision
from citing_app.types import Edit, Filter, Item
from citing_app.workflows.desk import browsing, deciding, insights, reviewing
from citing_app.workflows.desk.leases import Leases
from tests.seeding import item, request, seed


def revised_by(store: Store, found: Item, *teachers: str) -> Item:
    """The item after these teachers, too, have revised it."""
    with store.write() as cursor:
        for name in teachers:
            edit = Edit("bad", f"{name}'s", "Accurate")
            revisions.add(cursor, [NewRevision(found.id, found.draft.replace("bad", f"{name}'s"), name, [edit])])
    return item(store, found.id)


def test_each_teachers_newest_revision_is_there_and_the_newest_of_all_is_the_items_own(store: Store) -> None:
    found = revised_by(store, seed(store, 1)[0], "anna", "bert")
    assert found.revision_author == "bert"
    assert [other.author for other in found.others] == [seed_author(store), "anna"]
    assert found.others[1].edits == (Edit("bad", "anna's", "Accurate"),)
    (view,) = reviewing.queue(store, Leases(), "ada")["items"]
    assert [other["revision_author"] for other in view["others"]] == [seed_author(store), "anna"]
    assert [part["after"] for part in view["others"][1]["parts"] if part["before"] == "bad"] == ["anna's"]


def test_a_decision_on_another_teachers_revision_makes_it_the_items_own(store: Store, journal: Journal) -> None:
    found = revised_by(store, seed(store, 1)[0], "anna", "bert")
    annas = found.others[1]
    deciding.decide(store, journal, Leases(), request(found, "accept", revision=annas.id))
    now = item(store, found.id)
    assert (now.state, now.final_text, now.revision_author) == ("accepted", annas.text, "anna")
    with store.read() as cursor:
        (row,) = browsing.page_view(cursor, Filter(teacher="anna"), "oldest", None, "ada")["rows"]
    assert row["id"] == found.id


def test_edits_are_kept_by_their_numbers_in_the_revision_that_was_chosen(store: Store, journal: Journal) -> None:
    found = revised_by(store, seed(store, 1)[0], "anna", "bert")
    annas = found.others[1]
    deciding.decide(store, journal, Leases(), request(found, "accept", revision=annas.id, kept_hunks=()))
    assert item(store, found.id).final_text == found.draft


def test_a_revision_of_another_item_or_one_that_is_older_is_refused(store: Store, journal: Journal) -> None:
    one, other = seed(store, 2)
    found = revised_by(store, one, "anna", "bert")
    assert other.revision_id is not None
    with pytest.raises(CitingError, match="has no such revision"):
        deciding.decide(store, journal, Leases(), request(found, "accept", revision=other.revision_id))
    annas = found.others[1]
    with store.write() as cursor:
        revisions.add(cursor, [NewRevision(found.id, "Another of anna's.", "anna")])
    with pytest.raises(CitingError, match="has no such revision"):
        deciding.decide(store, journal, Leases(), request(item(store, found.id), "accept", revision=annas.id))
    assert item(store, found.id).state == "waiting"


def test_the_journal_alone_brings_back_which_revision_was_taken(store: Store, journal: Journal) -> None:
    found = revised_by(store, seed(store, 1)[0], "anna", "bert")
    deciding.decide(store, journal, Leases(), request(found, "reject"))
    deciding.undo(store, journal, "ada", uuid.uuid4().hex)
    deciding.decide(store, journal, Leases(), request(item(store, found.id), "accept", revision=found.others[1].id))
    with Store(store.folder / "again") as empty:
        reconcile(empty, Journal(store.folder), DECISIONS)
        (row,) = [item(empty, 1)]
    assert (row.state, row.revision_author, row.final_text) == ("accepted", "anna", found.others[1].text)


def test_whose_revision_was_taken_is_counted_where_several_had_revised(store: Store, journal: Journal) -> None:
    alone, *rest = seed(store, 5)
    deciding.decide(store, journal, Leases(), request(alone, "accept"))
    both = [revised_by(store, found, "anna") for found in rest]
    for found in both[:2]:
        deciding.decide(store, journal, Leases(), request(found, "accept"))
    deciding.decide(store, journal, Leases(), request(both[2], "edit", revision=both[2].others[0].id))
    deciding.decide(store, journal, Leases(), request(both[3], "reject"))
    counted = {row["teacher"]: (row["preferred"], row["n"]) for row in insights.preferences(store)}
    assert counted == {"anna": (2, 3), seed_author(store): (1, 3)}


def seed_author(store: Store) -> str:
    """Who wrote the seeded revisions."""
    with store.read() as cursor:
        row = cursor.execute("SELECT author FROM revisions ORDER BY id LIMIT 1").fetchone()
    assert row is not None
    return str(row[0])
