"""A teacher for rubric induction whose sorting is known: the first word of an instruction is its category.

It is an `answer` for tests/teacher_server.py. It proposes each category under changing names, so that there is
something to merge; what it leaves out at first or for ever is set by its fields.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

KINDS = ("compute", "explain", "summarise", "translate")
_VARIANTS = ("{}", "{} tasks", "to {}")
_INSTRUCTION = re.compile(r"<instruction_(\d+) ([0-9a-f]{16})>\n(.*?)\n</instruction_\1 \2>", re.DOTALL)
_LISTED = re.compile(r"^(\d+)\. (.+?): ", re.MULTILINE)


def rows(count: int, kinds: Sequence[str] = KINDS) -> list[dict[str, Any]]:
    """Rows to import: the kinds take turns."""
    return [
        {"instruction": f"{kinds[n % len(kinds)].title()} number {n}.", "output": f"Answer {n}."} for n in range(count)
    ]


def kind_of(text: str) -> str:
    """The category that an instruction truly belongs to."""
    return text.split(maxsplit=1)[0].lower()


@dataclass
class ScriptedTeacher:
    """What it answers, and what it was asked. `forgets` at first, `leaves` for ever: told by the instruction's text."""

    forgets: Callable[[str], bool] = lambda text: False
    leaves: Callable[[str], bool] = lambda text: False
    replaces: dict[str, str] = field(default_factory=dict)
    """Replies by the name of the prompt, in the place of good ones."""
    asked: Counter[str] = field(default_factory=Counter)

    def __call__(self, prompt: str) -> str:
        name = _name_of(prompt)
        self.asked[name] += 1
        texts = [text for _, _, text in _INSTRUCTION.findall(prompt)]
        categories = {int(number): name for number, name in _LISTED.findall(_block(prompt))}
        answers = {
            "propose": lambda: self._propose(texts),
            "merge": lambda: self._merge(categories),
            "sort": lambda: self._sort(texts, categories, again=False),
            "again": lambda: self._sort(texts, categories, again=True),
            "rubric": lambda: {"criteria": [{"name": n, "good": f"{n} yes.", "bad": f"{n} no."} for n in "ABCD"]},
            "category": lambda: self._one(texts, categories),
        }
        return self.replaces.get(name) or json.dumps(answers[name]())

    def _propose(self, texts: list[str]) -> Any:
        kinds = sorted({kind_of(text) for text in texts})
        variant = _VARIANTS[self.asked["propose"] % len(_VARIANTS)]
        return {
            "categories": [{"name": variant.format(kind), "description": f"To {kind} something."} for kind in kinds]
        }

    def _merge(self, categories: dict[int, str]) -> Any:
        groups = {kind: [n for n, name in categories.items() if kind in name] for kind in KINDS}
        return {"categories": [{"name": k, "description": f"To {k}.", "merges": ns} for k, ns in groups.items() if ns]}

    def _sort(self, texts: list[str], categories: dict[int, str], again: bool) -> Any:
        numbers = {kind: number for number, name in categories.items() for kind in KINDS if kind in name.lower()}
        places = [
            {"instruction": n, "category": 0 if self.leaves(text) else numbers.get(kind_of(text), 0)}
            for n, text in enumerate(texts, start=1)
            if again or not self.forgets(text)
        ]
        return {"sorted": places}

    def _one(self, texts: list[str], categories: dict[int, str]) -> Any:
        kinds = {kind_of(text) for text in texts}
        there = [number for number, name in categories.items() if name in kinds]
        return {"number": there[0] if there else 0, "name": min(kinds), "description": "Left over until now."}


def _name_of(prompt: str) -> str:
    for start, name in (
        ("You sort the instructions", "propose"),
        ("Below are numbered categories", "merge"),
        ("Write the rubric", "rubric"),
        ("The instructions below fit none", "category"),
    ):
        if prompt.startswith(start):
            return name
    assert prompt.startswith("Sort each of the numbered"), prompt[:80]
    return "again" if "They were left over" in prompt else "sort"


def _block(prompt: str) -> str:
    found = re.search(r"<categories ([0-9a-f]{16})>\n(.*?)\n</categories \1>", prompt, re.DOTALL)
    return found[2] if found else ""
