"""What was said of two answers to one instruction, and what it comes to once both orders were asked.

A judge may prefer a place rather than an answer (Zheng et al. 2023, arXiv 2306.05685, §3.3), so it is asked in both
orders: the first answer on the left, then on the right. People and imported judgements may have one order only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, get_args

Side = Literal["left", "right"]
Preference = Literal["left", "right", "tie", "both_bad"]
"""What a judge or a person said of two answers, by where they stood."""
Outcome = Literal["win", "tie", "loss", "inconsistent", "both_bad", "invalid"]
"""What one instruction comes to for the first of the two answers."""
Rule = Literal["empty", "identical"]
"""Why an outcome needed no judge."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SCORES: dict[Outcome, float] = {"win": 1.0, "tie": 0.5, "inconsistent": 0.5, "both_bad": 0.5, "loss": 0.0}
"""The share of a win that an outcome is worth; an invalid one is worth nothing known."""
_OTHER_SIDE: dict[Preference, Preference] = {"left": "right", "right": "left"}
_SWAPPED: dict[Outcome, Outcome] = {"win": "loss", "loss": "win"}
_ON_THE_LEFT: dict[Preference, Outcome] = {"left": "win", "right": "loss", "tie": "tie", "both_bad": "both_bad"}


def of_one(preference: Preference | None, first_is: Side = "left") -> Outcome:
    """The outcome of one order alone, with the first answer on that side; None is a reply that could not be read."""
    if preference is None:
        return "invalid"
    return _ON_THE_LEFT[preference if first_is == "left" else mirrored(preference)]


def of_both(first_left: Preference | None, first_right: Preference | None) -> Outcome:
    """The outcome of both orders: the first answer on the left, and on the right.

    Orders that agree give their result. Any others, a win with a tie too, are inconsistent; without one of them the
    comparison is invalid.
    """
    one, other = of_one(first_left), of_one(first_right, "right")
    if "invalid" in (one, other):
        return "invalid"
    return one if one == other else "inconsistent"


def of_several(said: Sequence[Outcome]) -> Outcome:
    """The outcome of several people's votes on one comparison: what most of them say, if any one outcome leads.

    Invalid ones don't count. Without a leader they are inconsistent, like orders that disagree.
    """
    ranked = Counter(outcome for outcome in said if outcome != "invalid").most_common(2)
    if not ranked:
        return "invalid"
    leads = len(ranked) == 1 or ranked[0][1] > ranked[1][1]
    return ranked[0][0] if leads else "inconsistent"


def by_rule(first: str, second: str) -> tuple[Outcome, Rule] | None:
    """The outcome that needs no judge: identical answers tie, and an empty one loses. None: ask."""
    first, second = first.strip(), second.strip()
    if first == second:
        return "tie", "identical"
    if first and second:
        return None
    return ("win" if first else "loss"), "empty"


def mirrored(preference: Preference) -> Preference:
    """The same preference with the two answers in each other's place."""
    return _OTHER_SIDE.get(preference, preference)


def swapped(outcome: Outcome) -> Outcome:
    """The same outcome for the second answer."""
    return _SWAPPED.get(outcome, outcome)
