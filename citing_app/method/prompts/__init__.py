"""Prompts as text files beside this module, rendered strictly and known by their hash."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import groupby

from citing_app.method.identity import exact_hash
from citing_app.types import Criterion, Message, Rubric, Task, Turn

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
TURN_FILES = ("earlier_turns", "tool_result")
"""The files that a student's prompt uses for the turns before the question, where there are some."""


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


def draft_prompt_hash(task: Task) -> str:
    """`prompt_hash` of `draft_messages`: an instruction alone has no file."""
    return prompt_hash(*_turn_files(task))


def rubric_prompt_hash(name: str, rubric: Rubric | None, task: Task) -> str:
    """`prompt_hash` of a task's prompt with a rubric in it: the plain one, where none fits, is a part of the prompt."""
    made = prompt_hash(name, *_turn_files(task))
    return made if rubric else exact_hash(made, NO_RUBRIC)[:12]


def rubric_text(rubric: Rubric | None) -> str:
    """The rubric as the lines a model reads; a plain two-line rubric where none fits."""
    return NO_RUBRIC if rubric is None else "\n".join(_criterion_line(criterion) for criterion in rubric.criteria)


def draft_messages(task: Task) -> list[Message]:
    """What the student sees when it drafts: the earlier turns, the instruction and its input, nothing else."""
    return _after_turns(task, question_text(task))


def rubric_draft_messages(task: Task, rubric: Rubric | None) -> list[Message]:
    """What a student sees that drafts with its rubric in view: the task and the rubric, and no draft."""
    return _after_turns(task, render("student_answer", task=question_text(task), rubric=rubric_text(rubric)))


def revise_messages(task: Task, rubric: Rubric | None, draft: str) -> list[Message]:
    """What the student sees when it revises its own draft (paper §3.2): the task, rubric and draft in one message."""
    content = render("student_revision", task=task_text(task), rubric=rubric_text(rubric), draft=draft.strip())
    return [{"role": "user", "content": content}]


def question_text(task: Task) -> str:
    """Instruction and input as one text, a blank line between them, without the turns before them."""
    instruction, input = trimmed(task.instruction), task.input.strip()
    return f"{instruction}\n\n{input}" if input else instruction


def task_text(task: Task) -> str:
    """The task as one text: the earlier turns, where it has some, above the question."""
    return _below_turns(turn_messages(task.turns), question_text(task))


def trimmed(text: str) -> str:
    """The text without white space around it; the first of several lines keeps its indentation, which code needs."""
    lines = text.rstrip().lstrip("\r\n")
    return lines if "\n" in lines else lines.lstrip()


def turn_messages(turns: Iterable[Turn]) -> list[Message]:
    """Earlier turns as chat messages that most chat templates take.

    What the system says comes first. A tool's result is said by the user, since few templates know a tool; a turn
    without text (an assistant that only calls one) is left out; and what one side says in several turns is one message.
    """
    said = [_said(turn) for turn in turns if turn.content.strip()]
    return joined(sorted(said, key=lambda message: message["role"] != "system"))


def as_one_message(messages: Sequence[Message]) -> list[Message]:
    """The messages as one of the user's, the earlier ones as text above the last: for a template that refuses them."""
    *before, last = messages
    return [{"role": "user", "content": _below_turns(before, last["content"])}]


def joined(messages: Iterable[Message]) -> list[Message]:
    """The messages, neighbours of the same role as one: many chat templates refuse two of a role in a row."""
    groups = ((role, [one["content"] for one in some]) for role, some in groupby(messages, lambda one: one["role"]))
    return [{"role": role, "content": "\n\n".join(contents)} for role, contents in groups]


def _turn_files(task: Task) -> tuple[str, ...]:
    return TURN_FILES if task.turns else ()


def _after_turns(task: Task, question: str) -> list[Message]:
    return joined([*turn_messages(task.turns), {"role": "user", "content": question}])


def _below_turns(turns: Sequence[Message], question: str) -> str:
    if not turns:
        return question
    said = "\n\n".join(f"{turn['role'].capitalize()}: {turn['content']}" for turn in turns)
    return render("earlier_turns", turns=said, task=question).strip()


def _said(turn: Turn) -> Message:
    content = trimmed(turn.content)
    if turn.role == "tool":
        return {"role": "user", "content": render("tool_result", content=content).strip()}
    return {"role": turn.role, "content": content}


def _criterion_line(criterion: Criterion) -> str:
    return f"- {criterion.name}. Good: {criterion.good} Bad: {criterion.bad}"


def _template(name: str) -> str:
    return files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
