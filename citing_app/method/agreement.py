"""How far people agree who decided the same revisions without knowing of each other.

The coefficients set the agreement found against the one that chance alone would give: 1 is full agreement, 0 is what
chance gives, below 0 is less. The sums are NLTK's (`nltk.metrics.agreement`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

Verdict = Literal["accept", "edit", "reject"]
WORDS: dict[Verdict, str] = {"accept": "accepted as they are", "edit": "edited", "reject": "rejected"}
Rating = tuple[str, int, Verdict]
"""Who said what of which revision; at most one verdict of a person on a revision."""


@dataclass(frozen=True)
class Agreement:
    """Agreement among `people` on `n` revisions that at least two of them decided.

    `share` is the share of the pairs of verdicts on one revision that are the same (None where `n` is 0).
    `coefficient` is Cohen's κ of two people or Krippendorff's α of more, at most 1; where it is not defined it is None
    and `why` says so in a sentence.
    """

    people: tuple[str, ...]
    n: int
    share: float | None
    coefficient: float | None
    why: str = ""


def between_two(ratings: Sequence[Rating], first: str, second: str) -> Agreement:
    """Percent agreement and Cohen's κ (Cohen 1960) of two people, on what both decided."""
    return _agreement([rating for rating in ratings if rating[0] in (first, second)], (first, second))


def among_all(ratings: Sequence[Rating]) -> Agreement:
    """Percent agreement and Krippendorff's α (nominal; Krippendorff 1980) of everyone, on what two or more decided."""
    return _agreement(ratings, tuple(sorted({person for person, _, _ in ratings})))


def pairs(ratings: Sequence[Rating]) -> list[Agreement]:
    """Every two people who decided a revision in common, those with the most in common first."""
    people = sorted({person for person, _, _ in ratings})
    found = [between_two(ratings, first, second) for first, second in combinations(people, 2)]
    return sorted((agreement for agreement in found if agreement.n), key=lambda agreement: -agreement.n)


def _agreement(ratings: Sequence[Rating], people: tuple[str, ...]) -> Agreement:
    by_revision: dict[int, list[Rating]] = {}
    for rating in ratings:
        by_revision.setdefault(rating[1], []).append(rating)
    shared = [group for group in by_revision.values() if len(group) > 1]
    if not shared:
        return Agreement(people, 0, None, None, "No revision has been decided by two of them.")
    matches = [a[2] == b[2] for group in shared for a, b in combinations(group, 2)]
    share = sum(matches) / len(matches)
    common = [rating for group in shared for rating in group]
    verdicts = {verdict for _, _, verdict in common}
    if len(verdicts) == 1:
        why = f"All were {WORDS[verdicts.pop()]}: with one verdict only, agreement cannot be told from chance."
        return Agreement(people, len(shared), share, None, why)
    if len(shared) < 2:
        return Agreement(people, 1, share, None, "On one revision alone, agreement cannot be told from chance.")
    return Agreement(people, len(shared), share, coefficient(common, people))


def coefficient(common: Sequence[tuple[str, int, str]], people: Sequence[str]) -> float:
    """Cohen's κ of two, or Krippendorff's α of more, on what they said in common: who, of what, which word.

    They have said at least two different words, or agreement can't be told from chance and there is no number.
    """
    from nltk.metrics.agreement import AnnotationTask  # takes seconds to import

    task = AnnotationTask(data=list(common))
    return float(task.kappa_pairwise(*people) if len(people) == 2 else task.alpha())
