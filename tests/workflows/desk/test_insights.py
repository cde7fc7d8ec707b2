"""What the decisions teach, how many people are asked, and the queue in another order."""

from __future__ import annotations

import numpy as np
import pytest

from citing_app.errors import CitingError
from citing_app.store import instructions, rubrics
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.types import Filter, Item
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import batches, insights, reviewing, triage
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import SetOverlap
from tests.seeding import RUBRIC, item, pairs, request, seed, waiting


def sort_into_categories(store: Store, found: list[Item], categories: list[str]) -> None:
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "")
        members = {one.instruction.id: category for one, category in zip(found, categories, strict=True)}
        rubrics.add_members(cursor, members, "ada")


def test_rates_sizes_and_times_by_category_and_annotator(store: Store, journal: Journal) -> None:
    found = seed(store, 5)
    sort_into_categories(store, found, ["explaining", "explaining", "explaining", "planning", "planning"])
    decide(store, journal, Leases(), request(found[0], "accept", "ada", seconds=4.0))
    decide(store, journal, Leases(), request(found[1], "accept", "ada", seconds=10.0, kept_hunks=()))
    decide(store, journal, Leases(), request(found[2], "reject", "bob", seconds=6.0))
    decide(store, journal, Leases(), request(found[3], "edit", "bob", final_text="Draft 3 is quite good."))
    decide(store, journal, Leases(), request(found[4], "skip", "bob", seconds=100.0))

    shown = insights.figures(store, "category")
    assert [(row["name"], row["n"]) for row in shown["groups"]] == [("explaining", 3), ("planning", 1)]
    explaining, planning = shown["groups"]
    # A revision of which no edit was kept is no revision accepted as it is.
    assert [explaining[kind]["count"] for kind in ("accept", "edit", "reject")] == [1, 1, 1]
    assert explaining["accept"]["share"] == pytest.approx(1 / 3)
    assert 0 < explaining["accept"]["low"] < 1 / 3 < explaining["accept"]["high"] < 1
    assert (explaining["seconds"], explaining["timed"]) == (6.0, 3)
    assert explaining["edit_size"] == pytest.approx(1 / 5)  # one of five words and marks, in both texts
    assert (planning["seconds"], planning["timed"]) == (None, 0)
    assert planning["changed"] == pytest.approx(1 / 11)  # one put in; five stand on one side, six on the other
    assert shown["all"]["n"] == 4
    assert [(row["name"], row["n"]) for row in insights.figures(store, "annotator")["groups"]] == [
        ("ada", 2),
        ("bob", 2),
    ]


def test_what_is_undone_does_not_count_and_a_batch_has_no_times(store: Store, journal: Journal) -> None:
    found = seed(store, 4)
    decide(store, journal, Leases(), request(found[0], "reject", "ada", seconds=5.0))
    undo(store, journal, "ada", "undo")
    assert insights.figures(store, "teacher") == {"all": None, "groups": []}
    batches.decide_all(store, journal, Leases(), Filter(), "accept", "ada", "batch", 4)
    (row,) = insights.figures(store, "teacher")["groups"]
    assert (row["name"], row["n"], row["accept"]["share"]) == (found[0].revision_author, 4, 1.0)
    assert (row["seconds"], row["timed"]) == (None, 0)


def test_an_item_counts_for_every_criterion_its_edits_serve(store: Store, journal: Journal) -> None:
    rows = pairs(2)
    rows[0]["edits"] = [{"before": "bad.", "after": "good.", "criterion": "Accurate"}]
    import_rows(store, rows, "named")
    for one in waiting(store):
        decide(store, journal, Leases(), request(one, "accept"))
    assert [(row["name"], row["n"]) for row in insights.figures(store, "criterion")["groups"]] == [("Accurate", 1)]


def test_what_a_rule_accepted_in_a_persons_name_is_no_verdict_of_theirs(store: Store, journal: Journal) -> None:
    looked_at, *others = seed(store, 3)
    decide(store, journal, Leases(), request(looked_at, "reject", "ada"))
    batches.accept_items(store, journal, [one.id for one in others], "ada", "curriculum-1-1795894461.000000-1")
    (row,) = insights.figures(store, "annotator")["groups"]
    assert (row["name"], row["n"], row["reject"]["share"]) == ("ada", 1, 1.0)


def asked_twice(store: Store, count: int) -> list[Item]:
    seed(store, count)
    insights.set_overlap(store, "seeded", 1.0, 2)
    return waiting(store)


def test_agreement_is_on_what_two_people_said_before_it_was_settled(store: Store, journal: Journal) -> None:
    found = asked_twice(store, 4)
    for one, first, second in zip(found, ("accept", "reject", "accept"), ("accept", "reject", "reject"), strict=False):
        decide(store, journal, Leases(), request(one, first, "ada"))  # type: ignore[arg-type]
        decide(store, journal, Leases(), request(one, second, "bob"))  # type: ignore[arg-type]
    decide(store, journal, Leases(), request(found[3], "accept", "ada"))
    (dispute,) = insights.disagreements(store)
    assert dispute["item"] == found[2].id
    assert dispute["instruction"] == found[2].instruction.text
    assert dispute["verdicts"] == [
        {"annotator": "ada", "verdict": "accept"},
        {"annotator": "bob", "verdict": "reject"},
    ]

    decide(store, journal, Leases(), request(item(store, found[2].id), "accept", "cleo"))
    assert insights.disagreements(store) == []
    shown = insights.agreement(store)
    assert shown["everyone"] is None
    (pair,) = shown["pairs"]
    assert (list(pair["people"]), pair["n"], pair["share"]) == (["ada", "bob"], 3, pytest.approx(2 / 3))
    assert pair["coefficient"] == pytest.approx(0.4)  # chance alone: (2·1 + 1·2) / 9


def test_a_mind_that_is_changed_after_seeing_the_others_verdict_is_no_agreement(store: Store, journal: Journal) -> None:
    blind, dispute = asked_twice(store, 2)
    decide(store, journal, Leases(), request(blind, "reject", "ada"))
    decide(
        store, journal, Leases(), request(item(store, blind.id), "accept", "ada", changes=True)
    )  # nobody else has yet
    decide(store, journal, Leases(), request(blind, "accept", "bob"))
    decide(store, journal, Leases(), request(dispute, "accept", "ada"))
    decide(store, journal, Leases(), request(dispute, "reject", "bob"))
    decide(store, journal, Leases(), request(item(store, dispute.id), "accept", "bob", may_settle=False))
    assert item(store, dispute.id).state == "accepted"
    (pair,) = insights.agreement(store)["pairs"]
    assert (pair["n"], pair["share"]) == (2, 0.5)


def test_a_share_of_the_waiting_and_of_later_items_is_for_several_people(store: Store, journal: Journal) -> None:
    found = seed(store, 200)
    decide(store, journal, Leases(), request(found[0], "accept"))
    insights.set_overlap(store, "seeded", 0.25, 3)
    now = [item(store, one.id) for one in found]
    assert now[0].slots == 1
    assert {one.slots for one in now} == {1, 3}
    assert sum(one.slots == 3 for one in now) == pytest.approx(50, abs=2)
    import_rows(store, pairs(100, name="Later"), "seeded")
    import_rows(store, pairs(20, name="Other"), "other")
    later = [one for one in waiting(store) if one.instruction.text.startswith("Later")]
    assert sum(one.slots == 3 for one in later) == pytest.approx(25, abs=2)
    mine = {row["dataset"]: row for row in insights.overlaps(store)}["seeded"]
    assert (mine["share"], mine["slots"], mine["waiting"]) == (0.25, 3, 299)
    assert mine["several"] == sum(one.slots == 3 for one in now + later)
    assert {row["dataset"]: row["several"] for row in insights.overlaps(store)}["other"] == 0

    started = next(one for one in now if one.slots == 3)
    decide(store, journal, Leases(), request(started, "accept", "ada"))
    insights.set_overlap(store, "seeded", 0.0, 3)
    assert {one.slots for one in waiting(store)} == {1, 3}
    assert [one.id for one in waiting(store) if one.slots == 3] == [started.id]
    assert {row["dataset"]: row["slots"] for row in insights.overlaps(store)}["seeded"] == 1


@pytest.mark.parametrize(
    ("dataset", "share", "slots", "message"),
    [
        ("seeded", 1.5, 2, "share is a number between 0 and 1"),
        ("seeded", float("nan"), 2, "share is a number between 0 and 1"),
        ("seeded", 0.5, 10, "people is a whole number between 1 and 9"),
        ("seeded", 0.5, 0, "people is a whole number between 1 and 9"),
        ("unknown", 0.5, 2, "no data set of that name"),
    ],
)
def test_an_overlap_that_makes_no_sense_is_refused(
    store: Store, dataset: str, share: float, slots: int, message: str
) -> None:
    seed(store, 3)

    def ask() -> None:
        asked = SetOverlap.of({"dataset": dataset, "share": share, "slots": slots})
        insights.set_overlap(store, asked.dataset, asked.share, asked.slots)

    with pytest.raises(CitingError, match=message):
        ask()
    assert {one.slots for one in waiting(store)} == {1}


def in_order(store: Store, order: triage.Order, leases: Leases | None = None, **other: object) -> list[dict]:  # type: ignore[type-arg]
    values = {"annotator": "ada", "limit": 50, "without": []} | other
    return triage.queue(store, leases or Leases(), triage.Vectors(), order=order, **values)["items"]  # type: ignore[arg-type,no-any-return]


def test_small_edits_come_first_with_their_reason_and_large_ones_in_the_other_order(store: Store) -> None:
    rows = pairs(3)
    rows[0]["revision"] = "Something else altogether."
    rows[1]["revision"] = "Draft 1 is not so bad."
    import_rows(store, rows, "sized")
    first, second, third = waiting(store)
    fine, wrong = in_order(store, "likely fine"), in_order(store, "likely wrong")
    assert [one["id"] for one in fine] == [second.id, third.id, first.id]
    assert [one["id"] for one in wrong] == [first.id, third.id, second.id]
    assert (fine[0]["reason"], wrong[0]["reason"]) == ("small edit (17 %)", "large edit (78 %)")
    assert "reason" not in reviewing.queue(store, Leases(), "ada")["items"][0]


def test_what_resembles_rejected_items_comes_first_as_soon_as_they_are_rejected(store: Store, journal: Journal) -> None:
    found = seed(store, 24)
    with store.write() as cursor:  # every second instruction points another way
        vectors = np.array([[n % 2, 1 - n % 2] for n in range(24)], dtype=np.float32)
        instructions.add_embeddings(cursor, "embedder", [one.instruction.id for one in found], vectors)
    known = triage.Vectors()
    for one, kind in zip(found[:12], ["accept", "reject"] * 6, strict=True):
        decide(store, journal, Leases(), request(one, kind))  # type: ignore[arg-type]
    shown = triage.queue(store, Leases(), known, "ada", "likely wrong", 6, [])["items"]
    assert [one["id"] for one in shown] == [one.id for one in found[13::2]]
    assert shown[0]["reason"] == "nearer to the 6 rejected ones than most (+1.00)"
    again = triage.queue(store, Leases(), known, "ada", "likely fine", 6, [])["items"]
    assert [one["id"] for one in again] == [one.id for one in found[12::2]]
    assert again[0]["reason"] == "nearer to the 6 accepted ones than most (-1.00)"


def test_two_desks_in_the_same_order_do_not_show_the_same_open_items(store: Store, journal: Journal) -> None:
    found, leases = [one.id for one in seed(store, 6)], Leases()
    first = [one["id"] for one in in_order(store, "likely wrong", leases, limit=2)]
    second = [one["id"] for one in in_order(store, "likely wrong", leases, limit=4, annotator="bob")]
    assert sorted(first + second) == found
    assert in_order(store, "likely wrong", leases, annotator="cleo") == []
    held = in_order(store, "likely wrong", leases, limit=2, without=first[:1])
    assert [one["id"] for one in held] == first[1:]
