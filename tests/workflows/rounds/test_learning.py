"""Which decisions a round learns, and what happens to them when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.method.parts import part_of
from citing_app.store import decisions, instructions, learnable, rounds
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.reviewing import item
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training_set import ROWS_ELSEWHERE, gather
from tests.seeding import pairs, request, seed, waiting


def start(
    store: Store, number: int, decision_ids: list[str], answers: list[str] | None = None, parent: int | None = None
) -> None:
    spec: dict[str, Any] = {"round": number, "run_id": f"run {number}", "kind": "citing", "depth": 1}
    with store.write() as cursor:
        rounds.add(cursor, spec, parent, "ada", decision_ids, answers or [])


def end(store: Store, number: int, state: str) -> None:
    with store.write() as cursor:
        rounds.set_state(cursor, number, state, {"loss": 1.5} if state == "finished" else None)


def untrained(store: Store, limit: int | None = None) -> list[str]:
    with store.read() as cursor:
        return [pair.decision_id for pair in learnable.pairs(cursor, limit)]


@pytest.fixture
def accepted(store: Store, journal: Journal) -> list[str]:
    """The decisions on four accepted items, in the order they were made."""
    seed(store, 4)
    import_rows(store, pairs(3, "test"), "held out")
    accept_pending(store, journal, "ada")
    return untrained(store)


def test_a_round_learns_what_was_accepted_and_never_twice(store: Store, accepted: list[str]) -> None:
    assert len(accepted) == 4
    assert untrained(store, 2) == accepted[:2]
    start(store, 1, accepted[:3])
    assert untrained(store) == accepted[3:]
    end(store, 1, "finished")
    assert untrained(store) == accepted[3:]


@pytest.mark.parametrize("state", ["cancelled", "failed", "lost"])
def test_a_round_without_an_adapter_gives_its_decisions_back(store: Store, accepted: list[str], state: str) -> None:
    start(store, 1, accepted)
    assert untrained(store) == []
    end(store, 1, state)
    assert untrained(store) == accepted


def test_importing_a_finished_round_twice_does_nothing_the_second_time(store: Store, accepted: list[str]) -> None:
    start(store, 1, accepted)
    end(store, 1, "finished")
    with store.read() as cursor:
        once = rounds.all_rounds(cursor)
    end(store, 1, "finished")
    with store.read() as cursor:
        assert rounds.all_rounds(cursor) == once
    (row,) = once
    assert (row.number, row.state, row.items, row.result, row.started_by) == (1, "finished", 4, {"loss": 1.5}, "ada")


def test_undoing_a_learned_decision_changes_no_round_but_shows(
    store: Store, journal: Journal, accepted: list[str]
) -> None:
    start(store, 1, accepted)
    end(store, 1, "finished")
    with store.read() as cursor:
        newest = decisions.last_undoable(cursor, "ada")
    assert newest is not None
    assert item(store, newest.item_id)["learned_in"] == 1
    undo(store, journal, "ada", "undo-1", newest.item_id)
    with store.read() as cursor:
        assert rounds.all_rounds(cursor)[0].items == 4
    assert item(store, newest.item_id)["learned_in"] == 1
    (found,) = waiting(store)
    decide(store, journal, Leases(), request(found, "edit"))
    assert len(untrained(store)) == 1


def test_rounds_are_listed_newest_first_and_numbers_grow(store: Store) -> None:
    with store.read() as cursor:
        assert rounds.highest_number(cursor) == 0
    for number in (1, 2, 7):
        start(store, number, [])
    with store.read() as cursor:
        assert [row.number for row in rounds.all_rounds(cursor)] == [7, 2, 1]
        assert rounds.highest_number(cursor) == 7


def test_evaluation_rows_have_answers_and_were_learned_by_no_round(store: Store, accepted: list[str]) -> None:
    import_rows(store, [{"instruction": "No answer."}], "seeded")
    start(store, 1, accepted[:3])
    with store.read() as cursor:
        assert len(instructions.never_trained(cursor, "seeded", 100)) == 1
        assert len(instructions.never_trained(cursor, "held out", 100)) == 3
        assert {row.dataset for row in instructions.in_split(cursor, "test", 100)} == {"held out"}
        assert len(instructions.in_split(cursor, "test", 2)) == 2


def test_answers_that_a_round_learned_are_not_measured_on_until_it_gives_up(store: Store, accepted: list[str]) -> None:
    with store.read() as cursor:
        learned = [row.hash for row in instructions.never_trained(cursor, "seeded", 100)][:2]
    start(store, 1, [], learned)
    with store.read() as cursor:
        assert {row.hash for row in instructions.never_trained(cursor, "seeded", 100)}.isdisjoint(learned)
    end(store, 1, "cancelled")
    with store.read() as cursor:
        assert {row.hash for row in instructions.never_trained(cursor, "seeded", 100)} >= set(learned)


def test_no_round_is_held_to_answers_that_those_before_it_learned(store: Store, accepted: list[str]) -> None:
    import_rows(store, pairs(2, "validation"), "watched")
    assert len(gather(store, Choices()).validation) == 2 + 2  # as answers, and as revisions of their drafts
    with store.read() as cursor:
        first, second = (row.hash for row in instructions.in_split(cursor, "validation", 2))
    start(store, 1, [], [first, second])  # SFT with the validation answers
    start(store, 2, [], parent=1)
    start(store, 3, [], [second])
    for parent, expected in ((None, 4), (1, 0), (2, 0), (3, 2)):
        assert len(gather(store, Choices(parent=parent)).validation) == expected


def test_a_round_can_be_validated_on_the_dev_part_of_a_held_out_set(store: Store, accepted: list[str]) -> None:
    rows = [{"instruction": f"Elsewhere {n}?", "output": f"Answer {n}."} for n in range(3 * ROWS_ELSEWHERE)]
    import_rows(store, rows, "elsewhere", held_out=True)
    material = gather(store, Choices(validate_on="elsewhere"))
    assert len(material.validation) == ROWS_ELSEWHERE
    assert {part_of(row["instruction"]) for row in material.validation} == {"dev"}
    assert all(row["prompt"][0]["content"].startswith("Elsewhere ") for row in material.validation)
    assert (material.validates_on, material.patience, gather(store, Choices()).patience) == ("elsewhere · dev", 1, 0)
    assert gather(store, Choices(validate_on="elsewhere", patience=0)).patience == 0
    assert gather(store, Choices(kind="sft", with_validation=True, validate_on="elsewhere")).patience == 1


@pytest.mark.parametrize(
    ("dataset", "complaint"),
    [
        ("seeded", "“seeded” is not a held-out data set"),
        ("nowhere", "There is no data set nowhere"),
        ("silent", "no reference"),
    ],
)
def test_what_a_round_may_learn_or_has_no_answers_validates_none(
    store: Store, accepted: list[str], dataset: str, complaint: str
) -> None:
    import_rows(store, [{"instruction": "Nobody answered this."}], "silent", held_out=True)
    with pytest.raises(CitingError, match=complaint):
        gather(store, Choices(validate_on=dataset))


def test_how_fast_and_how_long_a_round_learns_is_the_kinds_unless_chosen(store: Store, accepted: list[str]) -> None:
    usual, chosen = gather(store, Choices()), gather(store, Choices(learning_rate=1e-4, epochs=5))
    assert (usual.learning_rate, usual.epochs) == (2e-4, 2)
    assert (chosen.learning_rate, chosen.epochs) == (1e-4, 5)
    assert gather(store, Choices(kind="sft")).epochs == 3
