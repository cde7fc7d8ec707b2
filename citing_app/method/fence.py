"""Material in a prompt, fenced so that nothing inside it can pose as instructions.

Every text stands between two tags that carry a mark: a digest of all the texts of that prompt. To close its fence a
text would have to hold a digest of itself, so the mark needs no chance and the same question has the same prompt.
Control tokens of chat templates (`<|im_start|>`, `[INST]` …) are broken by an invisible sign, because some servers
read them wherever they stand; `mended` takes the sign out of a reply again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from citing_app.types import Task

_JOINER = "\N{WORD JOINER}"
_CONTROL = re.compile(r"<[|｜]|[|｜]>|</?s>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>|<(?:bos|eos|pad)>", re.I)
_BROKEN = re.compile(rf"(?<=[<|｜\[]){_JOINER}")


def mark_of(texts: Mapping[str, str]) -> str:
    """The mark of a prompt that shows these texts: 16 hex digits."""
    together = json.dumps(texts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(together.encode(errors="replace")).hexdigest()[:16]


def fenced(texts: Mapping[str, str]) -> dict[str, str]:
    """The prompt's fields: each text between its tags, by name, and the `mark` that the tags carry."""
    mark = mark_of(texts)
    fields = {name: f"<{name} {mark}>\n{broken(text)}\n</{name} {mark}>" for name, text in texts.items()}
    return {**fields, "mark": mark}


def fenced_task(task: Task, others: Mapping[str, str]) -> dict[str, str]:
    """`fenced` of a task's `instruction` and `input`, and of other texts.

    Each earlier turn has a fence of its own, named by who said it: together in one, a turn could pose as the next. They
    stand before the instruction, in its field.
    """
    said = (turn for turn in task.turns if turn.content.strip())
    turns = {f"earlier_turn_{place}_{turn.role}": turn.content for place, turn in enumerate(said, start=1)}
    fields = fenced({**turns, "instruction": task.instruction, "input": task.input, **others})
    before = [fields.pop(name) for name in turns]
    return {**fields, "instruction": "\n".join([*before, fields["instruction"]])}


def broken(text: str) -> str:
    """`text` with every control token broken."""
    return _CONTROL.sub(lambda found: found[0][0] + _JOINER + found[0][1:], text)


def mended(text: str) -> str:
    """A reply with the control tokens that it repeats made whole again."""
    return _BROKEN.sub("", text)


def without_fence(text: str) -> str:
    """A reply without the tags that a model repeats around its whole answer."""
    found = re.fullmatch(r"\s*<(\w+) ([0-9a-f]{16})>\n?(.*?)\n?</\1 \2>\s*", text, re.DOTALL)
    return found[3] if found else text
