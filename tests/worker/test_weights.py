"""Weights of tokens: spans of characters find their tokens, and the loss is the weighted mean of the whole step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from citing_app.errors import CitingError
from citing_app.rounds.layout import RoundDirectory, create
from citing_app.rounds.spec import RoundSpec
from citing_app.worker.dataset import read_rows
from citing_app.worker.student import load_tokenizer
from citing_app.worker.templates import answer_ids, answer_weights
from tests.worker.test_trainer import answer_losses, build, row

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def weighted(root: Path, student: Path, number: int, spans: list[Any], **changes: Any) -> RoundDirectory:
    rows: list[dict[str, Any]] = [row(i) for i in range(8)]
    for i in (1, 4):
        rows[i]["weights"] = spans
    spec = RoundSpec(number, "run", str(student), **{"epochs": 1, "device": "cpu", **changes})
    return create(root / "rounds", spec, rows, map(row, range(20, 27)))


@pytest.mark.parametrize("text", ["Air scatters blue light.", "天空 is <|im_end|> blue é", ""])
def test_spans_find_their_tokens(text: str, tiny_student: Path) -> None:
    tokenizer = load_tokenizer(str(tiny_student))
    ids = answer_ids(tokenizer, text)
    assert answer_weights(tokenizer, text, []) == [1.0] * len(ids)
    if text:
        assert answer_weights(tokenizer, text, [(0, len(text), 3.0)]) == [3.0] * (len(ids) - 1) + [1.0]
    if "blue" in text:
        start = text.index("blue")
        weights = answer_weights(tokenizer, text, [(start, start + 4, 2.0)])
        inside = [i for i, weight in zip(ids, weights, strict=True) if weight > 1]
        assert "blue" in tokenizer.decode(inside)
        assert len(tokenizer.decode(inside)) <= 6


@pytest.mark.parametrize("changes", [{}, {"batch_size": 2, "accumulation": 4}])
def test_the_loss_is_the_weighted_mean_of_the_step(changes: dict[str, Any], tiny_student: Path, tmp_path: Path) -> None:
    directory = weighted(tmp_path, tiny_student, 1, [[0, 6, 5.0], [8, 10, 0.25]], **changes)
    trainer = build(directory)
    rows = read_rows(directory.train, load_tokenizer(str(tiny_student)))
    weights = torch.tensor([w for tokens in rows for w in tokens.weights or [1.0] * len(tokens.answer)])
    with torch.no_grad():
        losses = answer_losses(trainer.model, rows)
    trainer.run(None)
    expected = ((weights * losses).sum() / weights.sum()).item()
    assert trainer.state.log_history[0]["loss"] == pytest.approx(expected, rel=1e-5)
    assert expected != pytest.approx(losses.mean().item(), rel=1e-3)


def test_weights_of_one_are_no_weights(tiny_student: Path, tmp_path: Path) -> None:
    ones, none = (weighted(tmp_path, tiny_student, n, spans) for n, spans in ((1, [[0, 5, 1.0]]), (2, [])))
    found = []
    for directory in (ones, none):
        trainer = build(directory)
        trainer.run(None)
        found.append(trainer.validation_losses)
    assert found[0] == pytest.approx(found[1], rel=1e-6)


@pytest.mark.parametrize("spans", [[[0, 9999, 2.0]], [[3, 3, 2.0]], [[0, 2, 0]], [[0, 2]], ["x"]])
def test_a_span_that_is_none_is_refused(spans: list[Any], tiny_student: Path, tmp_path: Path) -> None:
    directory = weighted(tmp_path, tiny_student, 1, spans)
    with pytest.raises(CitingError, match=r"Row 2 of train.jsonl"):
        read_rows(directory.train, load_tokenizer(str(tiny_student)))
