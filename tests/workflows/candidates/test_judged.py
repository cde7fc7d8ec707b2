"""A judge as the reward: told before, asked once in both orders, kept whatever ends it, refused where it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.judge import Judge
from citing_app.models.openai_model import OpenAIModel
from citing_app.models.student import Finished, GenerationEvent, GenerationRequest, never
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.calls import spending
from citing_app.workflows.candidates.estimating import estimate, told
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.candidates.sampling import Sampled, sample, start_sampling
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training_set import gather
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_judge import first_place, judging, longer
from tests.scripted_student import ScriptedStudent
from tests.seeding import count, instructions_in
from tests.teacher_server import TeacherServer, serving

ROWS, K = 3, 4
REWARD = "judge:careful"
DRAFT = "one two three"
WORDS = ["one", "two", "three", "four", "five"]


class Drawing(ScriptedStudent):
    """Drafts three words, and draws from one to five: by the number of the drawing."""

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        for event in super().generate(request, cancelled):
            if isinstance(event, Finished):
                number = len(self.asked) % len(WORDS)
                yield replace(event, text=" ".join(WORDS[: 1 + number]) if request.seeds else DRAFT)
            else:
                yield event


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student = Drawing()
    texts = islice(instructions_in("train"), ROWS)
    import_rows(opened.store, [{"instruction": text, "output": "An answer."} for text in texts], "set")
    yield opened
    opened.close()


@contextmanager
def judged(studio: Studio, rule: Callable[[str, str], str] = longer) -> Iterator[tuple[Studio, TeacherServer]]:
    with serving(TeacherServer(judging(rule))) as server:
        yield replace(studio, judges=(Judge("careful", OpenAIModel("careful", server.url, timeout=20.0)),)), server


def sampled(studio: Studio, job: Job | None = None, **asked: object) -> Sampled:
    asked = {"items": ROWS, "k": K, "reward": REWARD, **asked}
    return sample(studio, Sample(**asked), job or Job("sample", ""))  # type: ignore[arg-type]


def scores(studio: Studio) -> dict[str, float]:
    with studio.store.read() as cursor:
        rows = cursor.execute(
            "SELECT c.text, s.value FROM scores s JOIN candidates c ON c.key = s.candidate WHERE s.reward = ?", [REWARD]
        ).fetchall()
    return dict(rows)


def test_candidates_are_worth_what_the_judge_says_of_them_beside_the_draft(studio: Studio) -> None:
    with judged(studio) as (with_judge, server):
        found = sampled(with_judge)
        assert found["figures"] is not None
        assert (found["figures"]["reward"], found["figures"]["candidates"]) == (REWARD, ROWS * K)
        by_text = scores(studio)
        assert by_text == {text: 1.0 if len(text) > len(DRAFT) else float(text == DRAFT) / 2 for text in by_text}
        assert {0.0, 0.5, 1.0} == set(by_text.values())
        rows = gather(studio.store, Choices(kind="raft", reward=REWARD)).train
        assert {len(row["completion"][0]["content"].split()) >= 4 for row in rows} == {True}
        assert set(server.billed.values()) == {1}
        paid = len(server.billed)
        assert sampled(with_judge)["written"] == 0
        assert len(server.billed) == paid


def test_a_judge_that_prefers_a_place_finds_all_alike_and_one_that_cannot_be_read_says_nothing(studio: Studio) -> None:
    with judged(studio, first_place) as (with_judge, _):
        sampled(with_judge)
    assert set(scores(studio).values()) == {0.5}
    with judged(studio, lambda a, b: "neither") as (with_judge, _):
        other = replace(with_judge.judges[0], name="muddled")
        found = sampled(replace(with_judge, judges=(other,)), reward="judge:muddled", k=2, seed=5)
    assert found["figures"] is None or found["figures"]["reward_all"] == 0.5  # of texts that are the draft
    with studio.store.read() as cursor:
        said = cursor.execute("SELECT count(*) FROM scores WHERE reward = 'judge:muddled' AND value <> .5").fetchone()
    assert said == (0,)


def test_what_it_takes_is_told_before_and_is_not_exceeded(studio: Studio) -> None:
    asked = Sample(items=ROWS, k=K, reward=REWARD)  # type: ignore[arg-type]
    with judged(studio) as (with_judge, server):
        before = estimate(with_judge, asked)
        assert (before["instructions"], before["unwritten"], before["calls"]) == (ROWS, ROWS * (K + 1), 2 * ROWS * K)
        assert (before["most"], "at most $0.00" in told(before)) == (0, True)  # it runs on this machine
        assert not server.billed
        assert count(studio.store, "candidates") == 0
        spending.set_price(studio.store, "careful", 1.0, 1.0, "ada")
        assert (estimate(with_judge, asked)["most"] or 0) > 0
        sampled(with_judge)
        assert 0 < len(server.billed) <= before["calls"]
        after = estimate(with_judge, asked)
        assert (after["calls"], after["unwritten"]) == (0, 0)
        free = estimate(with_judge, Sample(items=ROWS, k=K))
        assert (free["calls"], free["unwritten"]) == (0, 0)


def test_the_limit_stops_it_and_what_was_said_is_kept_and_not_bought_again(studio: Studio) -> None:
    with judged(studio) as (with_judge, server):
        spending.set_price(studio.store, "careful", 100.0, 1.0, "ada")
        spending.set_limit(studio.store, 1.2, "ada")
        with pytest.raises(CitingError, match="The spending limit of"):
            sampled(with_judge)
        some = len(server.billed)
        assert some > 1
        kept = count(studio.store, "scores")
        spending.set_limit(studio.store, None, "ada")
        sampled(with_judge)
        assert len(server.billed) > some
        assert set(server.billed.values()) == {1}
        assert count(studio.store, "scores") == ROWS * K > kept


def test_one_that_is_cancelled_keeps_what_was_said(studio: Studio) -> None:
    job = Job("sample", "")

    def cancels(a: str, b: str) -> str:
        job.cancelled.set()
        return longer(a, b)

    with judged(studio, cancels) as (with_judge, server):
        spending.set_price(studio.store, "careful", 1.0, 1.0, "ada")  # what costs nothing is dropped, and asked again
        with pytest.raises(Cancelled):
            sampled(with_judge, job, k=8)
        assert server.billed
        sampled(with_judge, k=8)
        assert set(server.billed.values()) == {1}


def test_a_judge_that_is_no_reward_is_refused_with_a_sentence(studio: Studio) -> None:
    with pytest.raises(CitingError, match="only measures likeness to the accepted answers: take reference"):
        Sample(reward="judge:reference")  # type: ignore[arg-type]
    with pytest.raises(CitingError, match="A reward is reference, judge:NAME, or"):
        Sample(reward="judge:")  # type: ignore[arg-type]
    with pytest.raises(CitingError, match="where no judge can be asked: take reference or a reward model"):
        Choices(kind="rlhf", reward=REWARD)
    with pytest.raises(CitingError, match="The judges here are"):
        start_sampling(studio, Sample(reward="judge:nobody"))  # type: ignore[arg-type]
    gone = Judge("careful", OpenAIModel("careful", "http://127.0.0.1:9/v1", timeout=2.0))
    with pytest.raises(CitingError, match=r"None of the \d+ calls to careful was answered"):
        sampled(replace(studio, judges=(gone,)), items=1, k=3)
    assert json.dumps(scores(studio)) in ("{}", json.dumps({DRAFT: 0.5}))
