"""Losses that compare answers: each by hand, what it moves, and that a step is the same step cut, shared or resumed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from citing_app.errors import CitingError
from citing_app.method.compared_rows import edit_rows, preference_rows, ranked_rows
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.checkpoints import newest_complete
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.spec import Lora, Parent, RoundSpec
from citing_app.types import Pair
from citing_app.worker.batches import Batch, Collator, cut
from citing_app.worker.comparing import ComparingTrainer
from citing_app.worker.dataset import Tokens, read_rows
from citing_app.worker.student import load_tokenizer
from citing_app.worker.trainers.edits import BELIEVED
from tests.worker.test_resume import Death, Dies
from tests.worker.test_trainer import adapter_of, answer_losses, build, row

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
ROWS: dict[str, Callable[..., Any]] = {
    "dpo": preference_rows,
    "apo": preference_rows,
    "edits": edit_rows,
    "rrhf": ranked_rows,
}


def pair(number: int) -> Pair:
    draft, revision = f"The sky is red {number}.", f"The sky is blue {number} because the air scatters light."
    person = revision.replace("blue", "mostly blue")
    final = draft if number == 2 else person if number % 2 else revision  # one was accepted as it was drafted
    return Pair(f"d{number}", number, "Why? " * (1 + number % 3), "", draft, final, None, "train", revision)


def make(root: Path, student: Path, kind: str, number: int = 1, rows: int = 8, **changes: Any) -> RoundDirectory:
    spec = RoundSpec(number, "run", str(student), **{"kind": kind, "epochs": 1, "device": "cpu", **changes})
    return create(root / "rounds", spec, ROWS[kind](map(pair, range(rows)), "draft"), map(row, range(20, 24)))


def likelihoods(model: Any, one: Tokens) -> list[torch.Tensor]:
    with torch.no_grad():
        return [-answer_losses(model, [answer]) for answer in one.sequences]


def by_hand(kind: str, one: Tokens, now: list[torch.Tensor], before: list[torch.Tensor]) -> float:
    """The loss of one row, as the papers write it."""
    if kind in ("dpo", "apo"):
        if len(now) == 1:
            return float(-now[0].mean())
        better, worse = (float(a.sum() - b.sum()) for a, b in zip(now, before, strict=True))
        if kind == "dpo":
            return math.log1p(math.exp(-0.1 * (better - worse)))
        return 1 - 1 / (1 + math.exp(-0.1 * better)) + 1 / (1 + math.exp(-0.1 * worse)) - float(now[0].mean())
    if kind == "edits":
        loss = 0.0
        for answer, tokens in zip(one.sequences, now, strict=True):
            for weight, token in zip(answer.weights or [1.0] * len(tokens), tokens.tolist(), strict=True):
                loss -= weight * token if weight > 0 or math.exp(token) >= BELIEVED else 0
        return loss
    p = [float(tokens.mean()) for tokens in now]
    return sum(max(0.0, p[j] - p[i]) for i in range(len(p)) for j in range(i + 1, len(p))) - p[0]


@pytest.mark.parametrize("kind", ROWS)
def test_the_loss_of_three_rows_is_what_the_papers_write(
    kind: str, tiny_student: Path, tiny_adapter: Path, other_tiny_adapter: Path, tmp_path: Path
) -> None:
    parent = Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter))
    directory = make(tmp_path, tiny_student, kind, parent=parent)
    trainer = build(directory)
    assert isinstance(trainer, ComparingTrainer)
    rows = [trainer.train_dataset.rows[number] for number in (0, 1, 2)]
    before = [likelihoods(trainer.model, one) for one in rows]
    trainer.prepare_rows()
    trainer.model.load_adapter(str(other_tiny_adapter), "default")
    now = [likelihoods(trainer.model, one) for one in rows]
    batch = trainer.data_collator([trainer.train_dataset.rows[number] for number in (0, 1, 2)])
    divided = sum(abs(w) for one in rows for a in one.sequences for w in a.weights or []) if kind == "edits" else 3
    found = trainer.compute_loss(trainer.model, batch, num_items_in_batch=trainer.items_of(batch))
    expected = [by_hand(kind, *values) for values in zip(rows, now, before, strict=True)]
    assert len(set(expected)) == 3
    assert found.item() == pytest.approx(sum(expected) / divided, rel=1e-4)


@pytest.mark.parametrize("kind", ROWS)
def test_the_margin_rises_and_neither_base_nor_parent_moves(
    kind: str, tiny_student: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    parent = Parent(1, str(tiny_adapter), adapter_hash(tiny_adapter))
    directory = make(tmp_path, tiny_student, kind, parent=parent, epochs=6, learning_rate=2e-3)
    trainer = build(directory)
    kept = {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
    trainer.run(None)
    events = [json.loads(line) for line in directory.events.read_text().splitlines()]
    margins = [event["margin"] for event in events if event["kind"] == "step"]
    assert margins[-1] > margins[0] + 0.05
    if kind in ("dpo", "apo"):
        assert margins[0] == pytest.approx(0, abs=1e-4)  # the round begins where its reference stands
        assert "comparing" in [event.get("state") for event in events]
    moved = {name for name, p in trainer.model.named_parameters() if not torch.equal(p, kept[name])}
    assert moved == {name for name, p in trainer.model.named_parameters() if p.requires_grad}
    assert adapter_hash(tiny_adapter) == parent.hash


@pytest.mark.parametrize("kind", ROWS)
def test_a_step_is_the_same_step_in_smaller_passes_and_after_a_death(
    kind: str, tiny_student: Path, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {"epochs": 2, "lora": Lora(r=4), "learning_rate": 1e-3}
    whole, cut_up, dying = (
        build(make(tmp_path, tiny_student, kind, number, **changes, batch_size=size, accumulation=8 // size))
        for number, size in ((1, 8), (2, 2), (3, 2))
    )
    whole.run(None)
    cut_up.run(None)
    logs = [[log for log in trainer.state.log_history if "loss" in log] for trainer in (whole, cut_up)]
    for one, other in zip(*logs, strict=True):
        assert other["loss"] == pytest.approx(one["loss"], rel=1e-4)
        assert other["grad_norm"] == pytest.approx(one["grad_norm"], rel=1e-3)
    dying.add_callback(Death(saves=1, dies=2))
    with pytest.raises(Dies):
        dying.run(None)
    directory = RoundDirectory(tmp_path / "rounds" / "0003")
    again = build(directory)
    again.run(newest_complete(directory.checkpoints))
    weights = adapter_of(cut_up)
    assert all(torch.equal(weights[name], tensor) for name, tensor in adapter_of(again).items())


@pytest.mark.parametrize("packs", [False, True])
def test_a_batch_is_cut_between_rows_and_never_between_their_answers(
    packs: bool, tiny_student: Path, tmp_path: Path
) -> None:
    tokenizer = load_tokenizer(str(tiny_student))
    rows = read_rows(make(tmp_path, tiny_student, "rrhf", rows=5).train, tokenizer)
    assert [len(one.sequences) for one in rows] == [2, 3, 2, 3, 2]
    collator = Collator(tokenizer.pad_token_id, weighted=True, packs=packs)
    pieces = cut(collator(rows), 2)
    alone = [collator(rows[start : start + 2]) for start in (0, 2, 4)]
    assert [piece.keys() for piece in pieces] == [piece.keys() for piece in alone]
    assert all(same(*both) for both in zip(pieces, alone, strict=True))


def same(one: Batch, other: Batch) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("kind", ROWS)
def test_a_process_without_a_row_learns_nothing(kind: str, tiny_student: Path, tmp_path: Path) -> None:
    trainer = build(make(tmp_path, tiny_student, kind))
    batch = trainer.data_collator([trainer.train_dataset[-1]])
    assert trainer.items_of(batch) == 0
    loss = trainer.compute_loss(trainer.model, batch, num_items_in_batch=torch.tensor(8.0))
    loss.backward()
    assert loss == 0
    assert all(p.grad is None or p.grad.abs().max() == 0 for p in trainer.model.parameters())


@pytest.mark.parametrize(
    "changes",
    [
        {"rejected": "text"},
        {"scores": [1.0]},
        {"candidates": [[{"role": "assistant"}]]},
        {"weights": [[0, 3, -1.0]]},
        {"rejected": [{"role": "assistant", "content": "No"}], "rejected_weights": [[0, 9, -1.0]]},
    ],
)
def test_a_row_whose_answers_are_none_is_refused_by_its_number(
    changes: dict[str, Any], tiny_student: Path, tmp_path: Path
) -> None:
    spec = RoundSpec(1, "run", str(tiny_student), kind="rrhf", device="cpu")
    rows = [
        {**row(1), "candidates": [row(2)["completion"]]},
        {**row(1), "candidates": [row(2)["completion"]], **changes},
    ]
    directory = create(tmp_path / "rounds", spec, rows, [])
    with pytest.raises(CitingError, match=r"Row 2 of train.jsonl"):
        read_rows(directory.train, load_tokenizer(str(tiny_student)))
