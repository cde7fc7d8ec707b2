"""Rubrics belong to people: versions, names that are retired, members that move, and what is stale by that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from citing_app.errors import CitingError, Refused
from citing_app.models.chat_model import Fault, Reply
from citing_app.store import browse, categories, decisions, instructions, items, learnable, rubrics
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.replay import DECISIONS
from citing_app.types import Assignment, Criterion, Filter, Rubric
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk import deciding
from citing_app.workflows.desk.leases import Leases
from citing_app.workflows.drafts.revising import failed_calls, retry, revise
from citing_app.workflows.rubrics import editing as people
from citing_app.workflows.rubrics import views
from tests.scripted_model import said
from tests.seeding import RUBRIC, count, item, pairs, request, waiting
from tests.workflows.drafts.test_revising import asked, drafts, job, part, teacher

OTHER = Rubric("reasoning", (Criterion("Sound", "It follows.", "It does not."),))
SHARPER = (Criterion("Accurate", "Every word is true.", "False."), RUBRIC.criteria[1])


@pytest.fixture
def taught(store: Store) -> Store:
    """Two categories: six members of the first and three of the second, each with a revised item that waits."""
    with store.write() as cursor:
        rubrics.add(cursor, RUBRIC, "Says why.")
        rubrics.add(cursor, OTHER, "Thinks.")
    for category, number in (("explaining", 6), ("reasoning", 3)):
        rows = [{**row, "draft": None, "revision": None, "category": category} for row in pairs(number, name=category)]
        import_rows(store, rows, category)
    with store.write() as cursor:
        ids = [row[0] for row in cursor.execute("SELECT id FROM instructions ORDER BY id").fetchall()]
        for one in instructions.get(cursor, ids):
            items.add_draft(cursor, one, f"Draft {one.id} is bad.", "base", None)
    revise(store, [teacher()], 100, job())
    return store


def best(prompt: str, times: int) -> Reply:
    return said(part(prompt, "draft").replace("bad", "best"))


def members(store: Store, category: str) -> list[int]:
    with store.read() as cursor:
        return [number for number, _ in categories.members(cursor, category)]


def stale(store: Store, category: str | None = None) -> list[int]:
    with store.read() as cursor:
        return rubrics.stale(cursor, category)


def newest(store: Store) -> dict[str, Rubric]:
    with store.read() as cursor:
        return rubrics.newest(cursor)


def categories_of(store: Store) -> list[str | None]:
    with store.read() as cursor:
        return [row[0] for row in cursor.execute("SELECT category FROM items ORDER BY id").fetchall()]


def edit(store: Store, criteria: Sequence[Criterion] = SHARPER, version: int = 1, author: str = "ada") -> Rubric:
    return people.edit(store, "explaining", version, criteria, "Says why.", author)


# -- editing ----------------------------------------------------------------------------------------------------------


def test_a_save_is_a_new_version_with_its_author_and_the_old_one_stays(taught: Store) -> None:
    saved = edit(taught)
    assert saved == Rubric("explaining", SHARPER, 2, "ada")
    assert newest(taught) == {"explaining": saved, "reasoning": OTHER}
    with taught.read() as cursor:
        kept = rubrics.versions(cursor, ["explaining"])
    assert [(one.rubric, one.description) for one in kept] == [(RUBRIC, "Says why."), (saved, "Says why.")]


def test_a_save_on_an_older_version_is_refused_with_who_and_when(taught: Store) -> None:
    edit(taught)
    with pytest.raises(Refused, match=r"ada saved version 2 at \d{4}-\d\d-\d\d .*UTC, and yours was made on version 1"):
        edit(taught, RUBRIC.criteria[:1], 1, "bob")
    assert newest(taught)["explaining"].author == "ada"
    with pytest.raises(Refused, match="ada saved version 2"):
        people.rename(taught, "explaining", 1, "other", "bob")
    with pytest.raises(Refused, match="ada saved version 2"):
        people.merge(taught, "reasoning", 1, "explaining", 1, "bob")
    with pytest.raises(Refused, match="ada saved version 2"):
        people.split(taught, "explaining", 1, "other", "", members(taught, "explaining")[:1], "bob")
    assert count(taught, "category_changes") == 0


def test_a_save_that_changes_nothing_or_is_no_rubric_makes_no_version(taught: Store) -> None:
    with pytest.raises(CitingError, match="Nothing has changed"):
        edit(taught, RUBRIC.criteria)
    with pytest.raises(CitingError, match="1 to 12 criteria"):
        edit(taught, [])
    with pytest.raises(CitingError, match="description has at most 500"):
        people.edit(taught, "explaining", 1, SHARPER, "x" * 501, "ada")
    with pytest.raises(CitingError, match="no category of this name"):
        people.edit(taught, "gone", 1, SHARPER, "", "ada")
    assert count(taught, "rubrics") == 2


def test_a_description_is_saved_with_a_version_and_makes_nothing_stale(taught: Store) -> None:
    people.edit(taught, "explaining", 1, RUBRIC.criteria, "  Says \n why, simply. ", "ada")
    (first, _) = views.overview(taught)["categories"]
    assert (first["description"], first["rubric"]["version"], first["stale"]) == ("Says why, simply.", 2, 0)
    edited, made = views.history(taught, "explaining")["events"]
    assert (edited["described"], edited["changes"], made["description"]) == (True, [], "Says why.")


# -- what is stale ----------------------------------------------------------------------------------------------------


def test_a_revision_says_what_it_was_written_against_and_an_edit_makes_it_stale(taught: Store) -> None:
    first, *rest = waiting(taught)
    assert (first.written_against, first.is_stale) == (("explaining", 1), False)
    assert stale(taught) == []
    edit(taught)
    assert stale(taught) == stale(taught, "explaining") == [one.id for one in [first, *rest][:6]]
    assert item(taught, first.id).is_stale
    view = views.overview(taught)
    assert [(one["name"], one["stale"]) for one in view["categories"]] == [("explaining", 6), ("reasoning", 0)]
    assert view["stale"] == 6
    with taught.read() as cursor:
        assert browse.count(cursor, Filter(stale=True), "ada")[0] == 6
        assert browse.count(cursor, Filter(stale=True, category="reasoning"), "ada")[0] == 0
        ids, _ = browse.page(cursor, Filter(stale=True), "oldest", None, 50)
    assert ids == stale(taught)
    edit(taught, RUBRIC.criteria, 2)  # as it was: what was written against these words fits them again
    assert stale(taught) == []


def test_what_is_decided_or_came_with_an_import_is_never_stale(taught: Store, journal: Journal) -> None:
    import_rows(taught, [{**row, "category": "explaining"} for row in pairs(1, name="imported")], "imported")
    first = waiting(taught)[0]
    deciding.decide(taught, journal, Leases(), request(first, "accept"))
    edit(taught)
    assert first.id not in stale(taught)
    assert len(stale(taught)) == 5
    imported = waiting(taught)[-1]
    assert (imported.revision_author, imported.written_against, imported.is_stale) == ("imported", None, False)


def test_stale_items_named_are_revised_again_and_no_others(taught: Store) -> None:
    edit(taught)
    scripted = teacher(best)
    assert revise(taught, [scripted], 100, job()) == {}  # unnamed, only drafts without a revision are revised
    everything = [one.id for one in waiting(taught)]
    assert revise(taught, [scripted], 100, job(), everything) == {"ok": 6}
    assert sorted(part(prompt, "draft") for prompt in asked(scripted)) == [f"Draft {n} is bad." for n in range(1, 7)]
    assert all(SHARPER[0].good in part(prompt, "rubric") for prompt in asked(scripted))
    assert stale(taught) == []
    again = item(taught, everything[0])
    assert (again.revision, again.written_against) == ("Draft 1 is best.", ("explaining", 2))
    assert again.version == 3
    assert revise(taught, [scripted], 100, job(), everything) == {}  # a second time nothing is left to pay for


def test_the_same_revision_again_is_one_and_not_stale(taught: Store) -> None:
    edit(taught)
    before = [(one.version, one.revision_id) for one in waiting(taught)]
    assert revise(taught, [teacher()], 100, job(), stale(taught)) == {"ok": 6}
    assert stale(taught) == []
    assert [(one.version, one.revision_id) for one in waiting(taught)] == before
    assert count(taught, "revisions") == 9


def test_an_earlier_revision_written_again_is_shown_again(taught: Store) -> None:
    edit(taught)
    first = waiting(taught)[0]
    revise(taught, [teacher(best)], 1, job(), [first.id])
    edit(taught, [SHARPER[0]], 2)
    revise(taught, [teacher()], 1, job(), [first.id])
    now = item(taught, first.id)
    assert (now.revision, now.revision_id, now.is_stale) == (first.revision, first.revision_id, False)
    assert now.version > first.version
    assert now.others == ()  # the same teacher's later text is no second opinion


def test_a_reply_for_an_item_decided_meanwhile_is_kept_and_changes_nothing_shown(
    taught: Store, journal: Journal
) -> None:
    edit(taught)
    first = waiting(taught)[0]

    def answer(prompt: str, times: int) -> Reply:
        deciding.decide(taught, journal, Leases(), request(first, "accept"))
        return said("Too late.")

    revise(taught, [teacher(answer)], 1, job(), [first.id])
    now = item(taught, first.id)
    assert (now.state, now.final_text, now.revision_id) == ("accepted", first.revision, first.revision_id)
    assert count(taught, "revisions") == 10


def test_a_failed_second_revision_is_told_and_leaves_the_first(taught: Store) -> None:
    edit(taught)
    first = waiting(taught)[0]
    cut = teacher(lambda prompt, times: Reply("The sky", "length", False, 1, 1))
    revise(taught, [cut], 1, job(), [first.id])
    assert [(one.item_id, one.outcome) for one in failed_calls(taught)] == [(first.id, "truncated")]
    assert item(taught, first.id).revision == first.revision
    assert first.id in stale(taught)
    assert retry(taught, [teacher()], job()) == {"ok": 1}
    assert failed_calls(taught) == []


# -- rename, merge, split, move ---------------------------------------------------------------------------------------


def assign_to(store: Store, category: str, runner_up: str | None) -> int:
    """An assigned instruction with an item; the item."""
    import_rows(store, pairs(1, name="assigned"), "assigned")
    with store.write() as cursor:
        (found,) = cursor.execute("SELECT max(id) FROM instructions").fetchall()
        instructions.replace_assignments(cursor, [(found[0], Assignment(category, 0.5, runner_up, 0.4))])
    return waiting(store)[-1].id


def test_a_rename_retires_the_name_and_takes_everything_along(taught: Store, journal: Journal) -> None:
    first = waiting(taught)[0]
    deciding.decide(taught, journal, Leases(), request(first, "accept"))
    edit(taught)
    assigned = assign_to(taught, "explaining", "reasoning")
    before = members(taught, "explaining")
    stale_before = stale(taught)
    assert people.rename(taught, "explaining", 2, "  making clear ", "bob") == "making clear"
    assert members(taught, "making clear") == before
    assert newest(taught) == {"making clear": Rubric("making clear", SHARPER, 1, "bob"), "reasoning": OTHER}
    assert [one["name"] for one in views.overview(taught)["categories"]] == ["making clear", "reasoning"]
    assert item(taught, assigned).assignment == Assignment("making clear", 0.5, "reasoning", pytest.approx(0.4))
    assert set(categories_of(taught)) == {"making clear", "reasoning"}
    assert stale(taught) == stale_before  # no word of the rubric is another: nothing more is stale, and nothing less
    with taught.read() as cursor:
        (line,) = decisions.journal_lines(cursor, decisions.ids(cursor))
    assert (line["rubric"]["category"], line["rubric"]["version"]) == ("explaining", 1)
    assert line["rubric"]["criteria"][0]["good"] == "True."


def test_what_is_retired_can_be_neither_edited_nor_used_again(taught: Store) -> None:
    people.rename(taught, "explaining", 1, "clarity", "bob")
    with pytest.raises(Refused, match="bob renamed this category at"):
        edit(taught)
    for name in ("explaining", "Clarity", "REASONING"):
        with pytest.raises(CitingError, match="has or had this name"):
            people.rename(taught, "clarity", 1, name, "bob")
    people.merge(taught, "clarity", 1, "reasoning", 1, "eve")
    with pytest.raises(Refused, match="eve merged this category into another one"):
        people.merge(taught, "reasoning", 1, "clarity", 1, "bob")
    with pytest.raises(CitingError, match="into another one; choose"):
        people.merge(taught, "reasoning", 1, "reasoning", 1, "bob")


def test_rows_and_assignments_that_name_a_retired_category_go_where_it_led(taught: Store) -> None:
    people.rename(taught, "explaining", 1, "clarity", "bob")
    people.merge(taught, "clarity", 1, "reasoning", 1, "bob")
    import_rows(taught, [{"instruction": "Why, late?", "output": "So.", "category": "explaining"}], "late")
    assert len(members(taught, "reasoning")) == 10
    found = item(taught, assign_to(taught, "explaining", "clarity"))  # as computed before both changes
    assert found.assignment == Assignment("reasoning", 0.5, None, 0.0)
    assert found.rubric == OTHER


def test_a_merge_moves_members_and_makes_their_revisions_stale(taught: Store) -> None:
    assert people.merge(taught, "explaining", 1, "reasoning", 1, "bob") == 6
    assert set(categories_of(taught)) == {"reasoning"}
    assert len(members(taught, "reasoning")) == 9
    assert stale(taught) == stale(taught, "reasoning") == [one.id for one in waiting(taught)[:6]]
    assert newest(taught) == {"reasoning": OTHER}


def test_a_split_makes_a_category_with_a_copy_of_the_rubric(taught: Store) -> None:
    edit(taught)
    revise(taught, [teacher()], 100, job(), stale(taught))
    before = members(taught, "explaining")
    assert people.split(taught, "explaining", 2, "whys", "Asks why.", before[:2], "bob") == "whys"
    assert (members(taught, "whys"), members(taught, "explaining")) == (before[:2], before[2:])
    assert newest(taught)["whys"] == Rubric("whys", SHARPER, 1, "bob")
    assert categories_of(taught)[:3] == ["whys", "whys", "explaining"]
    assert stale(taught) == []
    whys = views.overview(taught)["categories"][2]
    assert (whys["description"], whys["members"]) == ("Asks why.", 2)
    with taught.read() as cursor:
        query = "SELECT DISTINCT sorted_by FROM category_members WHERE category = 'whys'"
        assert cursor.execute(query).fetchall() == [("bob",)]


def test_members_move_and_somebody_must_stay(taught: Store) -> None:
    before = members(taught, "explaining")
    assert people.move(taught, "explaining", 1, before[:2], "reasoning", 1, "bob") == 2
    assert members(taught, "reasoning")[:2] == before[:2]
    assert len(stale(taught, "reasoning")) == 2
    with pytest.raises(Refused, match="have been moved meanwhile"):
        people.move(taught, "explaining", 1, before[1:3], "reasoning", 1, "ada")
    with pytest.raises(CitingError, match="Leave at least one member"):
        people.split(taught, "explaining", 1, "all", "", before[2:], "ada")
    with pytest.raises(CitingError, match="at least one member"):
        people.split(taught, "explaining", 1, "none", "", [], "ada")
    with pytest.raises(CitingError, match="to another category"):
        people.move(taught, "explaining", 1, before[2:3], "explaining", 1, "ada")
    assert "all" not in newest(taught)


# -- history and members ----------------------------------------------------------------------------------------------


def test_the_history_goes_back_through_names_and_says_what_changed(taught: Store) -> None:
    edit(taught)
    people.rename(taught, "explaining", 2, "clarity", "bob")
    people.edit(taught, "clarity", 1, SHARPER[:1], "Says why.", "eve")
    people.merge(taught, "reasoning", 1, "clarity", 2, "eve")
    events = views.history(taught, "clarity")["events"]
    told = [(one["kind"], one.get("category") or one["source"], one["version"], one["by"]) for one in events]
    assert told[:2] == [("merge", "reasoning", 1, "eve"), ("version", "clarity", 2, "eve")]
    assert set(told[2:4]) == {("version", "clarity", 1, "bob"), ("rename", "explaining", 2, "bob")}
    assert told[4] == ("version", "explaining", 2, "ada")
    assert set(told[5:]) == {("version", "explaining", 1, "bundled"), ("version", "reasoning", 1, "bundled")}
    assert [(one["kind"], one["name"]) for one in events[1]["changes"]] == [("removed", "Short")]
    assert [(one["kind"], one["name"]) for one in events[4]["changes"]] == [("changed", "Accurate")]
    with pytest.raises(CitingError, match="no category of this name"):
        views.history(taught, "nothing")


def test_the_history_of_a_split_off_category_ends_its_origin_where_they_parted(taught: Store) -> None:
    people.split(taught, "explaining", 1, "whys", "", members(taught, "explaining")[:2], "bob")
    edit(taught)
    told = [(one["kind"], one.get("category")) for one in views.history(taught, "whys")["events"]]
    assert ("version", "explaining") in told
    assert len(told) == 3  # not what happened to the origin afterwards
    assert [one["kind"] for one in views.history(taught, "explaining")["events"]] == [
        "version",
        "split",
        "version",
    ]


def test_members_come_in_two_groups_where_their_vectors_do(taught: Store) -> None:
    plain = views.members(taught, "explaining")
    assert [one["group"] for one in plain["members"]] == [None] * 6
    assert plain["left_out"] == 0
    ids = members(taught, "explaining")
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 0, 1, 0]]
    with taught.write() as cursor:
        instructions.add_embeddings(cursor, "e", ids, vectors)
    found = views.members(taught, "explaining")["members"]
    assert {one["id"]: one["group"] for one in found} == dict(zip(ids, [0, 0, 1, 0, 1, 0], strict=True))
    assert [one["group"] for one in found] == [0, 0, 0, 0, 1, 1]
    assert all(one["text"] for one in found)


# -- the journal ------------------------------------------------------------------------------------------------------


def test_a_journal_that_names_retired_categories_replays_into_an_empty_store(
    taught: Store, journal: Journal, tmp_path: Path
) -> None:
    first, second, third, *_ = waiting(taught)
    deciding.decide(taught, journal, Leases(), request(first, "accept"))
    people.rename(taught, "explaining", 1, "clarity", "bob")
    people.edit(taught, "clarity", 1, SHARPER, "", "bob")
    deciding.decide(taught, journal, Leases(), request(second, "accept"))
    people.merge(taught, "clarity", 2, "reasoning", 1, "bob")
    deciding.decide(taught, journal, Leases(), request(third, "reject"))
    with taught.read() as cursor:
        learned = [pair.rubric and (pair.rubric.category, pair.rubric.version) for pair in learnable.pairs(cursor)]
    assert learned == [("explaining", 1), ("clarity", 2)]
    other = Journal(tmp_path / "other")
    other.path.write_bytes(journal.path.read_bytes())
    with Store(tmp_path / "other") as empty:
        assert reconcile(empty, other, DECISIONS) == (3, 0)
        with empty.read() as cursor:
            again = [pair.rubric and (pair.rubric.category, pair.rubric.version) for pair in learnable.pairs(cursor)]
        assert again == learned
        assert stale(empty) == []


def test_a_line_on_a_category_retired_here_is_replayed_and_brings_it_not_back(taught: Store, journal: Journal) -> None:
    first = waiting(taught)[0]
    deciding.decide(taught, journal, Leases(), request(first, "accept"))
    people.rename(taught, "explaining", 1, "clarity", "bob")
    with taught.write() as cursor:
        cursor.execute("DELETE FROM decisions")  # as a restored older database would lack it
    assert reconcile(taught, journal, DECISIONS) == (1, 0)
    assert set(newest(taught)) == {"clarity", "reasoning"}
    assert item(taught, first.id).state == "accepted"


def test_the_bundled_names_stay_retired_at_every_import(taught: Store) -> None:
    people.rename(taught, "explaining", 1, "clarity", "bob")
    with taught.write() as cursor:
        rubrics.add(cursor, RUBRIC, "Says why.")  # as every start does
    assert set(newest(taught)) == {"clarity", "reasoning"}


def test_failures_of_items_that_are_not_stale_any_more_are_not_listed(taught: Store) -> None:
    edit(taught)
    first = waiting(taught)[0]
    revise(taught, [teacher(lambda prompt, times: Fault("final", "No."))], 1, job(), [first.id])
    assert len(failed_calls(taught)) == 1
    edit(taught, RUBRIC.criteria, 2)
    assert failed_calls(taught) == []


def test_drafts_without_a_revision_are_revised_as_before(store: Store) -> None:
    ids = drafts(store, 2)
    assert revise(store, [teacher()], 100, job(), ids[:1]) == {"ok": 1}
    assert [one.written_against for one in waiting(store)] == [None]  # no rubric was there to write against
