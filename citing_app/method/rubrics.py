"""What a rubric may be, and what changed from one version of it to the next."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.method.diff import Part, diff
from citing_app.types import Criterion

MOST_CRITERIA = 12
LONGEST_CATEGORY = 60
LONGEST_CRITERION_NAME = 80
LONGEST_LINE = 500


@dataclass(frozen=True)
class CriterionChange:
    """A criterion that one version has and the other has not, or has differently: the parts of its two lines."""

    kind: str  # added, removed, changed
    name: str
    good: tuple[Part, ...]
    bad: tuple[Part, ...]


def checked_criteria(given: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """The criteria with their texts trimmed. Raises CitingError for what is no rubric."""
    criteria = tuple(Criterion(_line(one.name), one.good.strip(), one.bad.strip()) for one in given)
    if not 1 <= len(criteria) <= MOST_CRITERIA:
        raise CitingError(f"A rubric has 1 to {MOST_CRITERIA} criteria.")
    for number, one in enumerate(criteria, start=1):
        if not (one.name and one.good and one.bad):
            raise CitingError(f"Criterion {number} needs a name, and what a good and what a bad answer does.")
        if len(one.name) > LONGEST_CRITERION_NAME or max(len(one.good), len(one.bad)) > LONGEST_LINE:
            raise CitingError(
                f"Criterion {number} is too long: its name has at most {LONGEST_CRITERION_NAME} characters, "
                f"its lines at most {LONGEST_LINE}."
            )
    if len({_key(one.name) for one in criteria}) < len(criteria):
        raise CitingError("Two criteria have the same name; edits name the criterion they serve, so give each its own.")
    return criteria


def checked_category(given: str, known: Iterable[str]) -> str:
    """The name of a new category, trimmed. Raises CitingError for one that is none or too like a `known` one."""
    name = _line(given)
    if not name or not name.isprintable():
        raise CitingError("A category needs a name of printable characters.")
    if len(name) > LONGEST_CATEGORY:
        raise CitingError(f"The name of a category has at most {LONGEST_CATEGORY} characters; give a shorter one.")
    if _key(name) in {_key(one) for one in known}:
        raise CitingError("A category has or had this name, and past decisions may name it; choose another one.")
    return name


def changes(before: Sequence[Criterion], after: Sequence[Criterion]) -> list[CriterionChange]:
    """What changed, in the order of `after`, then what was removed; a new order alone changes nothing."""
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    found = []
    for name, one in new.items():
        if name not in old:
            found.append(CriterionChange("added", name, (Part("", one.good),), (Part("", one.bad),)))
        elif one != old[name]:
            was = old[name]
            found.append(
                CriterionChange("changed", name, tuple(diff(was.good, one.good)), tuple(diff(was.bad, one.bad)))
            )
    for name, was in old.items():
        if name not in new:
            found.append(CriterionChange("removed", name, (Part(was.good, ""),), (Part(was.bad, ""),)))
    return found


def _line(text: str) -> str:
    """The text as it is stored: in one normal form, with single spaces between its words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _key(name: str) -> str:
    """By which names are compared: without regard to case and to forms that look the same."""
    return unicodedata.normalize("NFKC", name).casefold()
