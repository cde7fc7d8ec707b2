"""What is measured on beside what rounds learned: the same instructions, near-duplicates, and examples of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from citing_app.method.identity import content_hash
from citing_app.store import instructions, rounds
from citing_app.store.database import Store
from citing_app.store.journal import Journal
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.evaluation.figures.overlaps import TrainTestOverlap, overlap
from tests.seeding import pairs

EMBEDDER = "scripted"
LEARNED = [
    {"instruction": "Summarise the text.", "input": "Kubdari is a dish from Georgia, filled with meat.", "output": "x"},
    {"instruction": "Name the planet that is closest to the sun.", "output": "Mercury"},
    {"instruction": "What is the capital of France?", "output": "Paris"},
]
TESTED = [
    {"instruction": "Summarise the text.", "input": "Kubdari is a dish of Georgia, filled with meat.", "output": "x"},
    {"instruction": "Summarise the text.", "input": "Canjeero is flat bread.", "output": "x"},
    {"instruction": "Name the planet that is the closest to the sun", "output": "Mercury"},
    {"instruction": "Translate: sun", "output": "Sonne"},
]


def hashes(rows: list[dict[str, str]]) -> list[str]:
    return [content_hash(row["instruction"], row.get("input", "")) for row in rows]


def learn(
    store: Store, number: int, parent: int | None, answers: list[str], decisions: list[str] | None = None
) -> None:
    spec: dict[str, Any] = {"round": number, "run_id": str(number), "kind": "sft", "depth": 1}
    with store.write() as cursor:
        rounds.add(cursor, spec, parent, "ada", decisions or [], answers)


@pytest.fixture
def filled(store: Store) -> Store:
    """Round 1 learned the first of LEARNED and round 2, which goes on from it, the second; round 3 the third alone."""
    import_rows(store, [*LEARNED, *TESTED], "set")
    for number, (parent, value) in enumerate(zip((None, 1, None), hashes(LEARNED), strict=True), start=1):
        learn(store, number, parent, [value])
    return store


def seen(view: TrainTestOverlap) -> list[tuple[str, str, str]]:
    return [(pair["kind"], pair["tested"], pair["learned"]) for pair in view["pairs"]]


def test_the_same_and_the_nearly_same_are_counted_and_shown(filled: Store) -> None:
    view = overlap(filled, EMBEDDER, hashes([LEARNED[1], *TESTED]), [2])
    assert (view["n"], view["learned"], view["exact"], view["near"], view["without_vector"]) == (5, 2, 1, 2, 5)
    kinds = [kind for kind, _, _ in seen(view)]
    assert kinds == ["same", "near", "near"]
    text = "Summarise the text.\nKubdari is a dish {} Georgia, filled with meat."
    assert ("near", text.format("of"), text.format("from")) in seen(view)
    assert {pair["ratio"] for pair in view["pairs"][:1]} == {100.0}


def test_only_what_these_rounds_and_those_before_them_learned_counts(filled: Store) -> None:
    assert overlap(filled, EMBEDDER, hashes(LEARNED), [1])["exact"] == 1
    assert overlap(filled, EMBEDDER, hashes(LEARNED), [2])["exact"] == 2
    assert overlap(filled, EMBEDDER, hashes(LEARNED), [2, 3])["exact"] == 3
    assert overlap(filled, EMBEDDER, hashes(LEARNED), [])["exact"] == 0


def test_what_was_learned_of_accepted_revisions_counts(store: Store, journal: Journal) -> None:
    import_rows(store, pairs(2), "set")
    accept_pending(store, journal, "ada")
    with store.read() as cursor:
        ids = [row[0] for row in cursor.execute("SELECT id FROM decisions ORDER BY number").fetchall()]
        values = [row[0] for row in cursor.execute("SELECT hash FROM instructions ORDER BY id").fetchall()]
    learn(store, 1, None, [], ids[:1])
    view = overlap(store, EMBEDDER, values, [1])
    assert (view["n"], view["learned"], view["exact"], view["near"]) == (2, 1, 1, 1)


def test_vectors_find_what_shares_no_rare_word(store: Store) -> None:
    common = [{"instruction": f"Name a sun {number}", "output": "x"} for number in range(1500)]
    for row in common:
        row["instruction"] += " planet close to it"
    common[700] = {"instruction": "planet close to it Name a sun", "output": "x"}
    import_rows(store, [*common, {"instruction": "Name a sun planet close to it", "output": "x"}], "set")
    tested = [content_hash("Name a sun planet close to it", "")]
    learn(store, 1, None, [content_hash(row["instruction"], "") for row in common])
    assert overlap(store, EMBEDDER, tested, [1])["near"] == 0
    with store.write() as cursor:
        vectors = np.tile(np.array([[0.0, 1.0]], dtype=np.float32), (1501, 1))
        vectors[[700, 1500]] = [1.0, 0.0]
        instructions.add_embeddings(cursor, EMBEDDER, list(range(1, 1502)), vectors)
    view = overlap(store, EMBEDDER, tested, [1])
    assert (view["near"], view["without_vector"], view["pairs"][0]["ratio"]) == (1, 0, 100.0)
    assert view["pairs"][0]["learned"] == "planet close to it Name a sun"


def test_no_more_than_ten_pairs_are_shown(store: Store) -> None:
    rows = [{"instruction": f"Name the colour of number {number}.", "output": "x"} for number in range(40)]
    import_rows(store, rows, "set")
    learn(store, 1, None, hashes(rows[:20]))
    view = overlap(store, EMBEDDER, hashes(rows), [1])
    assert (view["exact"], view["near"], len(view["pairs"])) == (20, 20, 10)
    assert [pair["kind"] for pair in view["pairs"]] == ["same"] * 5 + ["near"] * 5


def test_an_empty_test_set_overlaps_with_nothing(filled: Store) -> None:
    assert overlap(filled, EMBEDDER, ["unknown"], [1]) == {
        **{"n": 0, "learned": 1, "exact": 0, "near": 0, "without_vector": 0},
        "pairs": [],
    }
