"""The rule of what decisions make of an item has two bodies, Python for one and SQL for many: they always agree."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from contextlib import suppress

import pytest

from citing_app.errors import Refused
from citing_app.store import revisions, states
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.store.revisions import NewRevision
from citing_app.types import DecisionKind, Item, Person
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import reviewing
from citing_app.workflows.desk.batches import accept_items, undo_all
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import SendBack
from citing_app.workflows.desk.sending_back import send_back
from tests.seeding import count, item, pairs, request, seed

PEOPLE = ("ada", "bob", "cleo")
TEACHERS = ("imported", "one", "another")
KINDS: tuple[DecisionKind, ...] = ("accept", "edit", "reject", "skip")
ACTIONS = (*KINDS, *KINDS, "undo", "undo this", "send back", "send back", "revise", "batch", "undo batch", "slots")
ALL = """
SELECT id, state, version, decision_id, deciders, decided_at, revision_id, teacher, sent_to FROM items ORDER BY id
"""
DIFFERING = """
SELECT items.id, items.state, s.state FROM items JOIN item_states s ON s.id = items.id
LEFT JOIN sent_back b ON b.id = items.id
WHERE items.state <> s.state OR items.decision_id IS DISTINCT FROM s.decision_id OR items.deciders <> s.deciders
OR items.decided_at IS DISTINCT FROM s.decided_at OR items.sent_to <> coalesce(b.people, [])
"""


class History:
    """Random decisions of a few people on three items, so few that they disagree, settle and change what they said."""

    def __init__(self, store: Store, journal: Journal, number: int) -> None:
        self.store, self.journal = store, journal
        self.chance = random.Random(number)
        self.batches: list[tuple[str, str]] = []
        seed(store, 3)
        import_rows(store, pairs(1, "validation"), "held out")
        with store.read() as cursor:
            self.ids = [row[0] for row in cursor.execute("SELECT id FROM items ORDER BY id").fetchall()]
        with store.write() as cursor:
            for item_id in self.ids[1:3]:
                states.set_slots(cursor, item_id, self.chance.choice([2, 3]))

    def act(self, step: int) -> str:
        """Something that a person or a teacher does. Raises Refused where it cannot be done just now."""
        action, person = self.chance.choice(ACTIONS), self.chance.choice(PEOPLE)
        found = item(self.store, self.chance.choice(self.ids))
        if action == "undo":
            self.answered(undo(self.store, self.journal, person, uuid.uuid4().hex), person)
        elif action == "undo this":
            self.answered(undo(self.store, self.journal, person, uuid.uuid4().hex, found.id), person)
        elif action == "send back":
            asked = SendBack(item=found.id, to=self.chance.choice(PEOPLE), note="Again.", request_id=uuid.uuid4().hex)
            self.answered(send_back(self.store, self.journal, Person(person, "owner"), asked), person)
        elif action == "revise":
            with self.store.write() as cursor:
                new = NewRevision(found.id, f"Revision of step {step}.", self.chance.choice(TEACHERS))
                revisions.add(cursor, [new])
        elif action == "batch":
            self.batches.append((uuid.uuid4().hex, person))
            accept_items(self.store, self.journal, self.chance.sample(self.ids, 2), person, self.batches[-1][0])
        elif action == "undo batch" and self.batches:
            undo_all(self.store, self.journal, *self.chance.choice(self.batches))
        elif action == "slots" and found.state == "waiting":
            with self.store.write() as cursor:
                states.set_slots(cursor, found.id, max(found.slots, self.chance.choice([1, 2, 3])))
        elif action in KINDS:
            self.decide(found, action, person)
        return action

    def decide(self, found: Item, kind: DecisionKind, person: str) -> None:
        """On the revision shown or on another's; twice of three times the same text, so that people also agree."""
        chosen = self.chance.choice([None, *(other.id for other in found.others)])
        more = {"final_text": self.chance.choice(["Same.", "Same.", person])} if kind == "edit" else {}
        changes, settles = self.chance.random() < 0.7, self.chance.random() < 0.5
        asked = request(found, kind, person, revision=chosen, changes=changes, may_settle=settles, **more)
        self.answered(decide(self.store, self.journal, Leases(), asked), person)

    def answered(self, answer: dict, person: str) -> None:  # type: ignore[type-arg]
        """The answer, computed from what the decision read, is what reading the item afresh shows."""
        assert {**answer["item"], "origin": None} == reviewing.item(self.store, answer["item"]["id"], person)


@pytest.mark.parametrize("number", range(4))
def test_after_any_decisions_both_bodies_give_the_same_states(store: Store, journal: Journal, number: int) -> None:
    history = History(store, journal, number)
    done: Counter[str] = Counter()
    for step in range(70):
        with suppress(Refused):
            done[history.act(step)] += 1
        with store.read() as cursor:
            assert cursor.execute(DIFFERING).fetchall() == []
    with store.write() as cursor:
        before = cursor.execute(ALL).fetchall()
        assert states.rebuild_states(cursor) == 0
        assert cursor.execute(ALL).fetchall() == before
    assert done.total() > 25
    assert len(journal.read()) == count(store, "decisions")
