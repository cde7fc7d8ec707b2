"""Near-duplicates of test texts among trained ones: candidates by meaning and by rare words, confirmed by their words.

Comparing all with all would take hours for 2,000 × 50,000 texts; candidates take seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, utils

from citing_app.method.metrics import words

NEAR = 90.0
"""The least ratio of a near-duplicate. Of 500 questions of Natural Questions two pairs reach it, which differ in a word
or in a number; the next pair (83) asks two things. Two questions about one long passage reach it, too: whoever learned
the one has read the passage of the other."""
_MOST = 5
_BLOCK = 4096
_COMMON = 1000
"""A word in more trained texts than this tells none of them."""
_RAREST = 12
_COMPARED = 5000
"""Characters that are compared of each text."""
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Near:
    """A test text and the trained text that is closest to it, by their places; `ratio` is in [NEAR, 100]."""

    tested: int
    trained: int
    ratio: float


def near_duplicates(tested: Sequence[str], trained: Sequence[str], candidates: Sequence[Collection[int]]) -> list[Near]:
    """The test texts that a trained one resembles, each with the closest of its candidates, closest first.

    The ratio is rapidfuzz's `token_sort_ratio` in [0, 100]: 100 · (1 − d / (length of both)), where d counts the
    characters to delete and insert once the words of both are sorted, without case and punctuation. `candidates` holds
    places in `trained` for each test text.
    """
    pairs = enumerate(zip(tested, candidates, strict=True))
    found = (_closest(place, text, trained, among) for place, (text, among) in pairs)
    near = [one for one in found if one is not None]
    return sorted(near, key=lambda one: (-one.ratio, one.tested))


def _closest(place: int, text: str, trained: Sequence[str], among: Collection[int]) -> Near | None:
    left = _compared(text)
    ratios = ((fuzz.token_sort_ratio(left, _compared(trained[one]), score_cutoff=NEAR), -one) for one in among)
    ratio, other = max(ratios, default=(0.0, 0))
    return Near(place, -other, ratio) if ratio else None


def _compared(text: str) -> str:
    return str(utils.default_process(text[:_COMPARED]))


def most_similar(tested: Vectors, trained: Vectors, most: int = _MOST, block: int = _BLOCK) -> npt.NDArray[np.int64]:
    """Places of the trained vectors with the highest inner products, [n, min(most, m)], in no order.

    `tested` is [n, dimensions], `trained` [m, dimensions]; at most block² products are held at once.
    """
    parts = [_most_similar(tested[at : at + block], trained, most, block) for at in range(0, len(tested), block)]
    return np.concatenate(parts) if parts else np.empty((0, min(most, len(trained))), dtype=np.int64)


def _most_similar(tested: Vectors, trained: Vectors, most: int, block: int) -> npt.NDArray[np.int64]:
    places = np.empty((len(tested), 0), dtype=np.int64)
    products = np.empty((len(tested), 0), dtype=np.float32)
    for start in range(0, len(trained), block):
        fresh = tested @ trained[start : start + block].T
        best = _highest(fresh, most)
        products = np.hstack([products, np.take_along_axis(fresh, best, axis=1)])
        places = np.hstack([places, best + start])
        kept = _highest(products, most)
        products, places = np.take_along_axis(products, kept, axis=1), np.take_along_axis(places, kept, axis=1)
    return places


def _highest(products: Vectors, most: int) -> npt.NDArray[np.int64]:
    """The columns of each row's highest products, in no order."""
    if products.shape[1] <= most:
        return np.broadcast_to(np.arange(products.shape[1]), products.shape)
    return np.argpartition(products, -most, axis=1)[:, -most:]


def sharing_rare_words(tested: Sequence[str], trained: Sequence[str], most: int = _MOST) -> list[list[int]]:
    """For each test text the places of the trained texts that share most of its rarest words.

    Where many instructions are one text with other inputs, their vectors are the same; the words of the inputs differ.
    """
    holding: dict[str, list[int]] = {}
    for place, text in enumerate(trained):
        for word in set(words(text[:_COMPARED])):
            holding.setdefault(word, []).append(place)
    return [_sharing(text, holding, most) for text in tested]


def _sharing(text: str, holding: dict[str, list[int]], most: int) -> list[int]:
    known = [holding[word] for word in sorted(set(words(text[:_COMPARED]))) if word in holding]
    telling = sorted((places for places in known if len(places) <= _COMMON), key=len)[:_RAREST]
    shared = Counter(place for places in telling for place in places)
    return [place for place, _ in shared.most_common(most)]
