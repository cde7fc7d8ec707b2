"""An answer becomes an item of the desk: the question with what was said before it, the answer as a student's draft,
and a better answer, where the person wrote one, as its revision."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.method.identity import exact_hash, task_hash
from citing_app.store import chats, instructions, items, revisions, teachers
from citing_app.store.chats import ChatTurn
from citing_app.store.database import Cursor
from citing_app.store.revisions import NewRevision
from citing_app.store.teachers import Chosen
from citing_app.types import Person, Task, Turn
from citing_app.workflows.chats.conversations import owned_turn
from citing_app.workflows.chats.requests import ReviewAnswer
from citing_app.workflows.chats.tree import path
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.rubrics.assigning import assign_anew
from citing_app.workflows.students import number_of
from citing_app.workflows.studio import Studio

DATASET = "chat"


class Reviewed(TypedDict):
    """The item, and one sentence about it."""

    item: int
    told: str


def review(studio: Studio, asked: ReviewAnswer, person: Person) -> Reviewed:
    """Put an answer on the desk, signed with its model. Its question comes in as an import does, and can be taken back.

    An answer that is there already is told, and gets the better one as its newest revision. Raises CitingError for a
    message that is no finished answer, or not this person's.
    """
    with studio.store.read() as cursor:
        conversation, answer = owned_turn(cursor, asked.turn, person)
        shown = path(chats.turns(cursor, conversation.id), answer.id)
    if answer.role != "assistant" or answer.state == "writing" or not answer.content.strip():
        raise CitingError("Only an answer that has ended can be reviewed.")
    *before, question, _ = shown
    task = _task(answer, before, question)
    by, journal, by_model = person.name, studio.imports, _is_revised_by_a_model(studio)
    import_rows(studio.store, [_row(task)], DATASET, by=by, journal=journal, file="Chat")
    with studio.store.write() as cursor:
        found = _put(cursor, task, answer, asked.better, by, by_model)
    assign_anew(studio)
    return found


def _is_revised_by_a_model(studio: Studio) -> bool:
    """Whether a teacher of this data set reads drafts: a question of a chat has no reference answer."""
    with studio.store.read() as cursor:
        names = teachers.chosen(cursor).get(DATASET, Chosen()).teachers
    return any(one.model for one in studio.teachers if one.name in (names or (studio.teachers[0].name,)))


def _task(answer: ChatTurn, before: list[ChatTurn], question: ChatTurn) -> Task:
    system = str(answer.about["settings"]["system"])
    said = [Turn("system", system)] if system.strip() else []
    said += [Turn(turn.role, turn.content) for turn in before if turn.content.strip()]
    return Task(question.content, turns=tuple(said))


def _row(task: Task) -> dict[str, object]:
    """The task as a row of an own export, which an import reads as it was written (workflows/data/own.py)."""
    turns = [asdict(turn) for turn in task.turns]
    nobody = dict.fromkeys(("annotator", "teacher", "rubric_version", "round"))
    return {"instruction": task.instruction, "turns": turns, "revision": "", "output": "", **nobody}


def _put(cursor: Cursor, task: Task, answer: ChatTurn, better: str, by: str, by_model: bool) -> Reviewed:
    (instruction,) = instructions.by_hash(cursor, [task_hash(task)])
    number, author = number_of(str(answer.about["model"])), str(answer.about["author"])
    new = items.add_draft(cursor, instruction, answer.content, author, number)
    item = new or items.item_of_draft(cursor, exact_hash(instruction.hash, author, answer.content))
    if better.strip():
        revisions.add(cursor, [NewRevision(item, better, by)])
    if instruction.split != "train":
        return {"item": item, "told": "This question is one of the held-out rows, which are measured and not reviewed."}
    if new is None:
        return {"item": item, "told": "This answer is on the desk already."}
    if better.strip():
        return {"item": item, "told": "It waits on the desk, with your answer as its revision."}
    if by_model:
        return {"item": item, "told": "It is on the desk; to have it revised, ask for revisions on the Teacher page."}
    return {
        "item": item,
        "told": "It is on the desk; to have it revised, add a teacher and choose it for the data set chat on the "
        "Teacher page.",
    }
