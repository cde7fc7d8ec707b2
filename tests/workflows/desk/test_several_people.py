"""Several people at one desk: slots, leases, disputes, and decisions that take the place of one's own."""

from __future__ import annotations

import pytest

from citing_app.errors import Refused
from citing_app.store import states
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.types import Filter, Item
from citing_app.workflows.desk import reviewing
from citing_app.workflows.desk.batches import accept_items, decide_all
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import LEASE_SECONDS, Leases
from tests.seeding import item, request, seed


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def wanted_by(store: Store, people: int) -> Item:
    """One waiting item for which so many people are wanted."""
    (found,) = seed(store, 1)
    with store.write() as cursor:
        states.set_slots(cursor, found.id, people)
    return item(store, found.id)


def ids(shown: dict) -> list[int]:  # type: ignore[type-arg]
    return [one["id"] for one in shown["items"]]


def test_two_desks_do_not_show_the_same_open_items(store: Store) -> None:
    found, leases = [one.id for one in seed(store, 6)], Leases()
    assert ids(reviewing.queue(store, leases, "ada", 2)) == found[:2]
    assert ids(reviewing.queue(store, leases, "bob", 2)) == found[2:4]
    assert ids(reviewing.queue(store, leases, "ada", 2)) == found[:2]
    assert ids(reviewing.queue(store, leases, "cleo", 6)) == found[4:]


def test_a_closed_desk_frees_its_items_and_a_live_one_keeps_them(store: Store) -> None:
    found, clock = [one.id for one in seed(store, 3)], Clock()
    leases = Leases(clock)
    reviewing.queue(store, leases, "ada", 2)
    clock.now += LEASE_SECONDS - 1
    reviewing.queue(store, leases, "ada", 1, found[:1])  # the desk still holds the first, and says so
    clock.now += 2
    leases.release("ada", found[1])
    assert ids(reviewing.queue(store, leases, "bob", 3)) == found[1:]
    clock.now += LEASE_SECONDS
    assert ids(reviewing.queue(store, leases, "cleo", 3)) == found


def test_a_decision_releases_the_item_that_its_person_looked_at(store: Store, journal: Journal) -> None:
    found, leases = wanted_by(store, 2), Leases()
    reviewing.queue(store, leases, "ada", 5)
    assert leases.of_others("bob") == {found.id: 1}
    decide(store, journal, leases, request(found, "accept", "ada"))
    assert leases.of_others("bob") == {}
    assert ids(reviewing.queue(store, leases, "bob", 5)) == [found.id]


def test_a_batch_releases_the_items_that_its_person_looked_at(store: Store, journal: Journal) -> None:
    found, leases = wanted_by(store, 2), Leases()
    reviewing.queue(store, leases, "ada", 5)
    decide_all(store, journal, leases, Filter(), "accept", "ada", "batch", 1)
    assert ids(reviewing.queue(store, leases, "bob", 5)) == [found.id]


def test_an_item_for_two_waits_for_the_second_and_is_accepted_when_they_agree(store: Store, journal: Journal) -> None:
    found, leases = wanted_by(store, 2), Leases()
    first = decide(store, journal, Leases(), request(found, "accept", "ada"))
    assert first["item"]["state"] == "waiting"
    assert ids(reviewing.queue(store, leases, "ada", 5)) == []
    assert ids(reviewing.queue(store, leases, "bob", 5)) == [found.id]
    decide(store, journal, Leases(), request(found, "accept", "bob"))
    assert item(store, found.id).state == "accepted"
    assert item(store, found.id).deciders == ("ada", "bob")
    with pytest.raises(Refused, match="already decided by ada and bob at 20"):
        decide(store, journal, Leases(), request(found, "reject", "cleo"))


def test_one_person_fills_one_slot(store: Store, journal: Journal) -> None:
    found = wanted_by(store, 2)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    with pytest.raises(Refused, match="already decided by you"):
        decide(store, journal, Leases(), request(found, "reject", "ada"))
    assert item(store, found.id).deciders == ("ada",)


def test_a_rule_in_a_persons_name_fills_no_second_slot(store: Store, journal: Journal) -> None:
    found = wanted_by(store, 2)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    accept_items(store, journal, [found.id], "ada", "a rule's batch")
    assert (item(store, found.id).state, len(journal.read())) == ("waiting", 1)
    accept_items(store, journal, [found.id], "bob", "another's batch")
    assert (item(store, found.id).state, item(store, found.id).deciders) == ("accepted", ("ada", "bob"))


@pytest.mark.parametrize("second", ["reject", "edit"])
def test_a_disagreement_waits_until_somebody_settles_it(store: Store, journal: Journal, second: str) -> None:
    found = wanted_by(store, 2)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    decide(store, journal, Leases(), request(found, "reject" if second == "reject" else "edit", "bob"))
    assert item(store, found.id).state == "disputed"
    leases = Leases()
    assert ids(reviewing.queue(store, leases, "cleo", 5)) == []
    assert ids(reviewing.queue(store, leases, "cleo", 5, disputed=True)) == [found.id]
    settled = decide(store, journal, Leases(), request(item(store, found.id), "edit", "cleo", final_text="Settled."))
    assert (settled["item"]["state"], settled["item"]["final_text"]) == ("accepted", "Settled.")
    undo(store, journal, "cleo", "undo")
    assert item(store, found.id).state == "disputed"
    undo(store, journal, "bob", "undo bob", found.id)
    assert item(store, found.id).state == "waiting"


def test_while_people_are_still_asked_nobody_sees_what_the_others_said(store: Store, journal: Journal) -> None:
    found = wanted_by(store, 2)
    decide(store, journal, Leases(), request(found, "reject", "ada"))
    assert reviewing.item(store, found.id, "bob")["history"] == []
    assert [line["annotator"] for line in reviewing.item(store, found.id, "ada")["history"]] == ["ada"]
    decide(store, journal, Leases(), request(found, "accept", "bob"))
    assert [line["annotator"] for line in reviewing.item(store, found.id, "bob")["history"]] == ["bob", "ada"]


def test_ones_own_decision_can_be_changed_in_one_step_and_anothers_cannot(store: Store, journal: Journal) -> None:
    (found,) = seed(store, 1)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    now = item(store, found.id)
    with pytest.raises(Refused, match="already decided by ada"):
        decide(store, journal, Leases(), request(now, "reject", "bob", changes=True))
    with pytest.raises(Refused, match="already decided by ada"):
        decide(store, journal, Leases(), request(now, "reject", "ada"))
    asked = request(now, "reject", "ada", changes=True)
    answer = decide(store, journal, Leases(), asked)
    assert answer["item"]["state"] == "rejected"
    assert [line["kind"] for line in answer["item"]["history"]] == ["reject", "undo", "accept"]
    assert [line["kind"] for line in journal.read()] == ["accept", "undo", "reject"]
    assert decide(store, journal, Leases(), asked) == answer


def test_slots_and_settlements_come_back_from_the_journal_alone(
    store: Store, journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = wanted_by(store, 2)
    decide(store, journal, Leases(), request(found, "accept", "ada", seconds=3.5))
    decide(store, journal, Leases(), request(found, "reject", "bob"))
    decide(store, journal, Leases(), request(item(store, found.id), "accept", "cleo"))
    with Store(tmp_path_factory.mktemp("empty")) as empty:
        assert reconcile(empty, journal, DECISIONS) == (3, 0)
        (again,) = [item(empty, one) for one in [1]]
        assert (again.state, again.slots, again.deciders) == ("accepted", 2, ("ada", "bob", "cleo"))
        assert reviewing.item(empty, 1)["history"][0]["settles"]


def disputed_between(store: Store, journal: Journal, *people: str) -> Item:
    """One item on which these people disagree: the first accepted it, the others rejected it."""
    found = wanted_by(store, len(people))
    for name, kind in zip(people, ["accept", *["reject"] * (len(people) - 1)], strict=True):
        decide(store, journal, Leases(), request(found, kind, name))  # type: ignore[arg-type]
    assert item(store, found.id).state == "disputed"
    return item(store, found.id)


def test_an_annotator_who_is_part_of_a_disagreement_changes_their_own_word_and_settles_nothing(
    store: Store, journal: Journal
) -> None:
    found = disputed_between(store, journal, "ada", "bob", "cleo")
    decide(store, journal, Leases(), request(found, "reject", "ada", may_settle=False))
    now = item(store, found.id)
    assert (now.state, now.deciders) == ("rejected", ("ada", "bob", "cleo"))
    with store.read() as cursor:
        assert not cursor.execute("SELECT 1 FROM decisions WHERE settles").fetchall()


def test_a_third_person_or_an_owner_settles_a_disagreement(store: Store, journal: Journal) -> None:
    found = disputed_between(store, journal, "ada", "bob")
    decide(store, journal, Leases(), request(found, "accept", "cleo", may_settle=False))
    assert item(store, found.id).decided_by == "cleo"
    undo(store, journal, "cleo", "cleo takes it back", found.id)
    decide(store, journal, Leases(), request(item(store, found.id), "reject", "ada"))
    assert item(store, found.id).decided_by == "ada"


def test_the_queue_of_disagreements_says_who_said_what(store: Store, journal: Journal) -> None:
    found = disputed_between(store, journal, "ada", "bob")
    (shown,) = reviewing.queue(store, Leases(), "ada", disputed=True)["items"]
    assert [(one["annotator"], one["kind"]) for one in shown["history"]] == [("bob", "reject"), ("ada", "accept")]
    assert (shown["id"], shown["mine"], shown["hides"]) == (found.id, True, False)


def test_while_others_are_asked_an_item_says_that_something_is_hidden(store: Store, journal: Journal) -> None:
    found = wanted_by(store, 2)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    assert [reviewing.item(store, found.id, name)["hides"] for name in ("ada", "bob")] == [False, True]


def test_the_queue_gives_what_passes_a_filter_only(store: Store, journal: Journal) -> None:
    one, two, three = seed(store, 3)
    passing = Filter(text=three.draft)
    assert ids(reviewing.queue(store, Leases(), "ada", 8, among=passing)) == [three.id]
    assert ids(reviewing.queue(store, Leases(), "ada", 8, without=[three.id], among=passing)) == []
    decide(store, journal, Leases(), request(one, "accept"))
    assert ids(reviewing.queue(store, Leases(), "ada", 8, among=Filter(states=("waiting",)))) == [two.id, three.id]


def test_who_settled_a_disagreement_of_their_own_changes_the_text_that_counts(store: Store, journal: Journal) -> None:
    found = disputed_between(store, journal, "ada", "bob")
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    settled = item(store, found.id)
    assert settled.state == "accepted"
    answer = decide(store, journal, Leases(), request(settled, "edit", "ada", final_text="Changed.", changes=True))
    assert (answer["item"]["state"], answer["item"]["final_text"]) == ("accepted", "Changed.")
    assert (answer["item"]["decided_by"], answer["item"]["counts_mine"]) == ("ada", True)


def test_everybody_who_said_what_counts_is_told_so(store: Store, journal: Journal) -> None:
    found = wanted_by(store, 2)
    decide(store, journal, Leases(), request(found, "accept", "ada"))
    assert not reviewing.item(store, found.id, "ada")["counts_mine"]
    decide(store, journal, Leases(), request(found, "accept", "bob"))
    for name, counts in (("ada", True), ("bob", True), ("cleo", False)):
        assert reviewing.item(store, found.id, name)["counts_mine"] is counts
