"""Rubric induction (paper §3.1): what a teacher is asked in order to make categories and rubrics, and what it replies.

Four questions: which categories a sample needs, which of these are the same, which category each instruction belongs
to, and what the rubric of a category is. A fifth asks for one category for instructions that no rubric matches.

Every text of the data stands in a fence of its own, numbered by its tag: inside a list, one instruction could pose as
the next. Replies are read by number wherever they can be, so that no name has to be repeated exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from citing_app.method.fence import fenced
from citing_app.method.prompts import question_text, render, task_text
from citing_app.method.replies import Unusable, field_of, json_object
from citing_app.types import Criterion, Task

FEWEST_CRITERIA, MOST_CRITERIA = 4, 8
LONGEST_NAME = 60
_LONGEST_SENTENCE = 400
_LONGEST_SHOWN, _LONGEST_TURN, _TURNS_SHOWN = 800, 200, 4
_NO_CATEGORY = frozenset({"", "other", "none", "misc", "miscellaneous", "unsorted", "uncategorized", "uncategorised"})
_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}


def _object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(element: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": element}


SCHEMAS: dict[str, dict[str, Any]] = {
    "propose": _object(categories=_list_of(_object(name=_TEXT, description=_TEXT))),
    "merge": _object(categories=_list_of(_object(name=_TEXT, description=_TEXT, merges=_list_of(_NUMBER)))),
    "sort": _object(sorted=_list_of(_object(instruction=_NUMBER, category=_NUMBER))),
    "rubric": _object(criteria=_list_of(_object(name=_TEXT, good=_TEXT, bad=_TEXT))),
    "category": _object(number=_NUMBER, name=_TEXT, description=_TEXT),
}
"""The JSON schema of each question's reply, by the name of its prompt."""


@dataclass(frozen=True)
class Category:
    """A category as it is proposed: its name, and one sentence on which instructions belong to it."""

    name: str
    description: str


def name_key(name: str) -> str:
    """What two spellings of one name have in common: case, plural, punctuation and “&” do not count."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    return " ".join(map(_singular, re.findall(r"\w+", text)))


def distinct(categories: Sequence[Category]) -> list[Category]:
    """The categories without those whose name an earlier one has already."""
    found: dict[str, Category] = {}
    for category in categories:
        found.setdefault(name_key(category.name), category)
    return list(found.values())


def shown_text(task: Task) -> str:
    """A task as the teacher sees it: what comes after the question's first 800 characters says no more.

    Of the conversation before it the last turns say enough, and each by its beginning.
    """
    turns = tuple(replace(turn, content=_cut(turn.content, _LONGEST_TURN)) for turn in task.turns[-_TURNS_SHOWN:])
    return task_text(Task(_cut(question_text(task), _LONGEST_SHOWN), turns=turns))


# -- what is asked ----------------------------------------------------------------------------------------------------


def propose_prompt(texts: Sequence[str], so_far: Sequence[Category], most: int) -> str:
    """Which categories these instructions need, beside those `so_far`; at most `most` in all."""
    return render("propose", most=str(most), **_fenced(texts, categories=_listed(so_far) or "(none)"))


def merge_prompt(proposed: Sequence[Category], most: int) -> str:
    """Which of the proposed categories are the same, so that at most `most` are left."""
    return render("merge", most=str(most), **fenced({"categories": _listed(proposed)}))


def sort_prompt(texts: Sequence[str], categories: Sequence[Category], again: bool = False) -> str:
    """Which category each instruction belongs to; `again` for those that were left over."""
    care = render("sort_again" if again else "sort_first").strip()
    return render("sort", care=care, **_fenced(texts, categories=_listed(categories)))


def rubric_prompt(category: Category, examples: Sequence[str]) -> str:
    """The rubric of a category, of which these are some instructions."""
    said = f"{category.name}: {category.description}"
    bounds = {"fewest": str(FEWEST_CRITERIA), "most": str(MOST_CRITERIA)}
    return render("rubric", **bounds, **_fenced(examples, category=said))


def category_prompt(texts: Sequence[str], categories: Sequence[Category]) -> str:
    """The one category for instructions that no rubric matches: one of `categories`, or a new one."""
    return render("category", **_fenced(texts, categories=_listed(categories) or "(none)"))


# -- what is replied --------------------------------------------------------------------------------------------------


def read_proposal(reply: str) -> list[Category]:
    """The categories in a reply, each name once. Raises Unusable where there is none."""
    rows = field_of(json_object(reply), "categories", list)
    found = distinct([category for row in rows if (category := _category(row)) is not None])
    if not found:
        raise Unusable("It names no category.")
    return found


def read_merge(reply: str, proposed: Sequence[Category], known: Sequence[str], most: int) -> list[Category]:
    """The categories that are left of the `proposed` ones: at most `most`.

    A group takes the name that the teacher gives it, but that of a category which is there already (one of `known`),
    where it holds one. Others of these, and those that the reply forgets, stay as they are where there is room. Raises
    Unusable where there are too many groups or none.
    """
    taken: set[int] = set()
    merged: list[Category] = []
    beside: list[Category] = []
    for row in field_of(json_object(reply), "categories", list):
        numbers = row.get("merges") if isinstance(row, dict) else None
        new = {n for n in map(_number, numbers if isinstance(numbers, list) else []) if n is not None}
        members = sorted(n for n in new if 1 <= n <= len(proposed) and n not in taken)
        if members:
            taken.update(members)
            group = [proposed[n - 1] for n in members]
            first, *others = [category for category in group if category.name in known] or [_category(row) or group[0]]
            merged.append(first)
            beside += others
    if not merged:
        raise Unusable("It merges none of the numbered categories.")
    if len(distinct(merged)) > most:
        raise Unusable(f"It leaves {len(distinct(merged))} categories, and there may be {most} at most.")
    forgotten = [category for n, category in enumerate(proposed, start=1) if n not in taken]
    return distinct([*merged, *beside, *forgotten])[:most]


def read_sorting(reply: str, instructions: int, categories: int) -> dict[int, int]:
    """The category's number (0: none fits) by the instruction's number, both from 1.

    Numbers that are not there are passed over, and so is an instruction that is sorted in two ways. Raises Unusable
    where nothing is sorted.
    """
    found: dict[int, set[int]] = {}
    for row in field_of(json_object(reply), "sorted", list):
        if isinstance(row, dict):
            instruction, category = _number(row.get("instruction")), _number(row.get("category"))
            if instruction is not None and category is not None:
                found.setdefault(instruction, set()).add(category)
    sorted_into = {
        instruction: places.pop()
        for instruction, places in found.items()
        if 1 <= instruction <= instructions and len(places) == 1 and 0 <= min(places) <= categories
    }
    if not sorted_into:
        raise Unusable("It sorts none of the numbered instructions into a numbered category.")
    return sorted_into


def read_rubric(reply: str) -> tuple[Criterion, ...]:
    """The criteria in a reply. Raises Unusable where they are too few, too many, unnamed, the same or incomplete."""
    rows = field_of(json_object(reply), "criteria", list)
    if not FEWEST_CRITERIA <= len(rows) <= MOST_CRITERIA:
        raise Unusable(f"It has {len(rows)} criteria; there must be {FEWEST_CRITERIA} to {MOST_CRITERIA}.")
    criteria = []
    for number, row in enumerate(rows, start=1):
        parts = [_line(row.get(name), length) for name, length in _PARTS] if isinstance(row, dict) else []
        if not parts or not all(parts):
            raise Unusable(f"Criterion {number} lacks a name, what is good or what is bad.")
        criteria.append(Criterion(*parts))
    if len({name_key(criterion.name) for criterion in criteria}) < len(criteria):
        raise Unusable("Two criteria have the same name.")
    return tuple(criteria)


_PARTS = (("name", LONGEST_NAME), ("good", _LONGEST_SENTENCE), ("bad", _LONGEST_SENTENCE))


def read_category(reply: str, count: int) -> int | Category:
    """The number of one of `count` categories, or a new one. Raises Unusable where the reply holds neither."""
    value = json_object(reply)
    number = _number(value.get("number"))
    if number is not None and 1 <= number <= count:
        return number
    category = _category(value)
    if category is None:
        raise Unusable("It names neither one of the numbered categories nor a new one.")
    return category


# -- parts ------------------------------------------------------------------------------------------------------------


def _fenced(texts: Sequence[str], **others: str) -> dict[str, str]:
    """The prompt's fields: `others` by name, and all `texts` together as `instructions`, each in its own fence."""
    numbered = {f"instruction_{number}": text for number, text in enumerate(texts, start=1)}
    fields = fenced({**others, **numbered})
    return {"instructions": "\n".join(fields.pop(name) for name in numbered), **fields}


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + " …"


def _listed(categories: Sequence[Category]) -> str:
    return "\n".join(f"{n}. {one.name}: {one.description}" for n, one in enumerate(categories, start=1))


def _category(row: Any) -> Category | None:
    """The category in a row of a reply; None where it has no name, or one that says “none”."""
    if not isinstance(row, dict):
        return None
    name = _line(row.get("name"), LONGEST_NAME).strip(" .:;,-–—\"'“”‘’*#`")
    return None if name_key(name) in _NO_CATEGORY else Category(name, _line(row.get("description"), _LONGEST_SENTENCE))


def _line(text: Any, longest: int) -> str:
    """A text as one line of printable characters; "" where it is no text."""
    words = " ".join(text.split()) if isinstance(text, str) else ""
    return "".join(character for character in words if character.isprintable())[:longest].strip()


def _number(value: Any) -> int | None:
    """A whole number, given as such or as digits."""
    if isinstance(value, str) and len(value) < 10 and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
