"""Figures and test sets: kept once, and of what was measured several times the newest counts."""

from __future__ import annotations

from dataclasses import replace

from citing_app.store import figures, test_sets
from citing_app.store.database import Cursor, Store
from citing_app.store.figures import Figure
from tests.seeding import count

ONE = Figure("m1", "h1", "a1", "draft", "rouge_l", "b1", 0.5)


def read(cursor: Cursor, *hashes: str) -> dict[tuple[str, str, str], tuple[list[int], list[float]]]:
    found = figures.series(cursor, hashes)
    return {(one.model, one.kind, one.metric): (one.places.tolist(), one.values.tolist()) for one in found}


def test_a_figure_is_kept_once_and_read_by_its_place(store: Store) -> None:
    others = [replace(ONE, model="m2", instruction_hash="h2"), replace(ONE, metric="loss", answer=None)]
    with store.write() as cursor:
        assert figures.add(cursor, [ONE, replace(ONE, value=0.9), *others]) == 3
        assert figures.add(cursor, [replace(ONE, value=0.7), *others]) == 0
    with store.read() as cursor:
        assert read(cursor, "h2", "h1") == {
            ("m1", "draft", "rouge_l"): ([1], [0.5]),
            ("m1", "draft", "loss"): ([1], [0.5]),
            ("m2", "draft", "rouge_l"): ([0], [0.5]),
        }
        assert [one.metric for one in figures.series(cursor, ["h1"], ["loss"])] == ["loss"]
        assert figures.series(cursor, []) == figures.series(cursor, ["h3"]) == []
        assert figures.known(cursor, "m1", ["h1"]) == {
            ("h1", "draft", "rouge_l", "a1", "b1"),
            ("h1", "draft", "loss", None, "b1"),
        }


def test_the_newest_answer_counts_and_the_newest_basis_for_every_model(store: Store) -> None:
    with store.write() as cursor:
        figures.add(cursor, [ONE, replace(ONE, model="m2", value=0.1), replace(ONE, instruction_hash="h2", value=0.2)])
        figures.add(cursor, [replace(ONE, answer="a2", value=0.6)])
    with store.read() as cursor:
        assert read(cursor, "h1", "h2")["m1", "draft", "rouge_l"] == ([0, 1], [0.6, 0.2])
    with store.write() as cursor:
        figures.add(cursor, [replace(ONE, basis="b2", value=0.7)])
    with store.read() as cursor:  # what m2 has of h1 was measured against other answers
        assert read(cursor, "h1", "h2") == {("m1", "draft", "rouge_l"): ([0, 1], [0.7, 0.2])}
    assert count(store, "figures") == 5


def test_a_list_is_frozen_once_for_each_name(store: Store) -> None:
    with store.write() as cursor:
        first = test_sets.freeze(cursor, "school", ["b", "a"], "school")
        assert test_sets.freeze(cursor, "school", ["b", "a"], "school") == first
        assert test_sets.freeze(cursor, "test split", ["b", "a"]) == first
        assert test_sets.freeze(cursor, "school", ["a", "b"], "school") != first
    with store.read() as cursor:
        kept = [(one.name, one.dataset, one.n) for one in test_sets.everything(cursor)]
        assert test_sets.hashes(cursor, first) == ["b", "a"]
        assert test_sets.hashes(cursor, first, 1) == ["b"]
    assert kept == [("school", "school", 2), ("test split", None, 2), ("school", "school", 2)]
