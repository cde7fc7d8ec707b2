"""Questions of open pages: a newer one ends the older one of its page, and no other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.types import Filter
from citing_app.workflows.desk.browsing import Searches, count_view, page_view
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.desk.requests import ListItems
from tests.seeding import request, seed, waiting

ENDLESS = "SELECT sum(hash(range)) FROM range(1000000000000)"


def ask(searches: Searches, store: Store, person: str, page: str, query: str, begun: threading.Event) -> int:
    with searches.newest(store, person, page) as cursor:
        begun.set()
        row = cursor.execute(query).fetchone()
        assert row is not None
        return int(row[0])


def test_a_newer_question_of_the_same_page_ends_the_older_one_and_no_other(store: Store) -> None:
    searches, begun = Searches(), [threading.Event() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        older = pool.submit(ask, searches, store, "ada", "one", ENDLESS, begun[0])
        other = pool.submit(ask, searches, store, "bob", "one", ENDLESS, begun[1])
        assert all(event.wait(30) for event in begun)
        while not older.done():  # an interrupt that comes before the query has begun ends nothing
            assert ask(searches, store, "ada", "one", "SELECT 1", threading.Event()) == 1
        with pytest.raises(Cancelled):
            older.result()
        assert not other.done()
        while not other.done():
            assert ask(searches, store, "bob", "one", "SELECT 2", threading.Event()) == 2
        with pytest.raises(Cancelled):
            other.result()


def test_a_page_says_what_follows_and_how_many_there_are_only_where_it_is_all(store: Store, journal: Journal) -> None:
    first, *_ = seed(store, 5)
    decide(store, journal, Leases(), request(first, "reject", "ada"))
    with store.read() as cursor:
        half = page_view(cursor, Filter(), "oldest", None, "ada", 3)
        rest = page_view(cursor, Filter(), "oldest", half["next"], "ada", 3)
        whole = page_view(cursor, Filter(states=("rejected",)), "oldest", None, "ada")
        counted = count_view(cursor, Filter(), "ada")["counts"]
    assert [row["id"] for row in half["rows"] + rest["rows"]] == [1, 2, 3, 4, 5]
    assert (half["counts"], rest["counts"], rest["next"]) == (None, None, None)
    assert counted == {"all": 5, "waiting": 4, "unchanged": 0}
    assert len(waiting(store)) == 4
    assert whole["counts"] == {"all": 1, "waiting": 0, "unchanged": 0}
    assert [row["waits"] for row in half["rows"]] == [False, True, True]
    (row,) = whole["rows"]
    assert (row["state"], row["deciders"], row["draft"]) == ("rejected", ["ada"], first.draft)
    assert row["decided_at"].startswith("20")


def test_an_unknown_sort_is_a_sentence(store: Store) -> None:
    with pytest.raises(CitingError, match="sort is one of newest, oldest"):
        ListItems.of({"sort": "id; DROP TABLE items"})
