"""Answers and comparisons: added once, and what was taken back no longer stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from citing_app.store import answers, comparisons, test_sets
from citing_app.store.answers import Answer, Model
from citing_app.store.comparisons import Preference, comparison_of
from citing_app.store.database import Store

NOW = datetime(2026, 11, 29, tzinfo=UTC)
ONE = Answer("k1", "m1", "h", "draft", "One 文 😀", "p", "greedy")


def test_an_answer_is_kept_once_and_the_newest_of_a_model_is_found(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.write() as cursor:
            answers.add_model(cursor, Model("m1", "base", "student"))
            answers.add_model(cursor, Model("m1", "base", "another student"))
            assert answers.add(cursor, [ONE, ONE]) == 1
            assert answers.add(cursor, [replace(ONE, text="changed"), replace(ONE, key="k2", text="Two")]) == 1
        with store.read() as cursor:
            assert answers.get(cursor, ["k1", "gone"]) == {"k1": ONE}
            assert answers.of_model(cursor, "m1", "draft", ["h"])["h"].text == "Two"
            assert [model.name for model in answers.models(cursor)] == ["base"]


def test_a_comparison_is_the_same_from_both_sides_and_an_undone_vote_no_longer_stands(tmp_path: Path) -> None:
    one, other = (comparison_of("h", "Say hello.", "", *keys) for keys in (("b", "a"), ("a", "b")))
    assert one == other
    vote = Preference("v1", one.id, "a", "vote", "ann", NOW, overall="left", articulate="tie")
    with Store(tmp_path) as store:
        with store.write() as cursor:
            comparisons.add(cursor, [one, other])
            comparisons.say(cursor, [vote, replace(vote, overall="right"), replace(vote, id="v2", author="ben")])
        with store.read() as cursor:
            assert comparisons.get(cursor, [one.id]) == {one.id: one}
            assert comparisons.standing(cursor) == [vote, replace(vote, id="v2", author="ben")]
        with store.write() as cursor:
            comparisons.say(cursor, [Preference("u1", one.id, "a", "vote", "ann", NOW, "undo", undoes="v1")])
        with store.read() as cursor:
            assert [one.id for one in comparisons.standing(cursor, [one.id])] == ["v2"]


def test_what_was_compared_on_last_comes_first(store: Store) -> None:
    def compared(hash: str, minutes: int) -> None:
        found = comparison_of(hash, hash, "", f"{hash} one", f"{hash} other")
        said = Preference(f"{hash} {minutes}", found.id, found.first, "judge", "j", NOW + timedelta(minutes=minutes))
        comparisons.add(cursor, [found])
        comparisons.say(cursor, [said])

    with store.write() as cursor:
        half, whole, other, _ = (test_sets.freeze(cursor, name, list(name)) for name in ("a", "ab", "c", "d"))
        compared("a", 1)
        compared("b", 1)
        assert comparisons.test_sets(cursor) == [whole, half]
        compared("c", 2)
        assert comparisons.test_sets(cursor) == [other, whole, half]
        compared("a", 3)
        assert comparisons.test_sets(cursor) == [half, whole, other]


def test_an_adapter_that_was_imported_again_is_one_model_with_two_names(store: Store) -> None:
    with store.write() as cursor:
        answers.add_model(cursor, Model("m1", "round 1", "student", "weights", 1))
        answers.add_model(cursor, Model("m1", "round 2", "student", "weights", 2))
    with store.read() as cursor:
        assert [(one.key, one.name) for one in answers.models(cursor)] == [("m1", "round 1"), ("m1", "round 2")]
