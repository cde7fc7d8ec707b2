"""The reward model: its loss by hand, what it learns, how right it says that it is, and what the worker answers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from citing_app.errors import CitingError
from citing_app.method.compared_rows import reward_rows
from citing_app.models.worker_client import WorkerProcess, WorkerStudent
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.checkpoints import newest_complete
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.spec import Parent, RoundSpec
from citing_app.types import Pair
from citing_app.worker.batches import cut
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.rewards import reward_of
from citing_app.worker.round import train_round
from citing_app.worker.run import Run
from citing_app.worker.trainers.reward import Trainer, is_of_like_length, pair_losses
from tests.worker.test_resume import Death, Dies
from tests.worker.test_trainer import adapter_of, build, row, sigterm  # noqa: F401

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def pair(number: int) -> Pair:
    """The better text says blue; every third one is longer too."""
    draft, tail = f"The sky is red {number}.", " because the air scatters light" * (number % 3 == 0)
    revision = f"The sky is blue {number}{tail}."
    return Pair(f"d{number}", number, f"Why {number}?", "", draft, revision, None, "train", revision)


def make(root: Path, student: Path, number: int = 1, rows: int = 16, **changes: Any) -> RoundDirectory:
    spec = RoundSpec(number, "run", str(student), **{"kind": "reward", "epochs": 1, "device": "cpu", **changes})
    return create(root / "rounds", spec, reward_rows(map(pair, range(rows))), reward_rows(map(pair, range(100, 112))))


@pytest.fixture(scope="module")
def finished(tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> RoundDirectory:
    """A reward model, trained as the worker trains it."""
    directory = make(tmp_path_factory.mktemp("reward"), tiny_student, epochs=8, learning_rate=1e-2, dtype="float32")
    train_round(directory, directory.read_spec(), EventLog(directory.events), StopRequest(directory))
    return directory


def scores(model: Any, one: Any) -> list[float]:
    """The score of each answer of a row, read alone."""
    with torch.no_grad():
        return [model(input_ids=torch.tensor([a.prompt + a.answer])).logits.item() for a in one.sequences]


def test_the_loss_is_bradley_and_terry_s_and_the_same_cut_smaller(tiny_student: Path, tmp_path: Path) -> None:
    trainer = build(make(tmp_path, tiny_student))
    rows = trainer.train_dataset.rows[:3]
    expected = [math.log1p(math.exp(worse - better)) for better, worse in (scores(trainer.model, one) for one in rows)]
    assert len(set(expected)) == 3
    batch = trainer.data_collator(rows)
    pieces = [trainer.compute_loss(trainer.model, piece, num_items_in_batch=3).item() for piece in cut(batch, 1)]
    assert trainer.items_of(batch) == 3
    assert sum(pieces) == pytest.approx(sum(expected) / 3, rel=1e-4)
    nobody = trainer.data_collator([trainer.train_dataset[-1]])
    assert (trainer.items_of(nobody), len(pair_losses(torch.zeros(1, 1), nobody))) == (0, 0)
    assert trainer.compute_loss(trainer.model, nobody, num_items_in_batch=3).item() == 0


def test_it_becomes_right_on_held_out_pairs_and_says_how_sure_that_is(
    finished: RoundDirectory,
) -> None:
    result = json.loads(finished.result.read_text())
    accuracy, alike = result["accuracy"], result["accuracy_like_length"]
    assert result["validation_loss_after"] < result["validation_loss_before"]
    assert (accuracy["n"], alike["n"]) == (12, 8)  # of the twelve, four differ in length
    assert 0.4 < accuracy["low"] < accuracy["value"] <= accuracy["high"] <= 1
    assert accuracy["value"] > 0.7
    assert result["weak"] is False
    assert len(result["examples"]["best"]) == 5


def test_a_model_that_is_not_trained_is_weak_or_says_that_nothing_was_held_out(
    tiny_student: Path, tmp_path: Path
) -> None:
    trainer = build(make(tmp_path, tiny_student))
    with torch.no_grad():
        trainer.model.base_model.model.score.modules_to_save["default"].weight.zero_()
    trainer.evaluate()
    even = trainer.findings(trainer.progress.last)
    assert (even["accuracy"]["value"], even["weak"]) == (0, True)  # one score for all is never right
    assert trainer.findings(None)["weak"] is None


def test_a_resumed_one_ends_as_one_that_never_stopped(tiny_student: Path, tmp_path: Path) -> None:
    whole, dying = (build(make(tmp_path, tiny_student, number, epochs=2)) for number in (1, 2))
    whole.run(None)
    dying.add_callback(Death(saves=1, dies=3))
    with pytest.raises(Dies):
        dying.run(None)
    directory = RoundDirectory(tmp_path / "rounds" / "0002")
    again = build(directory)
    again.run(newest_complete(directory.checkpoints))
    assert any("score" in name for name in adapter_of(whole))
    assert all(torch.equal(p, adapter_of(again)[name]) for name, p in adapter_of(whole).items())


def test_its_head_learns_in_float32_where_the_student_has_bfloat16(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student)
    model = Trainer.load(directory.read_spec(), directory.path, torch.bfloat16, "sdpa", None)
    assert {p.dtype for p in model.parameters() if p.requires_grad} == {torch.float32}
    assert model(input_ids=torch.ones(1, 4, dtype=torch.long)).logits.dtype == torch.float32


@pytest.mark.parametrize("bad", ["parent", "rejected"])
def test_what_it_cannot_train_on_is_told(bad: str, tiny_student: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    parent = Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter)) if bad == "parent" else None
    directory = make(tmp_path, tiny_student, parent=parent)
    if bad == "rejected":
        directory = create(tmp_path / "plain", replace(directory.read_spec(), round=2), [row(1)], [])
    with pytest.raises(CitingError, match="leave the parent out" if bad == "parent" else "needs a rejected answer"):
        build(directory)


def test_answers_are_of_like_length_within_a_tenth(tiny_student: Path, tmp_path: Path) -> None:
    one = build(make(tmp_path, tiny_student)).train_dataset.rows[0]
    lengths = [(20, 18), (18, 20), (20, 17)]
    pairs = [replace(one, answer=[1] * a, others=(replace(one, answer=[1] * b, others=()),)) for a, b in lengths]
    assert list(map(is_of_like_length, pairs)) == [True, True, False]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    process = WorkerProcess(tmp_path_factory.mktemp("worker") / "worker.log", device="cpu", dtype="float32")
    yield process
    process.stop()


def test_the_worker_and_a_round_by_it_score_as_the_trainer_did(
    finished: RoundDirectory, worker: WorkerProcess, tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    student = WorkerStudent(worker, str(tiny_student), tmp_path)
    asked = [
        (one["prompt"], one[which][0]["content"])
        for one in finished.read_rows(finished.validation)[:2]
        for which in ("completion", "rejected")
    ]
    long = (asked[0][0], "blue " * 600)
    *found, none = student.rewards([*asked, long], adapter=finished.adapter)
    assert none is None
    better, worse = found[::2], found[1::2]
    assert all(isinstance(one, float) and one > other for one, other in zip(better, worse, strict=True))
    reward = Parent(1, str(finished.adapter), adapter_hash(finished.adapter))
    spec = RoundSpec(2, "run", str(tiny_student), kind="rlhf", reward=reward)
    directory = create(tmp_path / "rounds", spec, [row(1)], [])
    run = Run(directory, spec, EventLog(directory.events), StopRequest(directory), torch.device("cpu"), torch.float32)
    prompts, texts = zip(*asked, strict=True)
    assert reward_of(run)(prompts, texts, texts) == pytest.approx(found, abs=1e-4)
    with pytest.raises(CitingError, match="is not a reward model"):
        student.rewards(asked, adapter=tiny_adapter)
