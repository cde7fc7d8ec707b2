"""The trainer's arithmetic: what is projected, what is learned, and that a step is the same step however it is cut."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from citing_app.errors import CitingError
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.spec import Lora, Parent, RoundSpec
from citing_app.worker.arguments import rows_per_pass
from citing_app.worker.batches import Collator
from citing_app.worker.dataset import NO_ROW, RowDataset, Tokens, read_rows
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.round import build_trainer, save_adapter
from citing_app.worker.sampler import EpochOrder, EvenShares
from citing_app.worker.student import load_student, load_tokenizer, with_adapter
from citing_app.worker.trainer import RoundTrainer

# PEFT still asks transformers by an old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def row(number: int) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": "Why is the sky blue? " * (1 + number % 5)}],
        "completion": [{"role": "assistant", "content": f"Air scatters {number} " * (1 + number % 3)}],
        "task": "draft",
    }


@pytest.fixture(autouse=True)
def sigterm() -> Iterator[None]:
    """A trainer in this process listens to SIGTERM; afterwards the tests are deaf to it again."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def make(root: Path, student: Path, number: int = 1, rows: int = 16, **changes: Any) -> RoundDirectory:
    spec = RoundSpec(number, "run", str(student), **{"epochs": 1, "device": "cpu", **changes})
    return create(root / "rounds", spec, map(row, range(rows)), map(row, range(20, 27)))


def build(directory: RoundDirectory) -> RoundTrainer:
    stop, events = StopRequest(directory), EventLog(directory.events)
    return build_trainer(directory, directory.read_spec(), torch.device("cpu"), torch.float32, events, stop)


def trained(directory: RoundDirectory) -> RoundTrainer:
    trainer = build(directory)
    trainer.train()
    return trainer


def adapter_of(trainer: RoundTrainer) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in trainer.model.named_parameters() if p.requires_grad}


def answer_losses(model: Any, rows: list[Tokens]) -> torch.Tensor:
    """The loss of each answer token, by the plain way: one row at a time, unpadded, every logit."""
    losses = []
    for tokens in rows:
        ids = torch.tensor([tokens.prompt + tokens.answer])
        logits = model(input_ids=ids).logits[0, len(tokens.prompt) - 1 : -1]
        losses.append(torch.nn.functional.cross_entropy(logits, torch.tensor(tokens.answer), reduction="none"))
    return torch.cat(losses)


@pytest.mark.parametrize("template", ["own", "Alpaca's"])
def test_only_answers_are_projected_and_the_loss_is_that_of_all_logits(
    template: str, tiny_student: Path, tiny_student_without_template: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    student = tiny_student if template == "own" else tiny_student_without_template
    directory = make(tmp_path, student, parent=Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter)))
    tokenizer = load_tokenizer(str(student))
    rows = read_rows(directory.train, tokenizer)[:8]
    assert len({len(tokens) for tokens in rows}) > 1
    model = with_adapter(load_student(str(student), torch.float32), directory.read_spec(), directory.path).eval()
    batch = Collator(tokenizer.pad_token_id)(rows)
    with torch.no_grad():
        output = model(**batch)
        expected = answer_losses(model, rows)
    assert output.logits.shape[0] == sum(len(tokens.answer) for tokens in rows)
    torch.testing.assert_close(output.loss, expected.mean(), rtol=1e-5, atol=1e-5)


def test_the_held_out_loss_is_the_mean_over_answer_tokens_in_any_batch(tiny_student: Path, tmp_path: Path) -> None:
    trainers = [build(make(tmp_path, tiny_student, number, batch_size=number)) for number in (2, 5)]
    with torch.no_grad():
        expected = answer_losses(trainers[0].model, trainers[0].eval_dataset.rows).mean().item()
    assert [trainer.evaluate()["eval_loss"] for trainer in trainers] == pytest.approx([expected] * 2, rel=1e-5)


def test_the_end_of_the_answer_is_always_learned(tiny_student: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(str(tiny_student))
    rows = read_rows(make(tmp_path, tiny_student).train, tokenizer)
    assert {tokens.answer[-1] for tokens in rows} == {tokenizer.convert_tokens_to_ids("<|im_end|>")}
    assert Collator(0)(rows[:4])["labels"].tolist() == [token for tokens in rows[:4] for token in tokens.answer]


def test_a_row_is_learned_whole_or_left_out_and_counted() -> None:
    rows = [Tokens([1] * 5, [2] * 3), Tokens([1] * 6, [2] * 3)]
    dataset = RowDataset(rows, max_length=8)
    assert (dataset.rows, dataset.dropped, dataset.lengths) == (rows[:1], 1, [8])


def test_an_accumulated_step_is_the_step_of_the_whole_batch(
    tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    parent = Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter))
    whole = trained(make(tmp_path, tiny_student, 1, rows=8, parent=parent))
    cut = trained(make(tmp_path, tiny_student, 2, rows=8, parent=parent, batch_size=2, accumulation=4))
    assert (whole.state.global_step, cut.state.global_step) == (1, 1)
    before, after = whole.state.log_history[0], cut.state.log_history[0]
    assert after["loss"] == pytest.approx(before["loss"], rel=1e-5)
    assert after["grad_norm"] == pytest.approx(before["grad_norm"], rel=1e-4)


def test_training_moves_the_adapter_and_never_the_base(tiny_student: Path, tmp_path: Path) -> None:
    weights = (tiny_student / "model.safetensors").read_bytes()
    trainer = build(make(tmp_path, tiny_student))
    parameters = dict(trainer.model.named_parameters())
    base = {name: p.detach().clone() for name, p in parameters.items() if not p.requires_grad}
    adapter = adapter_of(trainer)
    trainer.train()
    assert base
    assert all(torch.equal(parameters[name], before) for name, before in base.items())
    assert all(not torch.equal(parameters[name], before) for name, before in adapter.items())
    assert (tiny_student / "model.safetensors").read_bytes() == weights


def test_a_seed_decides_the_adapter(tiny_student: Path, tmp_path: Path) -> None:
    first, same, other = (
        adapter_of(trained(make(tmp_path, tiny_student, number, seed=seed))) for number, seed in enumerate((5, 5, 6), 1)
    )
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_round_goes_on_from_its_parent(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student, 1, lora=Lora(r=4))
    first = trained(directory)
    save_adapter(first.model, directory)
    parent = Parent(1, "../0001/adapter", adapter_hash(directory.adapter))
    second = build(make(tmp_path, tiny_student, 2, parent=parent, depth=2))
    weights = adapter_of(first)
    assert all(torch.equal(weights[name], tensor) for name, tensor in adapter_of(second).items())
    assert second.evaluate()["eval_loss"] == pytest.approx(first.validation_losses[-1], rel=1e-6)


def test_no_step_is_thrown_away_by_the_learning_rate(tiny_student: Path, tmp_path: Path) -> None:
    short = trained(make(tmp_path, tiny_student, 1, rows=8))
    longer = trained(make(tmp_path, tiny_student, 2, rows=16, epochs=2, warmup_ratio=0.5))
    rates = [log["learning_rate"] for log in longer.state.log_history if "learning_rate" in log]
    assert [log["learning_rate"] for log in short.state.log_history if "learning_rate" in log] == [2e-4]
    assert rates == pytest.approx([2e-4 / 3, 4e-4 / 3, 2e-4, 1e-4])


def test_rows_of_like_length_share_a_batch(tiny_student: Path, tmp_path: Path) -> None:
    trainer = build(make(tmp_path, tiny_student, rows=64, batch_size=8))
    batches = [batch["attention_mask"] for batch in trainer.get_train_dataloader()]
    padding = sum(int((mask == 0).sum()) for mask in batches) / sum(mask.numel() for mask in batches)
    assert len(batches) == 8
    assert padding < 0.2
    assert sum(int(mask.sum()) for mask in batches) == sum(trainer.train_dataset.lengths)


def test_a_round_without_held_out_rows_trains(tiny_student: Path, tmp_path: Path) -> None:
    spec = RoundSpec(1, "run", str(tiny_student), epochs=1, device="cpu")
    trainer = trained(create(tmp_path / "rounds", spec, map(row, range(8)), []))
    assert trainer.validation_losses == []
    assert trainer.state.global_step == 1


def test_events_tell_the_tokens_and_the_time_left(tiny_student: Path, tmp_path: Path) -> None:
    directory = make(tmp_path, tiny_student, epochs=2)
    trainer = trained(directory)
    steps = [e for e in map(json.loads, directory.events.read_text().splitlines()) if e["kind"] == "step"]
    assert [event["step"] for event in steps] == [1, 2, 3, 4]
    assert steps[-1]["tokens"] == 2 * sum(trainer.train_dataset.lengths)
    assert steps[0]["seconds_left"] > steps[-1]["seconds_left"] >= 0
    assert all(event["tokens_per_second"] > 0 for event in steps)


def test_easy_rows_come_first_by_the_loss_of_the_student_as_it_begins(tiny_student: Path, tmp_path: Path) -> None:
    trainer = build(make(tmp_path, tiny_student, 1, order="easy", epochs=2))
    losses = [float(answer_losses(trainer.model, [tokens]).detach().mean()) for tokens in trainer.train_dataset.rows]
    trainer.run(None)
    visited = list(trainer._get_train_sampler())
    assert [losses[number] for number in visited] == pytest.approx(sorted(losses), abs=1e-4)
    assert sorted(visited) == list(range(len(losses)))
    assert trainer.state.global_step == 4


def test_processes_share_an_epochs_last_rows_and_see_none_twice() -> None:
    shares = EvenShares(EpochOrder([4, 3, 2, 1, 0, 5, 6]), rows_each=2, processes=2)
    assert list(shares) == [4, 3, 2, 1, 0, 6, 5, NO_ROW]
    assert len(shares) == 8
    assert list(EvenShares(EpochOrder([1, 0]), rows_each=1, processes=2)) == [1, 0]


@pytest.mark.parametrize("packs", [False, True])
def test_a_row_that_is_none_leaves_no_trace_in_a_batch(packs: bool, tiny_student: Path) -> None:
    dataset = RowDataset([Tokens([1] * 5, [2] * 3)], max_length=8)
    collator = Collator(0, weighted=True, packs=packs)
    alone, beside = collator([dataset[0]]), collator([dataset[0], dataset[NO_ROW]])
    assert all(torch.equal(alone[name], tensor) for name, tensor in beside.items())
    model = load_student(str(tiny_student), torch.float32)
    nothing = collator([dataset[NO_ROW], dataset[NO_ROW]])
    assert nothing.pop("weights").shape == (0,)
    loss = model(**nothing, num_items_in_batch=8).loss
    loss.backward()
    assert loss == 0
    assert all(p.grad is None or p.grad.abs().max() == 0 for p in model.parameters())


@pytest.mark.parametrize(
    ("batch_size", "accumulation", "processes", "rows"),
    [(8, 1, 1, 8), (8, 1, 8, 8), (2, 4, 1, 2), (2, 4, 2, 2), (2, 4, 4, 4), (2, 4, 8, 8)],
)
def test_processes_that_cannot_share_a_pass_take_a_larger_one(
    batch_size: int, accumulation: int, processes: int, rows: int
) -> None:
    spec = RoundSpec(1, "run", "student", batch_size=batch_size, accumulation=accumulation)
    assert rows_per_pass(spec, processes) == rows
    with pytest.raises(CitingError, match="A step of 8 rows cannot be shared equally by 3 processes"):
        rows_per_pass(spec, 3)
