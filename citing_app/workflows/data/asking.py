"""What a row asks and answers, from whichever of the shapes that data comes in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from citing_app.errors import CitingError
from citing_app.types import Task, Turn
from citing_app.workflows.data import chats
from citing_app.workflows.data.chats import Chat, Conversation, is_chat
from citing_app.workflows.data.columns import (
    ANSWERS,
    CONVERSATIONS,
    FIRM,
    INPUTS,
    QUESTIONS,
    SYSTEMS,
    answer_in,
)
from citing_app.workflows.data.fields import Fields
from citing_app.workflows.data.values import is_blank, is_scalar, text

_NOTHING = frozenset[str]()


@dataclass(frozen=True)
class Asked:
    """What is asked, and the answer, "" where there is none; `question` and `answered_in` are the columns they come
    from, `left_out` what of the messages is not text."""

    task: Task
    answer: str
    question: str
    answered_in: str | None = None
    left_out: frozenset[str] = _NOTHING


def asked(fields: Fields) -> Asked:
    """What a row asks. Raises CitingError with the reason where it asks nothing.

    An instruction wins over a prompt: an own export in a trainer's shape has both, and only the former has its hash.
    """
    found = _asked(fields)
    turns = (*_before(fields), *found.task.turns)
    if not any(turn.role == "system" for turn in turns):
        turns = (*_system(fields), *turns)
    return replace(found, task=replace(found.task, turns=turns)) if turns else found


def answer_of(fields: Fields, name: str, role: str) -> str:
    """The answer in the column `name`, read as `role`; "" where there is none."""
    found = answer_in(fields.take(name, role))
    return chats.reply(found) if is_chat(found) else text(found, name)


def _asked(fields: Fields) -> Asked:
    name = fields.first(QUESTIONS, lambda value: is_scalar(value) or is_chat(value), FIRM)
    if name is None and chats.asks(fields.peek("chosen")):  # the question stands in the answers alone
        return _of_chat(chats.conversation(fields.take("chosen", "messages")), "chosen", "chosen")
    if name is None:
        if fields.names.isdisjoint(QUESTIONS):
            raise CitingError("there is no instruction, prompt or messages field")
        raise CitingError("the instruction is empty")
    value = fields.peek(name)
    if name in CONVERSATIONS or (isinstance(value, list) and name != "instruction"):
        given = chats.messages(fields.take(name, "messages"), name)
        return _asked_in_chat(fields, given, name, is_answered=name in CONVERSATIONS)
    return _asked_in_text(fields, name)


def _asked_in_text(fields: Fields, name: str) -> Asked:
    task = Task(fields.text(name, "instruction"), _input(fields, name))
    column, answer = _answer(fields)
    if isinstance(answer, str):
        return Asked(task, answer, name, column)
    if chats.questions(answer) > 1:  # the question is only the first of several
        return _of_chat(chats.conversation(answer), name, column)
    return Asked(task, chats.reply(answer), name, column)


def _input(fields: Fields, question: str) -> str:
    name = fields.first([name for name in INPUTS if name != question], is_scalar, FIRM)
    if name is None and question != "input":
        name = "input"  # white space is none to read, but stays as it is
    return fields.text(name, "input") if name else ""


def _asked_in_chat(fields: Fields, given: Chat, name: str, is_answered: bool) -> Asked:
    """A question in chat messages, which hold its answer too or (not `is_answered`) leave it to another column."""
    found = chats.conversation(given)
    if found.answer and is_answered:
        return _of_chat(found, name, None)
    column, answer = _answer(fields)
    if isinstance(answer, str):
        return replace(_of_chat(found, name, column if answer else None), answer=answer or found.answer)
    return _of_chat(chats.conversation([*(one for one in given if one not in answer), *answer]), name, column)


def _of_chat(found: Conversation, question: str, answered_in: str | None) -> Asked:
    return Asked(found.task, found.answer, question, answered_in, found.left_out)


def _answer(fields: Fields) -> tuple[str | None, str | Chat]:
    """The column with the reference answer, and the answer: a text, "" where there is none, or chat messages with it
    at their end."""
    name = fields.first(ANSWERS, lambda value: answer_in(value) is not None, FIRM)
    if name is None:
        return None, ""
    given = fields.take(name, "output")
    found = answer_in(given)
    return name, found if is_chat(found) else text(given if found is None else found, name)


def _before(fields: Fields) -> tuple[Turn, ...]:
    """The turns in `history`; a text there is none."""
    return chats.history(fields.take("history")) if _is_list(fields.peek("history")) else ()


def _system(fields: Fields) -> tuple[Turn, ...]:
    name = fields.first(SYSTEMS, lambda value: isinstance(value, str))
    return (Turn("system", fields.text(name, "system")),) if name else ()


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and not is_blank(value)
