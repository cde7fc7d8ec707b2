"""Checkpoints: whole or not there, and a round resumed from one ends as one that never stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerCallback

from citing_app.errors import CitingError
from citing_app.rounds.checkpoints import checkpoint_step, newest_complete
from citing_app.rounds.events import read_events
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.owner import Owner
from citing_app.rounds.spec import Lora
from citing_app.rounds.status import kept_events, read_status
from citing_app.worker.trainer import RoundTrainer
from tests.worker.test_trainer import adapter_of, build, make

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


class Dies(Exception):
    """What ends the trainer in the middle, as a kill would."""


class Death(TrainerCallback):  # type: ignore[misc]
    """Saves a checkpoint after step `saves` and dies after step `dies`."""

    def __init__(self, saves: int, dies: int) -> None:
        self._saves, self._dies = saves, dies

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        control.should_save = state.global_step == self._saves

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self._dies:
            raise Dies


def ran(directory: RoundDirectory) -> RoundTrainer:
    trainer = build(directory)
    trainer.run(newest_complete(directory.checkpoints))
    return trainer


# Four steps an epoch, of two passes each; with dropout, so that the random numbers must go on as well.
CHANGES: dict[str, Any] = {"epochs": 3, "batch_size": 2, "accumulation": 2, "lora": Lora(dropout=0.1)}


@pytest.fixture(scope="module", params=["length", "given"])
def whole(request: pytest.FixtureRequest, tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> RoundTrainer:
    """A round in each order that never stopped."""
    return ran(make(tmp_path_factory.mktemp("whole"), tiny_student, 1, order=request.param, **CHANGES))


@pytest.mark.parametrize(("saves", "dies", "resumed"), [(5, 6, 5), (5, 9, 8), (0, 4, 4), (0, 3, None)])
def test_a_resumed_round_ends_as_one_that_never_stopped(
    saves: int, dies: int, resumed: int | None, whole: RoundTrainer, tiny_student: Path, tmp_path: Path
) -> None:
    directory = make(tmp_path, tiny_student, 2, order=whole._spec.order, **CHANGES)
    dying = build(directory)
    dying.add_callback(Death(saves, dies if dies != 4 else 5))
    with pytest.raises(Dies):
        dying.run(None)
    checkpoint = newest_complete(directory.checkpoints)
    assert (None if checkpoint is None else checkpoint_step(checkpoint)) == resumed
    torch.manual_seed(99)  # another process has drawn other numbers
    again = ran(directory)
    weights = adapter_of(whole)
    assert all(torch.equal(weights[name], tensor) for name, tensor in adapter_of(again).items())
    assert again.validation_losses == whole.validation_losses
    assert again.train_loss == whole.train_loss
    assert again.state.num_input_tokens_seen == whole.state.num_input_tokens_seen


def test_the_newest_two_checkpoints_stay_and_a_cut_one_is_passed_over(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student, epochs=3)
    ran(directory)
    names = sorted(path.name for path in directory.checkpoints.iterdir())
    assert names == ["step-000004", "step-000006"]
    weights = directory.checkpoints / "step-000006" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    newest = newest_complete(directory.checkpoints)
    assert newest is not None
    assert newest.name == "step-000004"
    (newest / "complete.json").unlink()
    assert newest_complete(directory.checkpoints) is None


def test_without_seconds_there_is_no_checkpoint(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student, checkpoint_seconds=0)
    ran(directory)
    assert newest_complete(directory.checkpoints) is None


def test_patience_ends_training_and_the_best_adapter_stays(tiny_student: Path, tmp_path: Path) -> None:
    # A rate this high overfits: the held-out loss rises before the epochs end.
    directory = make(tmp_path, tiny_student, kind="sft", epochs=30, patience=2, learning_rate=0.05, max_steps=59)
    trainer = ran(directory)
    losses = trainer.validation_losses
    assert len(losses) < 31
    best = min(losses[1:])
    assert losses.index(best, 1) == len(losses) - 3
    assert trainer.progress.best is not None
    assert trainer.progress.best.loss == best
    assert trainer.evaluate()["eval_loss"] == best
    again = ran(directory)  # it died after its last checkpoint
    weights = adapter_of(trainer)
    assert all(torch.equal(weights[name], tensor) for name, tensor in adapter_of(again).items())
    assert again.state.global_step == trainer.state.global_step


@pytest.mark.parametrize(("max_steps", "steps", "evaluations"), [(3, 3, 3), (99, 6, 4)])
def test_a_round_ends_after_its_steps_with_its_schedule_and_a_last_look(
    max_steps: int, steps: int, evaluations: int, tiny_student: Path, tmp_path: Path
) -> None:
    directory = make(tmp_path, tiny_student, epochs=3, max_steps=max_steps)  # two steps an epoch
    trainer = ran(directory)
    told = [event for event in read_events(directory.events) if event["kind"] == "step"]
    assert [event["step"] for event in told] == [*range(1, steps + 1)]
    assert {event["steps"] for event in told} == {steps}
    assert trainer.state.global_step == steps
    assert told[-1]["learning_rate"] < told[-2]["learning_rate"]
    assert len(trainer.validation_losses) == evaluations
    assert set(trainer.lr_scheduler.get_last_lr()) == {0.0}


def test_events_that_a_resumed_trainer_did_again_are_left_out() -> None:
    told: list[dict[str, Any]] = [{"kind": "validation", "step": 0}]
    told += [{"kind": "step", "step": step} for step in (1, 2, 3)]
    going_on = [*told, {"kind": "resume", "step": 2}, {"kind": "step", "step": 3}]
    assert [e["step"] for e in kept_events(going_on)] == [0, 1, 2, 2, 3]
    assert [e["kind"] for e in kept_events([*told, {"kind": "resume", "step": 0}])] == ["resume"]


def test_only_a_dead_owners_round_is_released(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student)
    directory.release()
    mine = Owner.this_process("run")
    mine.claim(directory.run)
    assert not directory.is_resumable
    with pytest.raises(CitingError, match="cannot be taken over"):
        directory.release()
    directory.run.write_text(json.dumps(vars(replace(mine, host="elsewhere"))))
    assert not directory.is_resumable
    directory.run.write_text(json.dumps(vars(replace(mine, host="elsewhere", heartbeat=mine.heartbeat - 61))))
    assert (directory.is_resumable, read_status(directory).resumable) == (True, True)
    directory.run.write_text(json.dumps(vars(replace(mine, process_started=1.0))))
    directory.release()
    assert read_status(directory).state == "waiting"
    mine.claim(directory.run)
    assert mine.beat(directory.run)
    assert not replace(mine, pid=1).beat(directory.run)


def test_a_cancelled_round_is_not_resumed(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student)
    replace(Owner.this_process("run"), process_started=1.0).claim(directory.run)
    directory.request_cancel()
    assert (read_status(directory).state, read_status(directory).resumable) == ("lost", False)
