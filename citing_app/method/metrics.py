"""Metrics of an answer, against accepted answers or alone.

Those against an accepted answer take one; `best` is the best over several.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from rapidfuzz.distance import LCSseq

from citing_app.method.identity import exact_hash
from citing_app.method.normalisation import is_unspaced, normalised
from citing_app.method.tokens import UNSPACED, tokens

_WORD = re.compile(rf"[a-z0-9]+|[{UNSPACED}]|[^\W_\u0000-\u036f{UNSPACED}]+")
_RULES = {"token_f1": "SQuAD 1.1, MLQA", "exact_match": "SQuAD 1.1, MLQA"}
"""By metric, what its rule is called since its values changed. Change it whenever the same texts get other values."""


def best(metric: Callable[[str, str], float], answer: str, accepted: Sequence[str]) -> float:
    """The highest value over all accepted answers (SQuAD; Rajpurkar et al. 2016, section 6.1).

    Raises ValueError where nothing is accepted: there is no such value.
    """
    return max(metric(answer, one) for one in accepted)


def basis(metric: str, accepted: Sequence[str] = ()) -> str:
    """What a figure rests on besides the answer: the sha256 of the metric's rule and of the accepted answers.

    What one answer is worth on two bases is two figures; the newest basis counts, for every model alike.
    """
    return exact_hash(_RULES.get(metric, ""), *accepted)


def words(text: str) -> list[str]:
    """Lower-case words and numbers of a text, as ROUGE counts them in the Latin script.

    In the others, of which ROUGE's own words know nothing, they are runs of letters, and single characters where a
    script is written without spaces.
    """
    return _WORD.findall(text.lower())


def rouge_l(answer: str, accepted: str) -> float:
    """ROUGE-L F1 (Lin 2004): F1 of the longest common subsequence of words, in [0, 1]."""
    left, right = words(answer), words(accepted)
    common = LCSseq.similarity(left, right) if left and right else 0
    return _f1(common, len(left), len(right))


def token_f1(answer: str, accepted: str) -> float:
    """F1 of the two bags of words, in [0, 1], after the normalisation of SQuAD or, for Chinese, of MLQA.

    Where nothing is left of either text it is the exact match, as in SQuAD 2.0.
    """
    left, right = normalised(answer, accepted)
    if not left and not right:
        return exact_match(answer, accepted)
    return _f1(sum((Counter(left) & Counter(right)).values()), len(left), len(right))


def exact_match(answer: str, accepted: str) -> float:
    """1.0 where both texts are the same after the normalisation of SQuAD or, for Chinese, of MLQA, else 0.0.

    Where nothing is left of either, as of `+` and `-`, the texts themselves are compared: SQuAD would call them equal.
    """
    left, right = normalised(answer, accepted)
    return float(left == right if left or right else answer.split() == accepted.split())


def length(text: str) -> float:
    """How many words a text has, 0 or more, each character counting as one in a script written without spaces.

    `length_unit` says which of the two most of it are.
    """
    return float(sum(token[0].isalnum() for token in tokens(text)))


def length_unit(text: str) -> Literal["words", "characters"]:
    """What `length` mostly counts in this text: words, or characters as in Chinese."""
    return "characters" if is_unspaced(text) else "words"


def distinct_2(*texts: str) -> float:
    """The share of a text's, or some texts', pairs of neighbouring words that are different ones (Li et al. 2016).

    It is in (0, 1]. 1.0 repeats nothing; so does a text without a pair.
    """
    neighbours = [pair for text in texts for pair in pairwise(words(text))]
    return len(set(neighbours)) / len(neighbours) if neighbours else 1.0


def unchanged(revision: str, draft: str) -> float:
    """1.0 where a self-revision is its draft, up to white space, else 0.0."""
    return float(revision.split() == draft.split())


def _f1(common: int, left: int, right: int) -> float:
    return 2 * common / (left + right) if common else 0.0
