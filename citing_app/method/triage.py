"""Which waiting revisions a person is likely to accept and which to reject, from three plain signs.

The signs are the size of the edit, the distance from the rubric, and whether the instruction is more like those whose
revisions were rejected than like those accepted (a difference of mean inner products, as in paper §3.1). Each sign of
a waiting revision becomes its rank among all that wait, from −1 to 1, times the sign's weight: how well it has told
rejected from accepted revisions so far. The sum is the score. docs/desk.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Order = Literal["queue", "likely fine", "likely wrong"]
Sign = Literal["edit", "rubric", "likeness"]
Numbers = npt.NDArray[np.float64]
SIGNS: tuple[Sign, ...] = ("edit", "rubric", "likeness")
_PRIOR = 0.2
_PRIOR_COUNT = 5
"""Before anything is decided each sign weighs as one with this power would, seen on so many decisions of a kind."""


@dataclass(frozen=True)
class Revisions:
    """What is known of n revisions: edit size and rubric similarity (NaN: unknown), and the instructions' vectors.

    The arrays have shape [n], `vectors` [n, dimensions] with rows of length 1, or of zeros where there is none.
    """

    edit_size: Numbers
    similarity: Numbers
    vectors: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scores:
    """The signs of n waiting revisions, each larger where it speaks for rejecting: `values` and `ranks`, shape [n, 3].

    A value is NaN and its rank 0 where it is unknown. `weights` [3] are what the signs are worth, and `rejected` and
    `accepted` count the decided revisions that the likeness is taken to.
    """

    values: Numbers
    ranks: Numbers
    weights: Numbers
    rejected: int
    accepted: int

    def order(self, wanted: Order) -> npt.NDArray[np.intp]:
        """The waiting revisions' positions, the wanted ones first; equal ones keep their order."""
        total = self.ranks @ self.weights
        return np.argsort(-total if wanted == "likely wrong" else total, kind="stable")

    def strongest(self, row: int, wanted: Order) -> Sign | None:
        """The sign that speaks most for the revision's place; None where none does."""
        towards = self.ranks[row] * self.weights * (1 if wanted == "likely wrong" else -1)
        best = int(np.argmax(towards))
        return SIGNS[best] if towards[best] > 0 else None


def score(waiting: Revisions, decided: Revisions, rejected: npt.NDArray[np.bool_]) -> Scores:
    """Scores of the waiting revisions; `rejected` [m] says which of the m decided ones were."""
    usable = decided.vectors.any(axis=1)
    seen, bad = decided.vectors[usable], rejected[usable]
    values = _signs(waiting, likeness(waiting.vectors, seen, bad))
    own = np.full(len(rejected), np.nan)
    own[usable] = likeness_to_others(seen, bad)
    weights = _weights(_signs(decided, own), rejected)
    ranks = np.column_stack([_ranks(column) for column in values.T])
    return Scores(values, ranks, weights, int(bad.sum()), int((~bad).sum()))


def likeness(
    vectors: npt.NDArray[np.float32], decided: npt.NDArray[np.float32], rejected: npt.NDArray[np.bool_]
) -> Numbers:
    """Mean inner product with the rejected minus that with the accepted, shape [n]; NaN where one is missing."""
    unknown = np.full(len(vectors), np.nan)
    if rejected.all() or not rejected.any():
        return unknown
    direction = decided[rejected].mean(axis=0) - decided[~rejected].mean(axis=0)
    return np.where(vectors.any(axis=1), vectors @ direction, unknown)


def likeness_to_others(decided: npt.NDArray[np.float32], rejected: npt.NDArray[np.bool_]) -> Numbers:
    """The likeness of each decided one without its own part in the means, shape [m]; NaN with fewer than two of a kind.

    With x a unit vector among n of mean m: ⟨x, (n m − x)/(n − 1)⟩ = (n⟨x, m⟩ − 1)/(n − 1).
    """
    counts = [int((~rejected).sum()), int(rejected.sum())]
    if min(counts) < 2:
        return np.full(len(decided), np.nan)
    sums = [decided @ decided[kind].sum(axis=0) for kind in (~rejected, rejected)]
    to_accepted, to_rejected = (
        (total - own) / (count - own)
        for total, count, own in zip(sums, counts, (~rejected, rejected.astype(int)), strict=True)
    )
    return np.asarray(to_rejected - to_accepted, dtype=np.float64)


def _signs(revisions: Revisions, likeness: Numbers) -> Numbers:
    """The three signs, shape [n, 3], each larger where it speaks for rejecting."""
    return np.column_stack([revisions.edit_size, -revisions.similarity, likeness])


def _weights(signs: Numbers, rejected: npt.NDArray[np.bool_]) -> Numbers:
    """What each sign is worth, in [−1, 1]: its power on the decided revisions, drawn to the prior where these are few.

    The power is 2 AUC − 1: 1 tells all rejected from all accepted, 0 none, and below 0 the sign speaks for accepting.
    It is squared, so that a sign that tells nothing does not blur one that does.
    """
    few = min(int(rejected.sum()), int((~rejected).sum()))
    powers = np.array([_power(column, rejected) for column in signs.T])
    drawn = (_PRIOR * _PRIOR_COUNT + powers * few) / (_PRIOR_COUNT + few)
    drawn[SIGNS.index("likeness")] = max(0.0, drawn[SIGNS.index("likeness")])
    return np.asarray(drawn * np.abs(drawn))


def _power(values: Numbers, rejected: npt.NDArray[np.bool_]) -> float:
    known = ~np.isnan(values)
    ranks, bad = _ranks(values[known]), rejected[known]
    if bad.all() or not bad.any():
        return 0.0
    return float(ranks[bad].mean() - ranks[~bad].mean())  # for ranks in [−1, 1] this is 2 AUC − 1


def _ranks(values: Numbers) -> Numbers:
    """Ranks among the known values, even from −1 to 1; equal values share theirs, and an unknown one has 0."""
    known = ~np.isnan(values)
    ranks = np.zeros(len(values))
    _, places, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2
    ranks[known] = 2 * middles[places] / max(1, int(known.sum())) - 1
    return ranks
