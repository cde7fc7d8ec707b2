"""Two groups within a category, as a suggestion for splitting it: 2-means over the members' embeddings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
SMALLEST = 2
_MOST_STEPS = 50


def two_groups(vectors: Vectors) -> tuple[npt.NDArray[np.intp], Vectors] | None:
    """For each of the unit `vectors` [n, dimensions], its group (0: the larger one) and its nearness to that group.

    Nearness is the inner product with the group's mean. None where they fall into no two groups of at least two. The
    same vectors always give the same groups: the first centres are the vector farthest from the mean and the one
    farthest from that.
    """
    if len(vectors) < 2 * SMALLEST:
        return None
    first = vectors[np.argmin(vectors @ vectors.mean(axis=0))]
    centres = np.stack([first, vectors[np.argmin(vectors @ first)]])
    groups = _nearest(vectors, centres)
    for _ in range(_MOST_STEPS):
        if min(np.bincount(groups, minlength=2)) < SMALLEST:
            return None
        centres = np.stack([vectors[groups == group].mean(axis=0) for group in (0, 1)])
        before, groups = groups, _nearest(vectors, centres)
        if np.array_equal(before, groups):
            break
    if min(np.bincount(groups, minlength=2)) < SMALLEST:
        return None
    nearness = np.einsum("nd,nd->n", vectors, centres[groups])
    larger = int(np.argmax(np.bincount(groups)))
    return (groups != larger).astype(np.intp), nearness.astype(np.float32)


def _nearest(vectors: Vectors, centres: Vectors) -> npt.NDArray[np.intp]:
    """The index of the centre at the smallest distance: ‖x‖ is the same for both, so 2⟨x, c⟩ − ‖c‖² decides."""
    scores = 2 * vectors @ centres.T - (centres**2).sum(axis=1)
    return np.asarray(np.argmax(scores, axis=1), dtype=np.intp)
