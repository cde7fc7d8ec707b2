"""Which category, and so which rubric, an instruction gets (paper §3.1).

The similarity of an instruction to a category is the mean inner product of its embedding with those of the
category's members. That mean is the inner product with the members' mean vector, which is computed once and
not renormalised: ⟨x, 1/n Σ mᵢ⟩ = 1/n Σ ⟨x, mᵢ⟩.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citing_app.types import Assignment

Vectors = npt.NDArray[np.float32]
FLOOR = 0.08
"""The floor where there are too few members to measure one: the lowest 1 % of the bundled curriculum's."""
FLOOR_QUANTILE = 0.01
MEMBERS_FOR_A_FLOOR = 100


@dataclass(frozen=True)
class Agreement:
    """How far the rule, without a member's own vote, agrees with who sorted the members of one category.

    `first` of `n` members would be assigned to it, `second` more would have it as the runner-up; `mistaken_for` is the
    category that most of the others would get.
    """

    category: str
    n: int
    first: int
    second: int
    mistaken_for: str | None


def category_means(members: Mapping[str, Vectors]) -> tuple[list[str], Vectors]:
    """Category names in sorted order and their mean vectors, shape [categories, dimensions].

    `members` maps a category to its members' unit vectors, shape [members, dimensions]; each has at least one.
    """
    names = sorted(members)
    if not names:
        return [], np.zeros((0, 0), dtype=np.float32)
    return names, np.stack([members[name].mean(axis=0) for name in names]).astype(np.float32)


def similarities(
    vectors: Vectors, names: Sequence[str], means: Vectors, own: Sequence[str | None], sizes: Mapping[str, int]
) -> Vectors:
    """Mean inner products, shape [n, categories]; a member's with its `own` category (of `sizes` members) without it.

    `own` has the category that each row was sorted into; None for what is no member.

    With x a unit vector among the n members of mean m: ⟨x, (n m − x)/(n − 1)⟩ = (n⟨x, m⟩ − 1)/(n − 1). The only member
    of a category is like nothing there: −1.
    """
    found = vectors @ means.T
    place = {name: column for column, name in enumerate(names)}
    rows = np.array([row for row, name in enumerate(own) if name is not None], dtype=np.intp)
    columns = np.array([place[name] for name in own if name is not None], dtype=np.intp)
    counts = np.array([sizes[name] for name in own if name is not None], dtype=np.float32)
    with_own = found[rows, columns]
    found[rows, columns] = np.where(counts > 1, (counts * with_own - 1) / np.maximum(counts - 1, 1), -1.0)
    return found


def assign(found: Vectors, names: Sequence[str], floor: float) -> list[Assignment]:
    """One assignment per row of `found`, the similarities [n, categories]."""
    if not names:
        return [Assignment(None, 0.0, None, 0.0) for _ in found]
    order = np.argsort(-found, axis=1, kind="stable")[:, :2]
    ranked = np.take_along_axis(found, order, axis=1)
    return [_assignment(places, row, names, floor) for places, row in zip(order.tolist(), ranked.tolist(), strict=True)]


def data_floor(found: Vectors, own: Sequence[str | None]) -> float:
    """The floor that the members give: a low quantile of their best similarities without their own vote.

    These instructions do have a rubric, so hardly any of them should lie below. With fewer than `MEMBERS_FOR_A_FLOOR`
    members, `FLOOR`.
    """
    values = found.max(axis=1)[[name is not None for name in own]]
    return float(np.quantile(values, FLOOR_QUANTILE)) if len(values) >= MEMBERS_FOR_A_FLOOR else FLOOR


def agreement(assignments: Sequence[Assignment], own: Sequence[str | None]) -> list[Agreement]:
    """The agreement in each category with members, by name; the assignments are those without a member's own vote."""
    by_category: dict[str, list[Assignment]] = {}
    for assignment, name in zip(assignments, own, strict=True):
        if name is not None:
            by_category.setdefault(name, []).append(assignment)
    return [_agreement(name, by_category[name]) for name in sorted(by_category)]


def _agreement(name: str, found: Sequence[Assignment]) -> Agreement:
    others = Counter(one.nearest for one in found if one.nearest not in (name, None))
    return Agreement(
        category=name,
        n=len(found),
        first=sum(one.nearest == name for one in found),
        second=sum(one.runner_up == name for one in found),
        mistaken_for=others.most_common(1)[0][0] if others else None,
    )


def _assignment(places: list[int], ranked: list[float], names: Sequence[str], floor: float) -> Assignment:
    nearest = names[places[0]]
    return Assignment(
        category=nearest if ranked[0] >= floor else None,
        similarity=ranked[0],
        runner_up=names[places[1]] if len(places) > 1 else None,
        runner_up_similarity=ranked[1] if len(ranked) > 1 else 0.0,
        nearest=nearest,
    )
