"""Which category, and so which rubric, an instruction gets (paper §3.1).

The similarity of an instruction to a category is the mean inner product of its embedding with those of the
category's members. That mean is the inner product with the members' mean vector, which is computed once and
not renormalised: ⟨x, 1/n Σ mᵢ⟩ = 1/n Σ ⟨x, mᵢ⟩.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from citing_app.types import Assignment

Vectors = npt.NDArray[np.float32]
FLOOR = 0.08
"""Below this mean inner product no rubric fits: the lowest 1 % of the bundled curriculum's own members."""


def category_means(members: Mapping[str, Vectors]) -> tuple[list[str], Vectors]:
    """Category names in sorted order and their mean vectors, shape [categories, dimensions].

    `members` maps a category to its members' unit vectors, shape [members, dimensions]; each has at least one.
    """
    names = sorted(members)
    if not names:
        return [], np.zeros((0, 0), dtype=np.float32)
    return names, np.stack([members[name].mean(axis=0) for name in names]).astype(np.float32)


def assign(vectors: Vectors, names: Sequence[str], means: Vectors, floor: float = FLOOR) -> list[Assignment]:
    """One assignment per row of `vectors` (unit vectors, shape [n, dimensions])."""
    if not names:
        return [Assignment(None, 0.0, None, 0.0) for _ in vectors]
    similarities = vectors @ means.T
    order = np.argsort(-similarities, axis=1, kind="stable")
    return [_assignment(row, ranks, names, floor) for row, ranks in zip(similarities, order, strict=True)]


def leave_one_out(
    vector: Vectors, names: Sequence[str], means: Vectors, own: str, size: int, floor: float = FLOOR
) -> Assignment:
    """The assignment of a member of category `own`, which has `size` members, without its own vote.

    With x a unit vector among the n members of mean m: ⟨x, (n m − x)/(n − 1)⟩ = (n⟨x, m⟩ − 1)/(n − 1).
    """
    row = means @ vector
    index = list(names).index(own)
    row[index] = (size * row[index] - 1) / (size - 1) if size > 1 else -1.0
    return _assignment(row, np.argsort(-row, kind="stable"), names, floor)


def _assignment(row: Vectors, ranks: npt.NDArray[np.intp], names: Sequence[str], floor: float) -> Assignment:
    best = float(row[ranks[0]])
    second = int(ranks[1]) if len(names) > 1 else None
    return Assignment(
        category=names[ranks[0]] if best >= floor else None,
        similarity=best,
        runner_up=names[second] if second is not None else None,
        runner_up_similarity=float(row[second]) if second is not None else 0.0,
    )
