"""Blind votes: laid out evenly, saved once, taken back, and never lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError, Refused
from citing_app.method.identity import content_hash
from citing_app.settings import Settings
from citing_app.store import answers, arena, comparisons, test_sets
from citing_app.store.comparisons import Preference
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.store.votes import VOTES
from citing_app.types import Person
from citing_app.workflows.evaluation.arena.arena_view import arena_view
from citing_app.workflows.evaluation.arena.handing import Handed
from citing_app.workflows.evaluation.arena.requests import NextPair, OneSession, StartSession, TakeBackVote, Vote
from citing_app.workflows.evaluation.arena.revealing import RevealView, reveal
from citing_app.workflows.evaluation.arena.voting import handed, next_pair, start_session, take_back, vote
from citing_app.workflows.studio import Studio, open_studio
from tests.answering import answer, answered, models
from tests.conftest import ROOT
from tests.seeding import NASTY, count, pairs

ASKED = [row["instruction"] for row in pairs(4, "test")]
ANN, BEN = Person("ann", "annotator"), Person("ben", "annotator")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    yield opened
    opened.close()


def says(studio: Studio, now: Handed, prefer: str, person: Person = ANN, **other: Any) -> Handed:
    """A vote on the pair that is shown."""
    asked = {"pair": now["next"][0]["pair"], "prefer": prefer, "request_id": uuid.uuid4().hex, **other}
    return vote(studio, Vote.of(asked), person)


def finish(studio: Studio, now: Handed, person: Person = ANN, prefer: str = "left") -> RevealView:
    """Every pair left is voted on, and the names are shown."""
    while now["next"]:
        now = says(studio, now, prefer, person)
    return reveal(studio, OneSession.of({"session": now["session"]["session"]}), person)


def undo(studio: Studio, person: Person = ANN) -> Handed:
    return take_back(studio, TakeBackVote.of({"request_id": uuid.uuid4().hex}), person)


def standing(studio: Studio) -> list[Preference]:
    with studio.store.read() as cursor:
        return comparisons.standing(cursor)


def test_a_session_of_blind_votes_ends_with_the_names(studio: Studio) -> None:
    answered(studio.store, 30, "base", "round 1")
    now = start_session(studio, StartSession.of({"pairs": 8}), ANN)
    assert now["session"] == {**now["session"], "pairs": 8, "voted": 0, "skipped": 0, "revealed": False}
    longer = 0
    while now["next"]:
        pair = now["next"][0]
        is_left = pair["left"].startswith("A longer")
        longer += is_left
        now = says(studio, now, "left" if is_left else "right", articulate="tie")
    shown = reveal(studio, OneSession.of({}), ANN)
    (match,) = shown["matches"]
    assert (match["model"], match["against"]) == ("round 1", "base")
    assert (match["rates"]["overall"]["wins"], match["rates"]["overall"]["rate"]) == (8, 1.0)
    assert (match["rates"]["articulate"]["ties"], match["rates"]["articulate"]["rate"]) == (8, 0.5)
    assert match["rates"]["in_depth"]["n"] == 0
    assert longer == 4
    assert {(one["model"], one["left"], one["right"]) for one in shown["stood"]} == {("base", 4, 4), ("round 1", 4, 4)}
    for one in shown["pairs"]:
        written = "round 1" if one["pair"]["left"].startswith("A longer") else "base"
        assert one["names"]["left"] == written
        assert one["prefer"] == ("left" if written == "round 1" else "right")


def test_what_is_not_known_is_refused_though_a_session_is_open(studio: Studio) -> None:
    answered(studio.store, 6, "base", "round 1")
    opened = next_pair(studio, NextPair.of({"pairs": 4}), ANN)
    for wrong, sentence in (
        ({"models": ["9", "base"]}, "has not answered anything yet"),
        ({"test_set": "gone"}, "There is no test set of that name"),
    ):
        with pytest.raises(CitingError, match=sentence):
            next_pair(studio, NextPair.of(wrong), ANN)
    assert next_pair(studio, NextPair.of({"models": ["1", "base"]}), ANN) == opened


def test_over_several_models_every_one_is_on_both_sides_and_meets_every_other(studio: Studio) -> None:
    answered(studio.store, 12, "base", "round 1", "round 2")
    shown = finish(studio, start_session(studio, StartSession.of({"pairs": 15}), ANN))
    assert all(abs(one["left"] - one["right"]) <= 1 for one in shown["stood"])
    assert {(one["model"], one["against"]): one["rates"]["overall"]["n"] for one in shown["matches"]} == {
        ("round 1", "base"): 5,
        ("round 2", "base"): 5,
        ("round 2", "round 1"): 5,
    }


def test_only_answers_that_differ_to_one_instruction_and_of_one_kind_are_paired(studio: Studio) -> None:
    base, first = answered(studio.store, 4, "base", "round 1")
    with studio.store.write() as cursor:
        same = [answer(one, "Question 1?", "The same.", "self-revision") for one in (base, first)]
        blank = [
            answer(base, "Question 2?", " \n", "self-revision"),
            answer(first, "Question 2?", "x", "self-revision"),
        ]
        answers.add(cursor, [*same, *blank])
    with pytest.raises(CitingError, match="There are no pairs to vote on"):
        start_session(studio, StartSession.of({"answer": "self-revision"}), ANN)
    with studio.store.write() as cursor:
        answers.add(cursor, [answer(first, ASKED[1], "Differs.", "self-revision")])
        answers.add(cursor, [answer(base, ASKED[1], "Not blank.", "self-revision")])
    now = start_session(studio, StartSession.of({"answer": "self-revision"}), BEN)
    assert [now["next"][0]["instruction"], now["session"]["pairs"]] == [ASKED[1], 1]
    now = start_session(studio, StartSession.of({"pairs": 200}), ANN)
    assert now["session"]["pairs"] == 4


def test_models_and_a_test_set_can_be_chosen(studio: Studio) -> None:
    answered(studio.store, 6, "base", "round 1", "round 2")
    shown = finish(studio, start_session(studio, StartSession.of({"models": ["0", "2"]}), ANN))
    assert {one["model"] for one in shown["stood"]} == {"base", "round 2"}
    with studio.store.write() as cursor:
        test_sets.freeze(cursor, "two of them", [content_hash(text, "") for text in ASKED[:2]])
    now = start_session(studio, StartSession.of({"models": ["base", "1"], "test_set": "two of them"}), BEN)
    assert {one["instruction"] for one in now["next"]} == set(ASKED[:2])
    assert now["session"]["pairs"] == 2
    setup = arena_view(studio, ANN)["setup"]
    assert setup is not None
    assert setup["test_sets"] == ["two of them"]
    for wrong, sentence in (
        ({"models": ["base"]}, "at least two models"),
        ({"models": ["base", "round 9"]}, "has not answered anything yet"),
        ({"test_set": "none"}, "There is no test set of that name"),
        ({"pairs": 0}, "The number of pairs is a whole number"),
    ):
        with pytest.raises(CitingError, match=sentence):
            start_session(studio, StartSession.of(wrong), ANN)


def test_no_pair_comes_twice_and_people_are_spread_over_them(studio: Studio) -> None:
    answered(studio.store, 10, "base", "round 1")
    seen: dict[str, list[str]] = {}
    for person in (ANN, BEN):
        now = start_session(studio, StartSession.of({"pairs": 5}), person)
        seen[person.name] = []
        while now["next"]:
            seen[person.name].append(now["next"][0]["instruction"])
            now = says(studio, now, "tie", person)
    assert len({*seen["ann"], *seen["ben"]}) == 10
    finish(studio, start_session(studio, StartSession.of({"pairs": 5}), ANN))
    votes = Counter(one.comparison for one in standing(studio) if one.author == "ann")
    assert set(votes.values()) == {1}
    assert len(votes) == 10


def test_a_session_goes_on_where_it_was_and_the_next_pairs_are_there_already(studio: Studio) -> None:
    answered(studio.store, 10, "base", "round 1")
    now = next_pair(studio, NextPair.of({"pairs": 6}), ANN)
    after = says(studio, now, "left")
    assert after["next"][:2] == now["next"][1:]
    assert next_pair(studio, NextPair.of({"pairs": 3}), ANN) == after
    assert arena_view(studio, ANN) == {"open": after, "setup": None}
    assert arena_view(studio, BEN)["open"] is None
    assert handed(studio, OneSession.of({"session": now["session"]["session"]}), ANN) == after


def test_a_double_key_press_is_one_vote(studio: Studio) -> None:
    answered(studio.store, 4, "base", "round 1")
    now = start_session(studio, StartSession.of({}), ANN)
    once = says(studio, now, "left", request_id="one")
    assert says(studio, now, "left", request_id="one") == once
    assert len(standing(studio)) == len(studio.votes.read()) == 1
    with pytest.raises(Refused, match="You have voted on this pair already"):
        says(studio, now, "right")
    with pytest.raises(CitingError, match="A vote needs a request id"):
        says(studio, now, "right", request_id="")


def test_a_vote_and_a_skip_are_taken_back_in_turn(studio: Studio) -> None:
    answered(studio.store, 4, "base", "round 1")
    start = start_session(studio, StartSession.of({}), ANN)
    voted = says(studio, start, "both_bad")
    skipped = says(studio, voted, "skip")
    assert (skipped["session"]["voted"], skipped["session"]["skipped"]) == (1, 1)
    assert undo(studio) == voted
    assert undo(studio) == start
    with pytest.raises(Refused, match="There is nothing to undo"):
        undo(studio)
    again = take_back(studio, TakeBackVote.of({"request_id": "u"}), ANN) if says(studio, start, "left") else start
    assert take_back(studio, TakeBackVote.of({"request_id": "u"}), ANN) == again == start
    assert [line["outcome"] for line in studio.votes.read()] == ["ok", "skip", "undo", "undo", "ok", "undo"]


def test_a_pair_is_only_ones_own_and_a_token_tells_nobody_elses(studio: Studio) -> None:
    answered(studio.store, 4, "base", "round 1")
    anns = start_session(studio, StartSession.of({}), ANN)
    with pytest.raises(CitingError) as other:
        says(studio, anns, "left", BEN)
    with pytest.raises(CitingError) as unknown:
        vote(studio, Vote.of({"pair": "made up", "prefer": "left", "request_id": "r"}), ANN)
    assert str(other.value) == str(unknown.value) == "This pair isn't one of yours; ask for the next pair."
    for ask in (handed, reveal):
        with pytest.raises(CitingError, match="There is no such session of yours"):
            ask(studio, OneSession.of({"session": anns["session"]["session"]}), BEN)
    with pytest.raises(CitingError, match="A skip says nothing"):
        says(studio, anns, "skip", articulate="left")


def test_names_after_each_vote_are_those_of_the_pair_and_it_is_never_blind_again(studio: Studio) -> None:
    answered(studio.store, 4, "base", "round 1")
    now = start_session(studio, StartSession.of({"reveal": "each"}), ANN)
    assert now["names"] is None
    after = says(studio, now, "skip")
    assert after["names"] is None
    now = undo(studio)
    after = says(studio, now, "left", request_id="one")
    assert after["names"] is not None
    assert {after["names"]["left"], after["names"]["right"]} == {"base", "round 1"}
    other = {"pair": after["next"][0]["pair"], "prefer": "left", "request_id": "one"}
    assert vote(studio, Vote.of(other), ANN)["names"] is None, "a used request id buys no names"
    back = undo(studio)
    assert back["session"]["voted"] == 0
    assert now["next"][0]["pair"] not in [one["pair"] for one in back["next"]]
    with pytest.raises(Refused, match="The names of this pair have been shown"):
        says(studio, now, "right")


def test_after_the_reveal_nothing_is_voted(studio: Studio) -> None:
    answered(studio.store, 4, "base", "round 1")
    now = says(studio, start_session(studio, StartSession.of({}), ANN), "left")
    assert now["names"] is None
    shown = reveal(studio, OneSession.of({}), ANN)
    assert [one["prefer"] for one in shown["pairs"]] == ["left", None, None, None]
    with pytest.raises(Refused, match="The names of this session have been shown"):
        says(studio, now, "left")
    assert reveal(studio, OneSession.of({"session": now["session"]["session"]}), ANN) == shown
    setup = arena_view(studio, ANN)["setup"]
    assert setup is not None
    assert setup["voters"] == {"ann": 1}
    assert [one["name"] for one in setup["models"]] == ["base", "round 1"]


def test_people_and_judges_agree_by_kappa(studio: Studio) -> None:
    answered(studio.store, 4, "base", "round 1")
    for person, always in ((ANN, ""), (BEN, "")):
        now = start_session(studio, StartSession.of({}), person)
        while now["next"]:
            longer = "left" if now["next"][0]["left"].startswith("A longer") else "right"
            prefer = always or ("tie" if "1" in now["next"][0]["instruction"] else longer)
            now = says(studio, now, prefer, person)
        reveal(studio, OneSession.of({}), person)
    made = [one for one in standing(studio) if one.author == "ann"]
    with studio.store.write() as cursor:
        judged = [
            Preference(f"j{n}", one.comparison, one.left_answer, "judge", "gpt", one.said_at, overall=one.overall)
            for n, one in enumerate(made)
        ]
        comparisons.say(cursor, judged)
    setup = arena_view(studio, ANN)["setup"]
    assert setup is not None
    assert {(row["one"], row["other"]): row["kappa"] for row in setup["agreement"]} == {
        ("ann", "ben"): 1.0,
        ("gpt", "ann"): 1.0,
        ("gpt", "ben"): 1.0,
    }


def test_a_journal_of_votes_stands_alone_and_replays_into_an_empty_store(studio: Studio, tmp_path: Path) -> None:
    base, first = models("base", "round 1")
    answered(studio.store, 4, "base", "round 1")
    with studio.store.write() as cursor:
        answers.add(cursor, [answer(base, ASKED[0], f"One {NASTY}"), answer(first, ASKED[0], "Two")])
    now = start_session(studio, StartSession.of({}), ANN)
    now = says(studio, now, "left", articulate="right", seconds=2.5)
    now = says(studio, now, "skip")
    now = undo(studio)
    finish(studio, now)
    before = standing(studio)
    (line, *_) = [json.loads(text) for text in studio.votes.path.read_text(encoding="utf-8").split("\n") if text]
    assert {"instruction", "left", "right", "seed", "person", "articulate", "at", "seconds"} <= line.keys()
    assert {line[side]["model"]["name"] for side in ("left", "right")} == {"base", "round 1"}
    other = Journal(tmp_path / "other", "vote")
    other.path.write_bytes(studio.votes.path.read_bytes())
    with Store(tmp_path / "other") as empty:
        assert reconcile(empty, other, VOTES) == (6, 0)
        with empty.read() as cursor:
            assert comparisons.standing(cursor) == before
            (session,) = arena.sessions(cursor, "ann")
            assert session.revealed_at is not None
            assert len(arena.places(cursor, session.id)) == 4
        assert reconcile(empty, other, VOTES) == (0, 0)
        assert other.path.read_bytes() == studio.votes.path.read_bytes()
    studio.votes.path.unlink()
    assert reconcile(studio.store, Journal(studio.settings.data_dir, "vote"), VOTES) == (0, 6)
    assert studio.votes.path.read_bytes() == other.path.read_bytes()


VOTING = """
import sys
from pathlib import Path
from citing_app.settings import Settings
from citing_app.types import Person
from citing_app.workflows.evaluation.arena.voting import next_pair, vote
from citing_app.workflows.evaluation.arena.requests import NextPair, Vote
from citing_app.workflows.studio import open_studio
studio = open_studio(Settings(Path(sys.argv[1]), Path(sys.argv[1])))
ann = Person("ann", "annotator")
now = next_pair(studio, NextPair(pairs=100), ann)
while now["next"]:
    now = vote(studio, Vote(pair=now["next"][0]["pair"], prefer="left", request_id=now["next"][0]["pair"]), ann)
    print(now["session"]["voted"], flush=True)
"""


def test_a_killed_process_loses_no_vote_that_it_reported_as_saved(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        answered(store, 100, "base", "round 1")
    with subprocess.Popen(
        [sys.executable, "-c", VOTING, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        saved = [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGKILL)
        saved += [line for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    assert len(saved) >= 5
    assert len(Journal(tmp_path, "vote").read()) >= len(saved)
    opened = open_studio(Settings(tmp_path, tmp_path))
    try:
        assert count(opened.store, "votes") in (len(saved), len(saved) + 1)
        assert len(opened.votes.read()) == len(standing(opened)) == count(opened.store, "votes")
        now = next_pair(opened, NextPair.of({}), ANN)
        assert now["session"]["voted"] == count(opened.store, "votes")
    finally:
        opened.close()


def test_a_crash_between_commit_and_journal_is_mended_at_the_next_start(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "cache")
    opened = open_studio(settings)
    answered(opened.store, 4, "base", "round 1")
    now = says(opened, start_session(opened, StartSession.of({}), ANN), "left")
    kept = opened.votes.path.read_bytes()
    says(opened, now, "right")
    whole = opened.votes.path.read_bytes()
    opened.votes.path.write_bytes(kept)
    opened.close()
    again = open_studio(settings)
    assert again.votes.path.read_bytes() == whole
    again.close()
