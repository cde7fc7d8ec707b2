"""RLHF by TRL's RLOO, and our pair losses beside TRL's; skipped where TRL is not installed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from citing_app.errors import Cancelled
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.checkpoints import newest_complete
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.spec import Lora, Parent, RoundSpec
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.round import save_adapter
from citing_app.worker.run import Run
from citing_app.worker.student import load_tokenizer
from tests.worker import test_comparing
from tests.worker.test_resume import Death, Dies
from tests.worker.test_trainer import build, row, sigterm  # noqa: F401

pytest.importorskip("trl", reason="TRL is not installed: pip install trl==1.16.0")
rloo: Any = pytest.importorskip("citing_app.worker.trainers.rloo")
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def make(root: Path, student: Path, number: int = 1, rows: int = 8, **changes: Any) -> Run:
    shape = {"kind": "rlhf", "epochs": 1, "device": "cpu", "max_length": 64, "lora": Lora(r=4)}
    spec = RoundSpec(number, "run", str(student), **{**shape, **changes})
    directory = create(root / "rounds", spec, map(short, range(rows)), map(short, range(20, 24)))
    return run_of(directory)


def run_of(directory: RoundDirectory) -> Run:
    events, stop = EventLog(directory.events), StopRequest(directory)
    newest = newest_complete(directory.checkpoints)
    return Run(directory, directory.read_spec(), events, stop, torch.device("cpu"), torch.float32, newest)


def short(number: int) -> dict[str, Any]:
    return {**row(number), "prompt": [{"role": "user", "content": f"Sky {number}?"}]}


def brevity(prompts: Sequence[Any], answers: Sequence[str], references: Sequence[str]) -> list[float]:
    """An easy reward: how many characters fewer than a hundred."""
    return [100.0 - len(answer) for answer in answers]


def steps_of(directory: RoundDirectory) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in directory.events.read_text().splitlines()]
    return [event for event in events if event["kind"] == "step"]


def test_the_mean_reward_rises_and_neither_base_nor_parent_moves(
    tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    parent = Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter))
    run = make(tmp_path, tiny_student, parent=parent, epochs=20, learning_rate=3e-3)
    found = rloo.trained(run, brevity)
    steps = steps_of(run.directory)
    rewards = [step["reward"] for step in steps]
    assert sum(rewards[-5:]) > sum(rewards[:5]) + 15
    assert found.result["reward_before"] != found.result["reward_after"]
    assert steps[0]["kl"] == 0 < min(steps[-1]["kl"], found.result["kl"])
    assert {"loss", "learning_rate", "tokens", "seconds_left"} < steps[0].keys()
    assert adapter_hash(tiny_adapter) == parent.hash
    save_adapter(found.model, run.directory)
    assert {path.name for path in run.directory.adapter.iterdir()} >= {"adapter_model.safetensors"}
    assert not [path for path in run.directory.adapter.iterdir() if path.is_dir()]  # not TRL's copy of the parent
    kept = rloo.with_adapter(rloo.load_student(str(tiny_student), torch.float32), run.spec, run.directory.path)
    moved = {name: p for name, p in found.model.named_parameters() if ".default." in name}
    before = dict(kept.named_parameters())
    assert all(not torch.equal(p, before[name]) for name, p in moved.items())
    assert all(torch.equal(p, before[name]) for name, p in found.model.named_parameters() if "lora" not in name)


def test_a_round_that_died_goes_on_and_says_that_it_sampled_anew(tiny_student: Path, tmp_path: Path) -> None:
    run = make(tmp_path, tiny_student, rows=16)
    prompts = rloo.read_prompts(run)
    dying = rloo.build(run, prompts, brevity)
    dying.add_callback(Death(saves=1, dies=2))
    with pytest.raises(Dies):
        dying.train()
    again = run_of(run.directory)
    assert again.checkpoint is not None
    assert not [path for path in again.checkpoint.iterdir() if path.is_dir()]
    result = rloo.trained(again, brevity).result
    assert (result["sampled_anew_from"], result["steps"]) == (1, 2)
    assert [step["step"] for step in steps_of(run.directory)] == [1, 2, 2]


def test_it_stops_within_a_token(tiny_student: Path, tmp_path: Path) -> None:
    run = make(tmp_path, tiny_student)
    asked = 0

    def cancelling(prompts: Sequence[Any], answers: Sequence[str], references: Sequence[str]) -> list[float]:
        nonlocal asked
        asked += 1
        run.directory.request_cancel()
        return brevity(prompts, answers, references)

    with pytest.raises(Cancelled):
        rloo.trained(run, cancelling)
    assert asked == 1
    assert not steps_of(run.directory)


def test_fewer_prompts_than_a_step_takes_fill_it(tiny_student: Path, tmp_path: Path) -> None:
    rows = [short(number) for number in range(11)]
    assert rloo._whole_steps(rows, 8) == [*rows, *rows[:5]]
    assert rloo._whole_steps(rows[:3], 8) == [*rows[:3], *rows[:3], *rows[:2]]


@pytest.mark.parametrize(("kind", "loss"), [("dpo", "sigmoid"), ("apo", "apo_zero")])
def test_our_loss_of_three_pairs_is_that_of_trl(
    kind: str, loss: str, tiny_student: Path, tiny_adapter: Path, other_tiny_adapter: Path, tmp_path: Path
) -> None:
    from datasets import Dataset
    from pyarrow import Table
    from trl import DPOConfig, DPOTrainer

    class Prepared(DPOTrainer):  # type: ignore[misc]
        """TRL's, on rows that are tokens already: it would add what the template puts after a turn."""

        def _prepare_dataset(self, dataset: Any, *others: Any) -> Any:
            return dataset

    parent = Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter))
    ours = build(test_comparing.make(tmp_path, tiny_student, kind, parent=parent))
    rows = [ours.train_dataset.rows[number] for number in (0, 1, 3)]
    found = [{"prompt_ids": one.prompt, "chosen_ids": one.answer, "rejected_ids": one.others[0].answer} for one in rows]
    settings = DPOConfig(
        output_dir=str(tmp_path / "trl"),
        loss_type=[loss],
        beta=0.1,
        bf16=False,
        activation_checkpointing=False,
        use_cpu=True,
        report_to="none",
    )
    model = rloo.with_adapter(rloo.load_student(str(tiny_student), torch.float32), ours._spec, tmp_path)
    trl = Prepared(
        model=model,
        args=settings,
        train_dataset=Dataset(Table.from_pylist(found), fingerprint="rows"),
        processing_class=load_tokenizer(str(tiny_student)),
    )
    ours.prepare_rows()
    rows = [ours.train_dataset.rows[number] for number in (0, 1, 3)]
    for one in (ours.model, trl.model):
        one.load_adapter(str(other_tiny_adapter), "default")
    with torch.no_grad():
        expected = trl.compute_loss(trl.model.eval(), trl._prepare_inputs(trl.data_collator(found))).item()
        batch = ours.data_collator(rows)
        value = ours.compute_loss(ours.model.eval(), batch, num_items_in_batch=ours.items_of(batch)).item()
    if kind == "apo":  # ours has the better answer's own mean loss beside it
        value -= sum(-test_comparing.likelihoods(ours.model, one)[0].mean().item() for one in rows) / 3
    assert value == pytest.approx(expected, rel=1e-4)


def test_a_round_ends_after_its_steps_and_within_its_budget(tiny_student: Path, tmp_path: Path) -> None:
    ended = rloo.trained(make(tmp_path, tiny_student, max_steps=1, batch_size=4), brevity)
    assert ended.result["steps"] == 1
    whole = rloo.trained(make(tmp_path, tiny_student, 2, batch_size=4), brevity)
    assert whole.result["cost"] == 5 * whole.result["tokens"]  # each token is written, measured twice and learned from
    budget = 12_000
    held = rloo.trained(make(tmp_path, tiny_student, 3, batch_size=4, budget=budget), brevity)
    assert 0 < held.result["cost"] <= budget
    assert held.result["steps"] > 1
