"""The teachers: whoever revises a student's draft against a rubric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from citing_app.method.diff import parts_from_edits
from citing_app.method.fence import fenced_task
from citing_app.method.prompts import prompt_hash, render, rubric_text
from citing_app.method.replies import Unusable, answer_text, field_of, json_object
from citing_app.models.chat_model import Call, ChatModel
from citing_app.types import Edit, Rubric, Task

Style = Literal["smallest", "free"]
MAX_TOKENS = 4096
"""The most that a revision may take, thinking included: it bounds what one reply can cost."""
_TEXT = {"type": "string"}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "revision": _TEXT,
        "edits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"before": _TEXT, "after": _TEXT, "criterion": _TEXT},
                "required": ["before", "after", "criterion"],
                "additionalProperties": False,
            },
        },
        "rationale": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"criterion": _TEXT, "why": _TEXT},
                "required": ["criterion", "why"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["revision", "edits", "rationale"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Manner:
    """How a teacher is asked to revise: the smallest change or a free rewrite, with a rationale by criterion or not."""

    style: Style = "smallest"
    rationale: bool = False

    @property
    def prompt_hash(self) -> str:
        """The hash of all prompt files that this manner uses."""
        return prompt_hash("teacher_revision", f"task_{self.style}", self._form)

    @property
    def _form(self) -> str:
        return "form_rationale" if self.rationale else "form_text"

    def call(self, task: RevisionTask) -> Call:
        """The request for one revision."""
        prompt = render(
            "teacher_revision",
            task=render(f"task_{self.style}").strip(),
            form=render(self._form).strip(),
            **fenced_task(task.task, {"rubric": rubric_text(task.rubric), "draft": task.draft}),
        )
        return Call(({"role": "user", "content": prompt},), MAX_TOKENS, _SCHEMA if self.rationale else None)

    def read(self, reply: str, task: RevisionTask) -> Revised:
        """The revision in a reply. Raises Unusable where it holds none."""
        if not self.rationale:
            return Revised(_some(answer_text(reply, task.draft, task.topic)))
        value = json_object(reply)
        text = _some(answer_text(field_of(value, "revision", str), task.draft, task.topic))
        names = {criterion.name for criterion in task.rubric.criteria} if task.rubric else set()
        return Revised(text, _edits(value, task.draft, text, names), _rationale(value, names))


@dataclass(frozen=True)
class RevisionTask:
    """What a teacher needs: the task, the draft and the rubric."""

    task: Task
    draft: str
    rubric: Rubric | None

    @property
    def topic(self) -> str:
        """What a revision may speak of besides what the draft says."""
        return "\n".join(self.task.texts)


@dataclass(frozen=True)
class Revised:
    """A revision as the teacher gave it: `rationale` says of criteria, by name, what was found and done."""

    text: str
    edits: tuple[Edit, ...] = ()
    rationale: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Teacher:
    """Somebody who revises drafts: a chat model, or without one the data set's own reference answers."""

    name: str
    model: ChatModel | None = None

    @classmethod
    def of(cls, model: ChatModel) -> Teacher:
        """A chat model as teacher, by the name it has at its server."""
        return cls(model.name, model)

    @property
    def is_free(self) -> bool:
        """Whether it may be asked without a person asking for it: nobody is paid for what the data set holds."""
        return self.model is None


REFERENCE = Teacher("reference")
"""Revises every draft into the reference answer: needs no key, and does not read the draft."""


def _some(text: str) -> str:
    if not text.strip():
        raise Unusable("It holds no revised answer.")
    return text


def _edits(value: Mapping[str, Any], draft: str, text: str, names: set[str]) -> tuple[Edit, ...]:
    """The teacher's own edits, where they lead from the draft to its revision; else none: nothing is invented."""
    try:
        edits = tuple(Edit(edit["before"], edit["after"], edit.get("criterion")) for edit in value.get("edits") or ())
        known = tuple(edit if edit.criterion in names else Edit(edit.before, edit.after) for edit in edits)
        parts = parts_from_edits(draft, known)
    except (AttributeError, KeyError, TypeError):
        return ()
    return known if parts and "".join(part.after for part in parts).strip() == text.strip() else ()


def _rationale(value: Mapping[str, Any], names: set[str]) -> tuple[tuple[str, str], ...]:
    found = value.get("rationale")
    rows = found if isinstance(found, list) else []
    pairs = ((row.get("criterion"), row.get("why")) for row in rows if isinstance(row, dict))
    return tuple((name, why.strip()) for name, why in pairs if name in names and isinstance(why, str) and why.strip())
