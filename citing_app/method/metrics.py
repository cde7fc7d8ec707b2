"""Metrics of an answer against its reference."""

from __future__ import annotations

import re
from collections import Counter

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


def _f1(common: int, left: int, right: int) -> float:
    return 2 * common / (left + right) if common else 0.0
