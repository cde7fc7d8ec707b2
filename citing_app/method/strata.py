"""A stratified sample: of everything that a data set holds, a few, so that what is rare is among them too.

Rows stand in the order of their content hashes, a fixed shuffle. So nothing here needs chance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

STRATA = 40
_LENGTH_STRATA = 10


def by_meaning(vectors: npt.NDArray[np.float32], most: int = STRATA) -> list[int]:
    """The stratum of each row of `vectors` (unit vectors, shape [n, dimensions]): k-means, at most `most` of them."""
    from sklearn.cluster import KMeans

    distinct = len(np.unique(vectors, axis=0))
    labels: list[int] = KMeans(min(most, distinct), n_init=1, random_state=0).fit_predict(vectors).tolist()
    return labels


def by_length(lengths: Sequence[int], most: int = _LENGTH_STRATA) -> list[int]:
    """The stratum of each row by its length: as many rows in each."""
    ranks = np.argsort(np.argsort(lengths, kind="stable"), kind="stable")
    return [int(rank) * most // max(1, len(lengths)) for rank in ranks]


def stratified(strata: Sequence[int], size: int) -> list[int]:
    """At most `size` rows (by index, ascending): one of each stratum, and of the rest as many as its share."""
    order = sorted(range(len(strata)), key=lambda row: (strata[row], row))
    first: dict[int, int] = {}
    for row in order:
        first.setdefault(strata[row], row)
    firsts = list(first.values())
    rest = [row for row in order if first[strata[row]] != row]
    more = min(max(0, size - len(firsts)), len(rest))
    return sorted(firsts[:size] + [rest[number * len(rest) // more] for number in range(more)])
