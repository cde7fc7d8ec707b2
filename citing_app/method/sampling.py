"""Which instructions a round of the curriculum takes (paper §3.2; the fourth round's fall is why there is a choice)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

Sampling = Literal["same", "fresh"]


def sample(
    hashes: Sequence[str], count: int, earlier: Sequence[Sequence[str]], sampling: Sampling, seed: int
) -> list[str]:
    """`count` of the content `hashes`, fewer where there are fewer; the order is decided by `seed` alone.

    `earlier` are the samples of the rounds before. `same` takes the first round's again, as the paper does; `fresh`
    takes what no round has had, and when that is used up what was had longest ago.
    """
    known = set(hashes)
    if sampling == "same" and earlier:
        again = [one for one in earlier[0] if one in known]
        return again[:count]
    last_had = {one: number for number, had in enumerate(earlier, start=1) for one in had}
    return sorted(known, key=lambda one: (last_had.get(one, 0), shuffled_place(one, seed)))[:count]


def shuffled_place(value: str, seed: int) -> bytes:
    """A sort key: the order of `value` among others, decided by `seed` and its content alone."""
    return hashlib.sha256(f"{seed} {value}".encode()).digest()
