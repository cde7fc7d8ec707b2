"""Sampling and scoring with a student that a test writes: nothing twice, and what raft finds of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from citing_app.errors import Cancelled, CitingError
from citing_app.models.student import Finished, GenerationEvent, GenerationRequest, never
from citing_app.rounds.adapter import WEIGHTS, adapter_hash
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import rounds
from citing_app.types import Message
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.candidates.rewards import BETA
from citing_app.workflows.candidates.sampling import TEMPERATURE, Sampled, sample, start_sampling, summary
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training import plan
from citing_app.workflows.rounds.training_set import gather
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import ScriptedStudent, finished, weights_of
from tests.seeding import count, instructions_in, pairs
from tests.worker.test_train import eventually

ROWS = 6
JOB = Job("sample", "")


class Sampler(ScriptedStudent):
    """Says as many of five words as the seed of a text tells; a likelihood is its length times its weights'."""

    def __init__(self) -> None:
        super().__init__()
        self.seeds: list[int] = []

    def generate(self, request: GenerationRequest, cancelled: Callable[[], bool] = never) -> Iterator[GenerationEvent]:
        assert request.temperature == TEMPERATURE
        assert request.seeds is not None
        for event in super().generate(request, cancelled):
            if isinstance(event, Finished):
                seed = request.seeds[event.index]
                self.seeds.append(seed)
                yield replace(event, text=" ".join(["one", "two", "three", "four", "five"][: 1 + seed % 5]))
            else:
                yield event

    def likelihoods(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: Path | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> list[float | None]:
        self.scored += [(weights_of(adapter), answer) for _, answer in pairs]
        return [-float(len(answer) * (1 + len(weights_of(adapter)))) for _, answer in pairs]

    def rewards(
        self, pairs: Sequence[tuple[Sequence[Message], str]], *, adapter: Path, cancelled: Callable[[], bool] = never
    ) -> list[float | None]:
        return [-float(len(answer)) for _, answer in pairs]


@pytest.fixture
def student() -> Sampler:
    return Sampler()


@pytest.fixture
def studio(tmp_path: Path, student: Sampler) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student = student
    texts = islice(instructions_in("train"), ROWS)
    import_rows(opened.store, [{"instruction": text, "output": "one two three four five"} for text in texts], "set")
    import_rows(opened.store, [{"instruction": text} for text in islice(instructions_in("train", "No"), 3)], "none")
    yield opened
    opened.close()


def sampled(studio: Studio, **asked: object) -> Sampled:
    return sample(studio, Sample(**{"items": ROWS, "k": 4, **asked}), JOB)  # type: ignore[arg-type]


def adapter_known(studio: Studio, number: int) -> None:
    """What a real round's result says of its adapter."""
    digest = adapter_hash(studio.rounds_folder / f"{number:04d}" / "adapter")
    with studio.store.write() as cursor:
        rounds.set_state(cursor, number, "finished", {"adapter_hash": digest})


def test_each_instruction_with_an_answer_gets_its_candidates_and_the_best_are_learned(studio: Studio) -> None:
    found = sampled(studio)
    assert (found["written"], found["candidates"], found["unread"], found["set_aside"]) == (24, 24, 0, {})
    rows = gather(studio.store, Choices(kind="raft")).train
    assert len(rows) == ROWS
    assert {row["reward"]["candidates"] for row in rows} == {4}
    figures = found["figures"]
    assert figures is not None
    assert figures["reward_best"] == pytest.approx(sum(row["reward"]["best"] for row in rows) / ROWS)
    words = [len(row["completion"][0]["content"].split()) for row in rows]
    assert [row["reward"]["best"] for row in rows] == pytest.approx([2 * n / (n + 5) for n in words])
    assert gather(studio.store, Choices(kind="raft", items=2)).train == rows[:2]
    assert "24 candidates written, 24 in all · mean reward 0." in summary(found)


def test_nothing_is_asked_or_scored_twice_and_other_seeds_add_to_it(studio: Studio, student: Sampler) -> None:
    first = sampled(studio)
    assert len(set(student.seeds)) == 24
    assert sampled(studio) == {**first, "written": 0}
    assert len(student.asked) == count(studio.store, "candidates") == count(studio.store, "scores") == 24
    assert sampled(studio, k=5)["written"] == ROWS
    assert sampled(studio, seed=18)["written"] == 24
    (row, *_) = gather(studio.store, Choices(kind="raft")).train
    assert row["reward"]["candidates"] == 9


def test_a_sampling_that_was_killed_goes_on_where_it_stopped(studio: Studio, student: Sampler) -> None:
    student.dies_after = 7
    with pytest.raises(BrokenPipeError):
        sampled(studio)
    assert count(studio.store, "candidates") == 7
    assert sampled(studio)["written"] == 17
    assert len(set(student.seeds)) == len(student.seeds) == 24


def test_a_sampling_that_is_cancelled_keeps_what_it_has(studio: Studio, student: Sampler) -> None:
    job = Job("sample", "")
    student.behaviour = lambda weights, prompt: job.cancelled.set() or "one"  # type: ignore[func-returns-value]
    with pytest.raises(Cancelled):
        sample(studio, Sample(items=ROWS, k=8), job)
    assert count(studio.store, "candidates") == 32  # the batch under way
    assert sampled(studio, k=8)["written"] == 16


def test_what_cannot_be_learned_is_set_aside_and_counted(studio: Studio, student: Sampler) -> None:
    said = iter([Finished(0, "<think>hm"), Finished(1, " "), Finished(2, "one", is_cut=True), Finished(3, "one")])
    student.behaviour = lambda weights, prompt: next(said)
    student.generate = lambda *given: ScriptedStudent.generate(student, *given)  # type: ignore[method-assign]
    found = sampled(studio, items=1)
    assert found["set_aside"] == {"empty": 2, "cut": 1}
    assert count(studio.store, "candidates") == 4
    assert count(studio.store, "scores") == 1
    assert "2 empty or only thought · 1 cut off" in summary(found)


@pytest.mark.parametrize("kind", ["raft", "rrhf"])
def test_where_all_were_set_aside_it_is_said_why_and_another_seed_helps(
    studio: Studio, student: Sampler, kind: str
) -> None:
    import_rows(studio.store, pairs(2, name="Another"), "desk")
    accept_pending(studio.store, studio.journal, "ada")
    choices = Choices.of({"kind": kind, **({"candidates": "reference"} if kind == "rrhf" else {})})
    assert _stops(studio, choices).checks.startswith("The parent has no candidates")
    said = iter([Finished(n, "one", is_cut=True) for n in range(6)] + [Finished(6, " "), Finished(7, "word " * 31)])
    student.behaviour = lambda weights, prompt: next(said)
    student.generate = lambda *given: ScriptedStudent.generate(student, *given)  # type: ignore[method-assign]
    sampled(studio, items=2, accepted=True)
    found = _stops(studio, choices)
    assert found.checks == (
        "The parent has 8 candidates, and all were set aside: 6 cut off, 1 empty or only thought, 1 more than twice as "
        "long as the longest accepted answer. Sample more with another seed, or carry on from another round."
    )
    assert found.next_seed == 18
    student.behaviour = lambda weights, prompt: "one"
    sampled(studio, items=2, accepted=True, seed=found.next_seed)
    assert _stops(studio, choices) == Stops("", None)


class Stops(NamedTuple):
    checks: str
    next_seed: int | None


def _stops(studio: Studio, choices: Choices) -> Stops:
    planned = plan(studio, choices, {"device": "cpu"})
    about = [one.text for one in planned.checks if one.level == "stops" and "candidates" in one.text]
    return Stops(" ".join(about), planned.next_seed)


def test_what_the_student_has_learned_comes_last(studio: Studio) -> None:
    with studio.store.read() as cursor:
        hashes = [row[0] for row in cursor.execute("SELECT hash FROM instructions WHERE output <> ''").fetchall()]
    finished(studio, 1, "one", answers=hashes[:4])
    sampled(studio, items=2, round=1)
    with studio.store.read() as cursor:
        had = {row[0] for row in cursor.execute("SELECT instruction_hash FROM candidates").fetchall()}
    assert had == set(hashes[4:])


def test_a_round_learns_what_its_own_parent_wrote_and_the_chosen_reward_scored(studio: Studio) -> None:
    finished(studio, 1, "one")
    finished(studio, 2, "three", kind="dpo", parent=1)
    adapter_known(studio, 1)
    sampled(studio)
    assert gather(studio.store, Choices(kind="raft", parent=1)).train == []
    sampled(studio, items=3, round=1, reward="2")
    assert len(gather(studio.store, Choices(kind="raft", parent=1, reward="2")).train) == 3
    assert gather(studio.store, Choices(kind="raft", parent=1)).train == []
    assert gather(studio.store, Choices(kind="raft", parent=2, reward="2")).train == []
    assert gather(studio.store, Choices(kind="raft", parent=9)).train == []
    assert len(gather(studio.store, Choices(kind="raft")).train) == ROWS


def test_a_round_rewards_what_it_finds_likelier_than_its_parent(studio: Studio, student: Sampler) -> None:
    finished(studio, 1, "one")
    finished(studio, 2, "three", kind="dpo", parent=1)
    sampled(studio, items=1, reward="2")
    (row,) = gather(studio.store, Choices(kind="raft", reward="2")).train
    shortest = min(len(text) for weights, text in student.scored)
    assert row["reward"]["best"] == pytest.approx(BETA * (-shortest * (1 + 5) + shortest * (1 + 3)))
    assert len(student.scored) == 8
    sampled(studio, items=1, reward="2")
    assert len(student.scored) == 8
    (studio.rounds_folder / "0001" / "adapter" / WEIGHTS).write_text("other")
    sampled(studio, items=1, reward="2")
    assert len(student.scored) == 16  # the parent is another now
    with pytest.raises(CitingError, match="Round 1 learned no preferences"):
        sampled(studio, items=1, reward="1")


def test_a_reward_model_scores_what_the_student_wrote(studio: Studio) -> None:
    finished(studio, 1, "model", kind="reward")
    sampled(studio, items=1, reward="1")
    (row,) = gather(studio.store, Choices(kind="raft", reward="1")).train
    assert row["reward"]["best"] == -len(row["completion"][0]["content"]) > row["reward"]["mean"]


def test_rankings_take_the_candidates_of_accepted_revisions_that_their_own_parent_wrote(studio: Studio) -> None:
    with pytest.raises(CitingError, match="Nothing is accepted and not yet trained"):
        sampled(studio, accepted=True)
    import_rows(studio.store, pairs(3, name="Another"), "desk")
    accept_pending(studio.store, studio.journal, "ada")
    assert sampled(studio, accepted=True, items=2)["candidates"] == 8
    material = gather(studio.store, Choices(kind="rrhf", objective="draft", candidates="reference"))
    assert (material.pairs, material.with_candidates) == (3, 2)
    ranked = [row for row in material.train if "ranked_by" in row]
    assert len(ranked) == 2
    for row in ranked:
        (first, *_, last), texts = row["scores"], [one[0]["content"] for one in row["candidates"]]
        assert (first, last) == (max(row["scores"]), 0)
        assert texts[-1].startswith("Draft ")
        assert set(texts[:-1]) <= {" ".join(["one", "two", "three", "four", "five"][:n]) for n in range(1, 6)}
    assert all(len(row["candidates"]) == 1 for row in gather(studio.store, Choices(kind="rrhf")).train)
    finished(studio, 1, "one")
    adapter_known(studio, 1)
    assert gather(studio.store, Choices(kind="rrhf", parent=1, candidates="reference")).with_candidates == 0


def test_what_cannot_be_sampled_is_refused_at_once(studio: Studio, tmp_path: Path) -> None:
    for asked in (Sample(round=7), Sample(reward="7")):
        with pytest.raises(CitingError, match="Round 7 has no adapter"):
            start_sampling(studio, asked)
    for wrong in ("best", "0", "-1", 1.5, None):
        with pytest.raises(CitingError, match="A reward is reference, judge:NAME, or the number of a round"):
            Sample(reward=wrong)  # type: ignore[arg-type]
    empty = open_studio(Settings(tmp_path / "empty", tmp_path / "cache"))
    with pytest.raises(CitingError, match="no train answers"):
        start_sampling(empty, Sample())
    empty.close()


def test_a_sampling_in_the_background_says_what_came_of_it(studio: Studio) -> None:
    start_sampling(studio, Sample(items=1))
    assert eventually(lambda: not studio.jobs.running("sample"))
    job = studio.jobs.get("sample")
    assert job is not None
    assert job.message.startswith("8 candidates written, 8 in all")
