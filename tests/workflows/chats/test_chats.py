"""Conversations: kept to the last space, their owner's alone, asked again and edited without losing anything."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.student import Skipped
from citing_app.settings import Settings
from citing_app.store import chats
from citing_app.workflows.chats import asking, conversations, exporting
from citing_app.workflows.chats.chatting import Answer, chat
from citing_app.workflows.chats.requests import Again, Chat, Edit, Export, OneConversation, OneTurn, Rename, Send
from citing_app.workflows.data.importing import import_file
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import LengthEmbedder, finished
from tests.talking_student import ANN, BEN, CODE, TalkingStudent, say, texts, turns, whole


@pytest.fixture
def student() -> TalkingStudent:
    return TalkingStudent()


@pytest.fixture
def studio(tmp_path: Path, student: TalkingStudent) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student = student
    finished(opened, 1, "first ")
    yield opened
    opened.close()


def test_every_character_is_kept_on_the_page_and_in_what_the_student_reads(
    studio: Studio, student: TalkingStudent
) -> None:
    student.answer = lambda prompt: CODE if prompt == CODE else "fine"
    first = say(studio, CODE)
    assert texts(first) == [CODE, CODE]
    assert first["name"] == "def f(x): return x # 一 <b>&amp;</b> $x$ done"
    second = say(studio, "And now?", first)
    assert texts(second) == [CODE, CODE, "And now?", "fine"]
    assert [message["content"] for message in student.requests[-1].prompts[0]] == [CODE, CODE, "And now?"]


def test_a_conversation_is_its_owners_alone(studio: Studio) -> None:
    view = say(studio, "Hello?")
    turn = turns(view)[0]["id"]
    one, body = OneConversation(conversation=view["id"]), {"turn": turn, "message": "x"}
    for ask in (
        lambda: conversations.conversation_view(studio, one, BEN),
        lambda: conversations.written(studio, one, BEN),
        lambda: conversations.delete(studio, one, BEN),
        lambda: conversations.rename(studio, Rename(conversation=view["id"], name="x"), BEN),
        lambda: conversations.show(studio, OneTurn(turn=turn), BEN),
        lambda: conversations.branch(studio, OneTurn(turn=turn), BEN),
        lambda: exporting.export(studio, Export(conversation=view["id"]), BEN),
        lambda: asking.stop(studio, one, BEN),
        lambda: asking.edit(studio, Edit.of(body), BEN),
        lambda: asking.again(studio, Again.of(body), BEN),
        lambda: asking.send(studio, Send.of({"message": "x", "conversation": view["id"]}), BEN),
    ):
        with pytest.raises(CitingError, match="not one of yours"):
            ask()
    assert conversations.chats_view(studio, BEN)["conversations"] == []
    with pytest.raises(CitingError, match="no conversation to export"):
        exporting.export(studio, Export(), BEN)


def test_what_is_wrong_is_told_before_anything_is_kept(studio: Studio) -> None:
    for body, sentence in (
        ({"message": " \n"}, "Write something first"),
        ({"message": "x" * 20_001}, "longer than 20,000"),
        ({"message": "x", "models": {1: "9"}}, "Round 9 has no adapter"),
        ({"message": "x", "models": {}}, "Choose a model"),
        ({"message": "x", "models": {5: "base"}}, "between 1 and 4"),
        ({"message": "x", "temperature": 3}, "between 0 and 2"),
        ({"message": "x", "length": 0}, "between 1 and 4,096"),
    ):
        with pytest.raises(CitingError, match=sentence):
            asking.send(studio, Send.of(body), ANN)
    assert conversations.chats_view(studio, ANN)["conversations"] == []


def test_settings_reach_the_student_and_are_remembered(studio: Studio, student: TalkingStudent) -> None:
    settings = {"temperature": 0.5, "length": 7, "seed": 3, "system": "Be brief.", "strength": 0.5}
    view = say(studio, "Hello?", models={1: "1"}, **settings)
    request = student.requests[-1]
    assert (request.temperature, request.max_new_tokens, request.seeds, request.strength) == (0.5, 7, (3,), 0.5)
    assert request.prompts[0][0] == {"role": "system", "content": "Be brief."}
    assert view["settings"] == {**settings, "self_revise": False}
    assert str(turns(view)[1]["about"]["signature"]).startswith("round 1 · strength 0.5 · ")


def test_the_oldest_turns_that_do_not_fit_are_left_out_and_counted(studio: Studio, student: TalkingStudent) -> None:
    student.answer, student.reads = lambda prompt: "y" * 50, 240
    view = say(studio, "a" * 50, system="System.")
    for letter in "bcd":
        view = say(studio, letter * 50, view, system="System.")
    read = [message["content"][:1] for message in student.requests[-1].prompts[0]]
    assert read == ["S", "c", "y", "d"]
    assert [turn["about"].get("left_out") for turn in turns(view)][1::2] == [0, 0, 2, 4]
    assert len(texts(view)) == 8, "nothing is lost on the page"
    view = say(studio, "e" * 300, view)
    assert (turns(view)[-1]["state"], turns(view)[-1]["about"]["reason"]) == (
        "failed",
        "The text has 300 tokens; shorten it.",
    )


def test_a_refusal_that_is_not_about_length_leaves_nothing_out(studio: Studio, student: TalkingStudent) -> None:
    view = say(studio, "First?")
    student.generate = lambda request, cancelled: iter([Skipped(0, "No.", share=1.0)])  # type: ignore[method-assign,assignment]
    view = say(studio, "Second?", view)
    assert turns(view)[-1]["about"]["reason"] == "No."
    assert turns(view)[-1]["about"].get("left_out", 0) == 0


def test_models_answer_side_by_side_and_one_that_joins_goes_on_from_the_first(
    studio: Studio, student: TalkingStudent
) -> None:
    view = say(studio, "One?")
    view = say(studio, "Two?", view, models={1: "base", 3: "1"})
    assert texts(view) == ["One?", "Said One?", "Two?", "Said Two?"]
    assert texts(view, 3) == ["One?", "Said One?", "Two?", "Said first Two?"]
    view = say(studio, "Three?", view, models={3: "1"})
    assert [one["lane"] for one in view["lanes"]] == [3]
    assert texts(view, 3)[-2:] == ["Three?", "Said first Three?"]


def test_an_edited_question_and_another_answer_stand_beside_the_old_ones(
    studio: Studio, student: TalkingStudent
) -> None:
    student.answer = lambda prompt: f"{len(student.requests)} answers"
    view = say(studio, "One?", models={1: "base", 2: "1"})
    old = texts(view)
    view = say(studio, "Two?", view, models={1: "base", 2: "1"})
    question = turns(view)[0]["id"]
    edited = whole(studio, asking.edit(studio, Edit.of({"turn": question, "message": "Uno?"}), ANN))
    for lane in (1, 2):
        assert texts(edited, lane)[0] == "Uno?"
        assert len(turns(edited, lane)) == 2
        assert len(turns(edited, lane)[0]["versions"]) == 2
    with pytest.raises(CitingError, match="not shown any more"):
        asking.again(studio, Again.of({"turn": turns(view)[1]["id"]}), ANN)
    back = conversations.show(studio, OneTurn(turn=question), ANN)
    assert texts(back) == texts(view), "with all that followed"
    assert texts(back, 2)[0] == "Uno?"
    answer = turns(back)[-1]
    again = whole(studio, asking.again(studio, Again.of({"turn": answer["id"], "models": {1: "1"}}), ANN))
    assert texts(again)[:-1] == [*old, "Two?"]
    assert turns(again)[-1]["versions"] == [answer["id"], turns(again)[-1]["id"]]
    assert str(turns(again)[-1]["about"]["signature"]).startswith("round 1")
    with pytest.raises(CitingError, match="Only a question can be edited"):
        asking.edit(studio, Edit.of({"turn": answer["id"], "message": "x"}), ANN)


def test_a_branch_begins_with_what_was_said_and_leaves_the_rest(studio: Studio) -> None:
    view = say(studio, "Two?", say(studio, "One?"))
    branch = conversations.branch(studio, OneTurn(turn=turns(view)[1]["id"]), ANN)
    assert texts(branch) == ["One?", "Said One?"]
    assert texts(say(studio, "Other?", branch))[-2:] == ["Other?", "Said Other?"]
    again = conversations.conversation_view(studio, OneConversation(conversation=view["id"]), ANN)
    assert texts(again) == texts(view)


def test_an_answer_outlives_its_reader_and_stop_keeps_what_was_written(studio: Studio, student: TalkingStudent) -> None:
    student.holds = threading.Event()
    view = asking.send(studio, Send.of({"message": "Long?"}), ANN)
    one = OneConversation(conversation=view["id"])
    while not any(turn["content"] for turn in conversations.written(studio, one, ANN)["turns"]):
        time.sleep(0.01)
    assert conversations.chats_view(studio, ANN)["conversations"][0]["writing"]
    assert (turns(view)[1]["state"], turns(conversations.conversation_view(studio, one, ANN))[1]["content"]) == (
        "writing",
        "Said",
    )
    stopped = asking.stop(studio, one, ANN)
    assert [(turn["content"], turn["state"]) for turn in turns(stopped)] == [("Long?", "done"), ("Said", "stopped")]
    begun = asking.send(studio, Send.of({"message": "Next?", "conversation": view["id"]}), ANN)
    after = asking.send(studio, Send.of({"message": "Instead?", "conversation": view["id"]}), ANN)
    assert turns(after)[3]["state"] == "stopped", "a question ends the answer that is being written"
    assert turns(begun)[3]["id"] == turns(after)[3]["id"]
    student.holds.set()
    assert texts(whole(studio, after))[-1] == "Said Instead?"


def test_an_answer_that_a_killed_app_left_is_called_interrupted(tmp_path: Path, student: TalkingStudent) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "cache")
    student.holds = threading.Event()
    first = open_studio(settings)
    first.student = student
    view = asking.send(first, Send.of({"message": "Long?"}), ANN)
    with first.store.write() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT * FROM chat_turns")
    first.close()
    again = open_studio(settings)
    with again.store.write() as cursor:  # as it stood when the app was killed
        cursor.execute("DELETE FROM chat_turns")
        cursor.execute("INSERT INTO chat_turns SELECT * FROM kept")
    found = conversations.conversation_view(again, OneConversation(conversation=view["id"]), ANN)
    assert [turn["state"] for turn in turns(found)] == ["done", "interrupted"]
    again.close()


def test_what_another_window_does_while_an_answer_is_stopped_stands(studio: Studio, student: TalkingStudent) -> None:
    student.holds = threading.Event()
    view = asking.send(studio, Send.of({"message": "Long?"}), ANN)
    student.on_cancelled = lambda: conversations.rename(studio, Rename(conversation=view["id"], name="Mine"), ANN)
    following = {"message": "Next?", "conversation": view["id"]}
    assert asking.send(studio, Send.of(following), ANN)["name"] == "Mine"

    def delete() -> None:
        with studio.store.write() as cursor:
            chats.delete(cursor, view["id"])

    student.on_cancelled = delete
    with pytest.raises(CitingError, match="was deleted"):
        asking.send(studio, Send.of(following), ANN)
    with studio.store.read() as cursor:
        assert (chats.of_person(cursor, ANN.name), chats.turns(cursor, view["id"])) == ([], [])


def test_an_answer_is_signed_with_the_student_that_gives_it(studio: Studio) -> None:
    answers: list[Answer] = []
    asked = threading.Thread(target=lambda: answers.extend(chat(studio, Chat(message="Who?"))))
    with studio.device.still():  # as while the student is changed
        asked.start()
        time.sleep(0.1)
        studio.chosen = replace(studio.chosen, base="base of second")
    asked.join()
    assert {(answer.author, answer.model) for answer in answers} == {("base of second", "base of second")}


def test_renamed_exported_and_deleted(studio: Studio, tmp_path: Path) -> None:
    view = say(studio, CODE, system="Be brief.")
    one = OneConversation(conversation=view["id"])
    with pytest.raises(CitingError, match="needs a name"):
        conversations.rename(studio, Rename(conversation=view["id"], name=" \n"), ANN)
    listed = conversations.rename(studio, Rename(conversation=view["id"], name=" My  code "), ANN)
    assert [row["name"] for row in listed["conversations"]] == ["My code"]
    exported = exporting.export(studio, Export(conversation=view["id"]), ANN)
    (row,) = map(json.loads, exported["text"].splitlines())
    assert exported["name"] == "My code.jsonl"
    assert row["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": CODE},
        {"role": "assistant", "content": f"Said {CODE}"},
    ]
    (tmp_path / "chat.jsonl").write_text(exported["text"])
    assert import_file(studio.store, tmp_path / "chat.jsonl", "back").imported == 1
    markdown = exporting.export(studio, Export(form="md"), ANN)
    assert (
        markdown["text"] == f"# My code\n\n**System**\n\nBe brief.\n\n**User**\n\n{CODE}\n\n**base**\n\nSaid {CODE}\n"
    )
    assert conversations.delete(studio, one, ANN)["conversations"] == []
    with studio.store.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM chat_turns").fetchone() == (0,)


def test_a_thought_is_no_part_of_the_answer(studio: Studio, student: TalkingStudent) -> None:
    student.answer = lambda prompt: "<think>\nHm.\n</think>\nFour."
    view = say(studio, "2 + 2?")
    assert texts(view)[-1] == "Four."
    say(studio, "And 3?", view)
    assert student.requests[-1].prompts[0][1]["content"] == "Four."
    failed = say(studio, "Once more?", self_revise=True)  # there are no rubrics
    assert (turns(failed)[-1]["state"], texts(failed)[-1]) == ("failed", "Four.")
    studio.embedder = LengthEmbedder()
    revised = turns(say(studio, "2 + 2?", self_revise=True))[-1]
    assert (revised["content"], revised["about"]["draft"]) == ("Four.", "Four.")


def test_a_thought_that_was_stopped_is_no_answer(studio: Studio, student: TalkingStudent) -> None:
    student.answer, student.holds = lambda prompt: "<think>\nHm, and more", threading.Event()
    begun = asking.send(studio, Send.of({"message": "2 + 2?"}), ANN)
    while not student.requests:
        time.sleep(0.01)
    stopped = asking.stop(studio, OneConversation(conversation=begun["id"]), ANN)
    assert (texts(stopped)[-1], turns(stopped)[-1]["state"]) == ("", "stopped")
