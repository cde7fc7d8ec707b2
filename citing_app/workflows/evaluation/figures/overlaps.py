"""Which instructions that a model is measured on also stand in what it learned, or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from citing_app.errors import CitingError
from citing_app.method.overlap import most_similar, near_duplicates, sharing_rare_words
from citing_app.store import answers, instructions, rounds, test_sets
from citing_app.store.database import Store
from citing_app.types import Instruction

_SHOWN = 10


class OverlapPair(TypedDict):
    """An instruction that is measured on and one that was learned, with their inputs; `ratio` is in [90, 100]."""

    kind: Literal["same", "near"]
    tested: str
    learned: str
    ratio: float


class TrainTestOverlap(TypedDict):
    """Of `n` instructions that are measured on, how many are among the `learned` ones, and how many resemble one.

    `exact` and `near` count an instruction once, in one of the two. `without_vector` of the `n` were looked up by their
    words alone. `pairs` are up to ten examples, the same ones first, then the closest.
    """

    n: int
    learned: int
    exact: int
    near: int
    without_vector: int
    pairs: list[OverlapPair]


def overlap_of(store: Store, embedder: str, test_set: str) -> TrainTestOverlap:
    """The overlap of a test set with what the rounds that answered it, or those they go on from, learned."""
    with store.read() as cursor:
        hashes = test_sets.hashes(cursor, test_set)
        numbers = [one.round for one in answers.models(cursor) if one.round is not None]
    if not hashes:
        raise CitingError("There is no test set of this name.")
    return overlap(store, embedder, hashes, numbers)


def overlap(store: Store, embedder: str, hashes: Sequence[str], numbers: Sequence[int]) -> TrainTestOverlap:
    """The overlap of these instructions (content hashes) with what these rounds, or rounds they go on from, learned.

    `embedder` is the name under which vectors are stored. Instructions that are not stored are left out.
    """
    with store.read() as cursor:
        tested = instructions.by_hash(cursor, hashes)
        learned = instructions.by_hash(cursor, rounds.learned_hashes(cursor, numbers))
        vectors = instructions.vectors(cursor, embedder, [row.id for row in [*tested, *learned]])
    known = {row.hash for row in learned}
    same = [row for row in tested if row.hash in known]
    others = [row for row in tested if row.hash not in known]
    near = near_duplicates(_texts(others), _texts(learned), _candidates(others, learned, vectors))
    pairs = [_pair("same", row, row, 100.0) for row in same[: _SHOWN // 2]]
    pairs += [_pair("near", others[one.tested], learned[one.trained], one.ratio) for one in near]
    return {
        "n": len(tested),
        "learned": len(learned),
        "exact": len(same),
        "near": len(near),
        "without_vector": sum(row.id not in vectors.places for row in tested),
        "pairs": pairs[:_SHOWN],
    }


def _candidates(
    tested: Sequence[Instruction], learned: Sequence[Instruction], vectors: instructions.Vectors
) -> list[set[int]]:
    """For each tested instruction the places of learned ones that may be its near-duplicates."""
    found = [set(places) for places in sharing_rare_words(_texts(tested), _texts(learned))]
    left, right = ([place for place, row in enumerate(rows) if row.id in vectors.places] for rows in (tested, learned))
    similar = most_similar(vectors.of(tested[one].id for one in left), vectors.of(learned[one].id for one in right))
    for place, row in zip(left, similar.tolist(), strict=True):
        found[place] |= {right[one] for one in row}
    return found


def _texts(rows: Sequence[Instruction]) -> list[str]:
    return ["\n".join(row.task.texts).strip() for row in rows]


def _pair(kind: Literal["same", "near"], tested: Instruction, learned: Instruction, ratio: float) -> OverlapPair:
    left, right = _texts([tested, learned])
    return {"kind": kind, "tested": left, "learned": right, "ratio": ratio}
