"""What undo takes back, however much was undone before."""

from __future__ import annotations

import uuid

import pytest

from citing_app.errors import Refused
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.types import Filter
from citing_app.workflows.desk.batches import decide_all, undo_all
from citing_app.workflows.desk.deciding import decide, undo
from citing_app.workflows.desk.leases import Leases
from tests.seeding import request, seed


def test_undo_finds_what_stands_below_a_whole_batch_that_was_undone(store: Store, journal: Journal) -> None:
    first, *_ = seed(store, 50)
    decide(store, journal, Leases(), request(first, "accept", "ada"))
    decide_all(store, journal, Leases(), Filter(), "reject", "ada", "bulk", 49)
    undo_all(store, journal, "bulk", "ada")
    undone = undo(store, journal, "ada", uuid.uuid4().hex)
    assert (undone["item"]["id"], undone["item"]["state"]) == (first.id, "waiting")
    with pytest.raises(Refused, match="nothing to undo"):
        undo(store, journal, "ada", uuid.uuid4().hex)


def test_a_skip_is_undone_only_until_someone_has_decided(store: Store, journal: Journal) -> None:
    first, second, *_ = seed(store, 3)
    decide(store, journal, Leases(), request(second, "accept", "ada"))
    decide(store, journal, Leases(), request(first, "skip", "ada"))
    decide(store, journal, Leases(), request(first, "accept", "bob"))
    assert undo(store, journal, "ada", uuid.uuid4().hex)["item"]["id"] == second.id
