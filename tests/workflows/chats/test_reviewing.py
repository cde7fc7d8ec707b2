"""An answer on the desk: its question with the turns before, its model's signature, and a better answer as revision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.method.identity import split_of, task_hash
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import items
from citing_app.types import Person, Task, Turn
from citing_app.workflows.calls.requests import AddModel
from citing_app.workflows.chats import reviewing
from citing_app.workflows.chats.conversations import ConversationView
from citing_app.workflows.chats.requests import ReviewAnswer
from citing_app.workflows.data.taking_back import take_back
from citing_app.workflows.drafts import adding, starting
from citing_app.workflows.drafts.requests import ChooseTeachers
from citing_app.workflows.drafts.teachers import choose_teachers
from citing_app.workflows.studio import Studio, open_studio
from tests.answering_server import Said, answering, completion
from tests.scripted_student import finished
from tests.seeding import item
from tests.talking_student import ANN, BEN, CODE, TalkingStudent, say, turns


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student = TalkingStudent()
    finished(opened, 1, "first ")
    yield opened
    opened.close()


def talk(studio: Studio, split: str, system: str = "") -> ConversationView:
    """A conversation of two questions to round 1, of which the second one falls into this split."""
    said = [Turn("system", system)] if system else []
    said += [Turn("user", CODE), Turn("assistant", f"Said first {CODE}")]
    questions = (f"And {number}?" for number in range(1000))
    question = next(q for q in questions if split_of(task_hash(Task(q, turns=tuple(said)))) == split)
    before = say(studio, CODE, models={1: "1"}, system=system)
    return say(studio, question, before, models={1: "1"}, system=system)


def review(studio: Studio, turn: str, better: str = "", person: Person = ANN) -> reviewing.Reviewed:
    return reviewing.review(studio, ReviewAnswer(turn=turn, better=better), person)


def test_a_better_answer_is_the_revision_of_the_models_draft(studio: Studio) -> None:
    view = talk(studio, "train", system="Be brief.")
    answer = turns(view)[-1]
    told = review(studio, answer["id"], "\tBetter.\n")
    found = item(studio.store, told["item"])
    assert told["told"] == "It waits on the desk, with your answer as its revision."
    assert found.instruction.turns == (
        Turn("system", "Be brief."),
        Turn("user", CODE),
        Turn("assistant", f"Said first {CODE}"),
    )
    assert (found.instruction.text, found.instruction.dataset) == (turns(view)[-2]["content"], "chat")
    assert (found.draft, found.draft_author, found.draft_round) == (answer["content"], "round 1", 1)
    assert (found.revision, found.revision_author, found.state) == ("\tBetter.\n", "ann", "waiting")


def test_an_answer_alone_waits_for_a_revision_and_its_twin_is_told(studio: Studio) -> None:
    answer = turns(talk(studio, "train"))[-1]["id"]
    first = review(studio, answer)
    assert item(studio.store, first["item"]).state == "drafted"
    assert "add a teacher and choose it for the data set chat" in first["told"]  # a chat has no reference answers
    assert review(studio, answer) == {"item": first["item"], "told": "This answer is on the desk already."}
    assert review(studio, answer, "Better.")["item"] == first["item"]
    found = item(studio.store, first["item"])
    assert (found.state, found.revision, found.revision_author) == ("waiting", "Better.", "ann")


def test_an_answer_that_no_teacher_could_revise_is_revised_once_there_is_one(studio: Studio) -> None:
    first = review(studio, turns(talk(studio, "train"))[-1]["id"])
    assert starting.revise_now(studio, 5, Job("revise", ""))["failed"] == 1
    with answering(lambda request, number: Said(completion("Better."))) as server:
        adding.add_teacher(studio, AddModel.of({"model": "m", "url": server.url}), "ann")
        choose_teachers(studio, ChooseTeachers.of({"dataset": "chat", "teachers": ["m"], "style": "free"}), "ann")
        assert starting.revise_now(studio, 5, Job("revise", ""))["ok"] == 1
    found = item(studio.store, first["item"])
    assert (found.state, found.revision, found.revision_author) == ("waiting", "Better.", "m")
    another = turns(say(studio, "And another?", models={1: "1"}))[-1]["id"]
    assert review(studio, another)["told"].endswith("ask for revisions on the Teacher page.")


def test_a_held_out_question_says_that_it_is_not_reviewed(studio: Studio) -> None:
    told = review(studio, turns(talk(studio, "test"))[-1]["id"], "Better.")
    assert item(studio.store, told["item"]).state == "held_out"
    assert "held-out rows" in told["told"]


def test_it_comes_in_as_an_import_that_is_journalled_and_can_be_taken_back(studio: Studio) -> None:
    told = review(studio, turns(talk(studio, "train"))[-1]["id"])
    (line,) = studio.imports.read()
    assert (line["kind"], line["by"], line["dataset"], line["file"]) == ("import", "ann", "chat", "Chat")
    take_back(studio.store, studio.imports, line["import"], "ann")
    with studio.store.read() as cursor:
        assert items.get(cursor, told["item"]) is None


def test_only_ones_own_answers_that_have_ended(studio: Studio) -> None:
    question, answer = turns(talk(studio, "train"))[-2:]
    with pytest.raises(CitingError, match="not one of yours"):
        review(studio, answer["id"], person=BEN)
    with pytest.raises(CitingError, match="Only an answer"):
        review(studio, question["id"])
