"""Prompts as text files beside this module, rendered strictly and known by their hash."""

from __future__ import annotations

import hashlib
import string
from importlib.resources import files

from citing_app.types import Criterion, Message, Rubric

NO_RUBRIC = "- Correct: every statement is true.\n- Helpful: it does what the instruction asks, and no more."
ALPACA_TEMPLATE = (
    "{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% else %}"
    "Below is an instruction that describes a task. Write a response that appropriately completes the request."
    "{% endif %}"
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ '\n\n### Instruction:\n' + message['content'] }}"
    "{% elif message['role'] == 'assistant' %}{{ '\n\n### Response:\n' + message['content'] + eos_token }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n\n### Response:\n' }}{% endif %}"
)
"""The chat template of a student that has none of its own, in Jinja."""


def render(name: str, **fields: str) -> str:
    """Fill the prompt `name`.txt. A missing or extra field raises ValueError; field values are never parsed."""
    template = _template(name)
    wanted = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
    if wanted != set(fields):
        raise ValueError(f"prompt {name!r} takes the fields {sorted(wanted)}, not {sorted(fields)}")
    return template.format(**fields)


def prompt_hash(*names: str) -> str:
    """The first 12 hex digits of the sha256 of the prompt files, kept with everything that they made."""
    return hashlib.sha256("".join(map(_template, names)).encode()).hexdigest()[:12]


def rubric_text(rubric: Rubric | None) -> str:
    """The rubric as the lines a model reads; a plain two-line rubric where none fits."""
    return NO_RUBRIC if rubric is None else "\n".join(_criterion_line(criterion) for criterion in rubric.criteria)


def draft_messages(instruction: str, input: str) -> list[Message]:
    """What the student sees when it drafts: the instruction and its input, nothing else."""
    return [{"role": "user", "content": task_text(instruction, input)}]


def revise_messages(instruction: str, input: str, rubric: Rubric | None, draft: str) -> list[Message]:
    """What the student sees when it revises its own draft (paper §3.2): instruction, rubric and draft."""
    content = render(
        "student_revision", task=task_text(instruction, input), rubric=rubric_text(rubric), draft=draft.strip()
    )
    return [{"role": "user", "content": content}]


def task_text(instruction: str, input: str) -> str:
    """Instruction and input as one text, a blank line between them."""
    return f"{instruction.strip()}\n\n{input.strip()}" if input.strip() else instruction.strip()


def _criterion_line(criterion: Criterion) -> str:
    return f"- {criterion.name}. Good: {criterion.good} Bad: {criterion.bad}"


def _template(name: str) -> str:
    return files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
