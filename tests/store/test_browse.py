"""Browsing by key with filters and search, and one decision on many items."""

from __future__ import annotations

import string
import unicodedata
from typing import Literal

import pytest

from citing_app.errors import CitingError, Refused
from citing_app.store import browse, curricula, learnable, states
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.types import Filter
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import reviewing
from citing_app.workflows.desk.batches import accept_pending, decide_all, undo_all
from citing_app.workflows.desk.deciding import decide
from citing_app.workflows.desk.leases import Leases
from tests.conversing import TURNS, add_conversation
from tests.seeding import count, item, pairs, request, seed, waiting

Form = Literal["NFC", "NFD"]


def found(store: Store, chosen: Filter, sort: str = "oldest") -> list[int]:
    with store.read() as cursor:
        ids, more = browse.page(cursor, chosen, sort, None, 1000)
        assert more is None
        assert browse.count(cursor, chosen, "nobody")[0] == len(ids)
    return ids


@pytest.mark.parametrize("sort", list(browse.SORTS))
def test_pages_by_key_hold_every_item_once_in_the_order_of_the_sort(store: Store, journal: Journal, sort: str) -> None:
    seed(store, 23)
    for one in waiting(store)[:7]:
        decide(store, journal, Leases(), request(one, "accept"))
    whole = found(store, Filter(), sort)
    assert sorted(whole) == list(range(1, 24))
    paged: list[int] = []
    key = None
    with store.read() as cursor:
        while True:
            ids, key = browse.page(cursor, Filter(), sort, key, 5)
            paged += ids
            if key is None:
                break
    assert paged == whole
    order = browse.SORTS[sort]
    with store.read() as cursor:
        query = f"SELECT items.id FROM items ORDER BY {order.column} {order.direction}, items.id {order.direction}"
        assert [row[0] for row in cursor.execute(query).fetchall()] == whole


def test_each_filter_lets_through_what_it_names(store: Store, journal: Journal) -> None:
    first, second, *_ = seed(store, 4)
    import_rows(store, pairs(1, "test", "Held"), "other")
    decide(store, journal, Leases(), request(first, "accept", "ada"))
    decide(store, journal, Leases(), request(second, "reject", "bob"))
    assert found(store, Filter(states=("accepted", "rejected"))) == [first.id, second.id]
    assert found(store, Filter(annotator="bob")) == [second.id]
    assert found(store, Filter(dataset="other", states=("held_out",))) == [5]
    assert found(store, Filter(dataset="other", states=("waiting",))) == []
    assert found(store, Filter(teacher="seeded")) == [1, 2, 3, 4]
    assert found(store, Filter(round=0)) == [1, 2, 3, 4, 5]
    assert found(store, Filter(round=1)) == []
    assert found(store, Filter(category="")) == [1, 2, 3, 4, 5]
    assert found(store, Filter(edit_size=(0.9, None))) == []
    assert found(store, Filter(edit_size=(0.01, 0.9))) == [1, 2, 3, 4, 5]
    with store.read() as cursor:
        held = browse.choices(cursor)
    assert (held["dataset"], held["annotator"]) == (["other", "seeded"], ["ada", "bob"])


def test_a_curriculum_is_a_filter_for_the_drafts_of_its_newest_round(store: Store) -> None:
    seed(store, 5)
    with store.write() as cursor:
        first, second = (curricula.add(cursor, {}, "ada") for _ in range(2))
        curricula.write_stage(cursor, first, 1, "draft", {"items": [1, 2]}, is_done=True)
        curricula.write_stage(cursor, first, 2, "sample", {"hashes": ["x"]}, is_done=True)
        curricula.write_stage(cursor, second, 1, "draft", {"items": [5]}, is_done=True)
    assert found(store, Filter(curriculum=first)) == [1, 2]
    assert found(store, Filter(curriculum=second)) == [5]
    with store.write() as cursor:
        curricula.write_stage(cursor, first, 2, "draft", {})
    assert found(store, Filter(curriculum=first)) == found(store, Filter(curriculum=99)) == []
    with store.write() as cursor:
        curricula.write_stage(cursor, first, 2, "draft", {"items": [3, 4]}, is_done=True)
    assert found(store, Filter(curriculum=first)) == [3, 4]
    with store.read() as cursor:
        assert browse.choices(cursor)["curriculum"] == [first, second]


def test_the_search_looks_at_every_text_in_any_case_and_takes_signs_as_they_are(store: Store, journal: Journal) -> None:
    rows = pairs(4)
    rows[0]["input"] = "An INPUT with 100% of it"
    rows[1]["draft"] = "drafted_thing"
    rows[2]["revision"] = "Änderung"
    import_rows(store, rows, "texts")
    (last,) = [one for one in waiting(store) if one.draft == rows[3]["draft"]]
    decide(store, journal, Leases(), request(last, "edit", final_text="Wholly 新的 text"))
    for text, row in [("input with 100%", 1), ("drafted_", 2), ("äNDER", 3), ("新的", 4), ("question", None)]:
        assert found(store, Filter(text=text)) == ([row] if row else [1, 2, 3, 4])
    assert found(store, Filter(text="d%g")) == []


def test_the_search_looks_into_earlier_turns_and_not_at_how_they_are_kept(store: Store) -> None:
    seed(store, 1)
    item_id = add_conversation(store, "Why?")
    for text in ("WINGS push", 'down; we say "lift".', "a pilot.\nWhat"):
        assert found(store, Filter(text=text)) == [item_id]
    assert found(store, Filter(text="assistant")) == found(store, Filter(text='"role"')) == []


@pytest.mark.parametrize("key", ["source", "a/b", "a~b", 'a"b', "$.x", "文", "0", "*", " ", "a.b"])
def test_items_are_found_by_their_rows_id_and_by_its_other_columns_as_text(store: Store, key: str) -> None:
    seed(store, 1)
    values = {key: ["wiki", 'it\'s "so"'], "difficulty": 3, "share": 0.5, "checked": True}
    one = add_conversation(store, "Why?", row_id="r-1", metadata=values)
    other = add_conversation(store, "How?", row_id="r-2", metadata={key: "wiki", "difficulty": 4})
    assert found(store, Filter(row_id="r-1")) == [one]
    assert found(store, Filter(row_id="r")) == []
    assert found(store, Filter(metadata_key=key)) == [one, other]
    assert found(store, Filter(metadata_key=key, metadata_value="wiki")) == [other]
    assert found(store, Filter(metadata_key="difficulty", metadata_value="3")) == [one]
    assert found(store, Filter(metadata_key="nothing")) == found(store, Filter(metadata_key=f"{key}x")) == []
    with store.read() as cursor:
        assert browse.choices(cursor)["metadata_key"] == sorted(values)
    shown = reviewing.item(store, one)
    assert shown["origin"]["id"] == "r-1"
    for name, value in shown["origin"]["metadata"].items():  # what is shown is what is found
        assert found(store, Filter(metadata_key=name, metadata_value=value)) == [one]
    assert shown["origin"]["metadata"] == {key: '["wiki","it\'s \\"so\\""]'} | {
        "difficulty": "3",
        "share": "0.5",
        "checked": "true",
    }


def test_an_item_shows_its_earlier_turns_and_one_whose_row_brought_nothing_has_no_origin(store: Store) -> None:
    (plain,) = seed(store, 1)
    item_id = add_conversation(store, "Why?")
    shown = reviewing.item(store, item_id)
    assert shown["turns"] == [{"role": turn.role, "content": turn.content} for turn in TURNS]
    assert reviewing.item(store, plain.id)["turns"] == []
    assert shown["origin"] is reviewing.item(store, plain.id)["origin"] is None


def test_a_search_finds_any_signs_as_they_are(store: Store, journal: Journal) -> None:
    rows = pairs(3)
    rows[0]["draft"] = f"all of them: {string.punctuation} and\ta tab"
    rows[1]["draft"] = "a line\nand another"
    import_rows(store, rows, "signs")
    for sign in string.punctuation.replace(".", ""):
        assert 1 in found(store, Filter(text=sign)), sign
    assert found(store, Filter(text=string.punctuation)) == found(store, Filter(text="AND\tA")) == [1]
    assert found(store, Filter(text="line\nand")) == [2]
    assert found(store, Filter(text="l.ne")) == []


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_search_goes_on_beyond_the_first_stretch_of_items(store: Store, sort: str) -> None:
    seed(store, 12)
    with store.write() as cursor:
        cursor.execute("UPDATE drafts SET item_id = item_id * 40000")
        cursor.execute("UPDATE revisions SET item_id = item_id * 40000")
        cursor.execute("UPDATE items SET id = id * 40000")
    everywhere = [40_000 * number for number in range(1, 13)]
    assert found(store, Filter(text="is bad"), sort) == sorted(everywhere, reverse=sort == "newest")
    assert found(store, Filter(text="draft 11 is good"), sort) == [480_000]
    paged: list[int] = []
    key = None
    with store.read() as cursor:
        while True:
            ids, key = browse.page(cursor, Filter(text="is bad"), sort, key, 5)
            paged += ids
            if key is None:
                break
    assert paged == found(store, Filter(text="is bad"), sort)


def test_many_items_are_decided_as_one_and_undone_as_one(store: Store, journal: Journal) -> None:
    seed(store, 9)
    kept = waiting(store)[0]
    decide(store, journal, Leases(), request(kept, "accept", "ada"))
    before = [one.id for one in waiting(store)]
    with pytest.raises(Refused, match="now holds 8 waiting items, not 9"):
        decide_all(store, journal, Leases(), Filter(), "reject", "ada", "bulk", 9)
    assert decide_all(store, journal, Leases(), Filter(), "reject", "ada", "bulk", 8) == {"batch": "bulk", "decided": 8}
    assert decide_all(store, journal, Leases(), Filter(), "reject", "ada", "bulk", 8) == {"batch": "bulk", "decided": 8}
    assert count(store, "decisions") == len(journal.read()) == 9
    decide(store, journal, Leases(), request(item(store, before[0]), "accept", "ada", changes=True))
    with pytest.raises(Refused, match="Nothing of this batch"):
        undo_all(store, journal, "bulk", "bob")
    assert undo_all(store, journal, "bulk", "ada")["undone"] == 7
    assert [one.id for one in waiting(store)] == before[1:]
    assert item(store, before[0]).state == item(store, kept.id).state == "accepted"
    with pytest.raises(Refused, match="Nothing of this batch"):
        undo_all(store, journal, "bulk", "ada")


def test_items_by_their_numbers_are_decided_as_one_and_undone_as_one(store: Store, journal: Journal) -> None:
    seed(store, 5)
    decide(store, journal, Leases(), request(item(store, 2), "accept", "ada"))
    chosen = Filter(items=(2, 3, 5, 99))
    assert found(store, chosen) == [2, 3, 5]
    with pytest.raises(Refused, match="now holds 2 waiting items, not 3"):
        decide_all(store, journal, Leases(), chosen, "reject", "ada", "ticked", 3)
    assert decide_all(store, journal, Leases(), chosen, "reject", "ada", "ticked", 2)["decided"] == 2
    assert [item(store, one).state for one in range(1, 6)] == ["waiting", "accepted", "rejected", "waiting", "rejected"]
    assert undo_all(store, journal, "ticked", "ada")["undone"] == 2
    assert [one.id for one in waiting(store)] == [1, 3, 4, 5]


def test_each_state_is_counted_as_if_the_filter_asked_for_it_alone(store: Store, journal: Journal) -> None:
    seed(store, 5)
    for one in (1, 2):
        decide(store, journal, Leases(), request(item(store, one), "accept", "ada"))
    with store.read() as cursor:
        counted = browse.count(cursor, Filter(states=("accepted",), items=(1, 2, 3)), "ada")
        nothing = browse.count(cursor, Filter(items=(99,)), "ada")
    assert counted == (2, 0, 0, {"accepted": 2, "waiting": 1})
    assert nothing == (0, 0, 0, {})


def test_a_batch_fills_ones_own_slots_only(store: Store, journal: Journal) -> None:
    seed(store, 3)
    with store.write() as cursor:
        states.set_slots(cursor, 2, 2)
    decide_all(store, journal, Leases(), Filter(), "accept", "ada", "bulk", 3)
    assert [item(store, one).state for one in (1, 2, 3)] == ["accepted", "waiting", "accepted"]
    with pytest.raises(CitingError, match="No item"):
        decide_all(store, journal, Leases(), Filter(), "accept", "ada", "again", 0)
    decide_all(store, journal, Leases(), Filter(), "accept", "bob", "bobs", 1)
    assert item(store, 2).state == "accepted"


@pytest.mark.parametrize("kind", ["edit", "skip", "undo"])
def test_a_batch_accepts_or_rejects(store: Store, journal: Journal, kind: str) -> None:
    seed(store, 2)
    with pytest.raises(CitingError, match="accepted or rejected"):
        decide_all(store, journal, Leases(), Filter(), kind, "ada", "bulk", 2)  # type: ignore[arg-type]


def test_a_batch_comes_back_from_the_journal_alone(
    store: Store, journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seed(store, 4)
    decide_all(store, journal, Leases(), Filter(), "accept", "ada", "bulk", 4)
    with Store(tmp_path_factory.mktemp("empty")) as empty:
        assert reconcile(empty, journal, DECISIONS) == (4, 0)
        assert undo_all(empty, journal, "bulk", "ada")["undone"] == 4


def test_accept_pending_accepts_everything_that_waits(store: Store, journal: Journal) -> None:
    seed(store, 7)
    import_rows(store, pairs(2, "validation"), "held out")
    assert accept_pending(store, journal, "script") == 7
    assert accept_pending(store, journal, "script") == 0
    with store.read() as cursor:
        counted = {state: number for state, number in states.counts(cursor).items() if number}
        assert counted == {"accepted": 7, "held_out": 2}
        assert len(learnable.pairs(cursor)) == 7
    assert {line["annotator"] for line in journal.read()} == {"script"}
    assert reviewing.item(store, 1)["final_text"] == "Draft 0 is good."


@pytest.mark.parametrize("text", ["café", "Tiếng Việt", "한국어", "naïve (Å)", "देवनागरी क़"])
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_composed_and_decomposed_characters_find_each_other(store: Store, text: str, stored: Form, asked: Form) -> None:
    other = {"instruction": "What else?", "output": "Nothing."}
    rows = [row | {"draft": f"Say {unicodedata.normalize(stored, text)}."} for row in pairs(1)]
    import_rows(store, [*rows, other], "accents")
    assert found(store, Filter(text=unicodedata.normalize(asked, text))) == [1]
    assert found(store, Filter(text=unicodedata.normalize(asked, text).upper())) == [1]
