"""Metrics of an answer against its reference, and the interval around their mean."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from rapidfuzz.distance import LCSseq

from citing_app.method.tokens import UNSPACED

_WORD = re.compile(rf"[a-z0-9]+|[{UNSPACED}]|[^\W_\u0000-\u036f{UNSPACED}]+")


def words(text: str) -> list[str]:
    """Lower-case words and numbers of a text, as ROUGE counts them in the Latin script.

    In the others, of which ROUGE's own words know nothing, they are runs of letters, and single characters where a
    script is written without spaces.
    """
    return _WORD.findall(text.lower())


def rouge_l(answer: str, reference: str) -> float:
    """ROUGE-L F1 (Lin 2004): F1 of the longest common subsequence of words, in [0, 1]."""
    left, right = words(answer), words(reference)
    common = LCSseq.similarity(left, right) if left and right else 0
    return _f1(common, len(left), len(right))


def token_f1(answer: str, reference: str) -> float:
    """F1 of the two bags of words (SQuAD), in [0, 1]."""
    left, right = words(answer), words(reference)
    return _f1(sum((Counter(left) & Counter(right)).values()), len(left), len(right))


def exact_match(answer: str, reference: str) -> float:
    """1.0 where both texts hold the same words in the same order, or without any are the same, else 0.0."""
    left, right = words(answer), words(reference)
    return float(left == right if left or right else answer.strip() == reference.strip())


def bootstrap_interval(values: Sequence[float], level: float = 0.95, draws: int = 2000) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean (Efron 1979), seeded so that it can be repeated."""
    sample = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(0)
    means = sample[generator.integers(0, len(sample), size=(draws, len(sample)))].mean(axis=1)
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def wilson_interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a rate (Wilson 1927), in [0, 1]; all of [0, 1] where n is 0."""
    if not n:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    rate, weight = successes / n, z * z / n
    middle = (rate + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(rate * (1 - rate) / n + weight / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _f1(common: int, left: int, right: int) -> float:
    return 2 * common / (left + right) if common else 0.0
