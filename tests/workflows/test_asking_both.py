"""Two models asked a prompt of one's own: kept like any answer, and blind like any pair."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.student import Skipped
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import arena, comparisons
from citing_app.types import Person
from citing_app.workflows.asking_both import AskBoth, ask_both, can_ask, start
from citing_app.workflows.evaluation.arena.requests import NextPair, Vote
from citing_app.workflows.evaluation.arena.voting import next_pair, vote
from citing_app.workflows.evaluation.figures.answering import answerer
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import ScriptedStudent, finished
from tests.seeding import NASTY, count

ANN = Person("ann", "annotator")


@pytest.fixture
def student() -> ScriptedStudent:
    return ScriptedStudent()


@pytest.fixture
def studio(tmp_path: Path, student: ScriptedStudent) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student = student
    finished(opened, 1, "first")
    yield opened
    opened.close()


def asked(studio: Studio, message: str) -> None:
    ask_both(studio, message, [answerer(studio, None), answerer(studio, 1)], ANN, Job("ask", ""))


def test_both_answers_are_kept_and_come_back_as_a_blind_pair(studio: Studio) -> None:
    asked(studio, f"Say {NASTY}")
    now = next_pair(studio, NextPair.of({}), ANN)
    (pair,) = now["next"]
    assert pair["instruction"] == f"Say {NASTY}"
    assert sorted((pair["left"], pair["right"])) == sorted((f"base says Say {NASTY}", f"first says Say {NASTY}"))
    after = vote(studio, Vote.of({"pair": pair["pair"], "prefer": "left", "request_id": "r"}), ANN)
    named = {"base": f"base says Say {NASTY}", "round 1": f"first says Say {NASTY}"}
    assert after["names"] is not None
    assert (named[after["names"]["left"]], named[after["names"]["right"]]) == (pair["left"], pair["right"])
    (line,) = studio.votes.read()
    assert line["instruction"]["instruction"] == f"Say {NASTY}"
    with studio.store.read() as cursor:
        assert arena.candidates(cursor, "draft", "ann") == {}, "nobody else is shown a person's own prompt"


def test_the_same_prompt_again_is_the_same_comparison_and_writes_nothing(
    studio: Studio, student: ScriptedStudent
) -> None:
    asked(studio, "Why?")
    asked(studio, "Why?")
    assert (count(studio.store, "answers"), count(studio.store, "comparisons"), len(student.asked)) == (2, 1, 2)
    assert count(studio.store, "arena_sessions") == 2


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("The same.", "Both models gave the same answer"),
        ("", "One of the models gave no answer"),
        (Skipped(0, "too long"), "The prompt is longer than the student reads"),
    ],
)
def test_where_there_is_nothing_to_vote_on_a_sentence_says_so(
    studio: Studio, student: ScriptedStudent, says: Skipped | str, sentence: str
) -> None:
    student.behaviour = lambda weights, prompt: says
    with pytest.raises(CitingError, match=sentence):
        asked(studio, "Why?")
    assert count(studio.store, "arena_sessions") == 0


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"message": " ", "models": ["base", "1"]}, "Write something first"),
        ({"message": "Why?", "models": ["base", "0"]}, "Choose two different models"),
        ({"message": "Why?", "models": ["1"]}, "Choose two different models"),
        ({"message": "Why?", "models": ["base", "9"]}, "Round 9 has no adapter"),
        ({"message": "x" * 20_001, "models": ["base", "1"]}, "The message is longer than 20,000 characters"),
    ],
)
def test_what_cannot_be_asked_is_told(studio: Studio, body: dict[str, object], sentence: str) -> None:
    with pytest.raises(CitingError, match=sentence):
        start(studio, AskBoth.of(body), ANN)
    assert can_ask(studio, ANN) == {"rounds": [1], "asking": False, "failed": None}


def test_asking_happens_in_the_background(studio: Studio) -> None:
    start(studio, AskBoth.of({"message": "Why?", "models": ["base", "1"]}), ANN)
    while can_ask(studio, ANN)["asking"]:
        time.sleep(0.01)
    with studio.store.read() as cursor:
        (session,) = arena.sessions(cursor, "ann")
        (place,) = arena.places(cursor, session.id)
        assert comparisons.get(cursor, [place.comparison])[place.comparison].instruction == "Why?"


def test_why_it_failed_is_told_so_that_the_prompt_can_be_changed(studio: Studio, student: ScriptedStudent) -> None:
    student.behaviour = lambda weights, prompt: "The same."
    start(studio, AskBoth.of({"message": "Why?", "models": ["base", "1"]}), ANN)
    while can_ask(studio, ANN)["asking"]:
        time.sleep(0.01)
    assert can_ask(studio, ANN)["failed"] == "Both models gave the same answer, so there is nothing to vote on."
    assert can_ask(studio, Person("ben", "annotator"))["failed"] is None
