"""The divergence of an adapter from its base, against the formula on the whole model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from citing_app.worker.dataset import Tokens
from citing_app.worker.divergence import divergences, kl
from citing_app.worker.generate import StudentModel
from citing_app.worker.templates import answer_ids, prompt_ids

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

ANSWERS = ["The air scatters blue light more than red light.", "Blue.", "", "天空 🎉"]


def test_it_is_the_mean_over_the_answers_tokens_of_the_kl_over_the_vocabulary(
    tiny_student: Path, tiny_adapter: Path
) -> None:
    student = StudentModel(str(tiny_student), torch.device("cpu"), torch.float32)
    prompt = prompt_ids(student.tokenizer, [{"role": "user", "content": "Why is the sky blue?"}])
    rows = [Tokens(prompt, answer_ids(student.tokenizer, answer)) for answer in ANSWERS]
    base = AutoModelForCausalLM.from_pretrained(tiny_student)
    moved = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_student), tiny_adapter)
    expected = [direct(base, moved, row) for row in rows]
    assert min(expected) > 0.01
    with student.adapters.using(tiny_adapter):
        assert divergences(student, rows) == pytest.approx(expected, rel=1e-4)
        assert divergences(student, rows, positions=5) == pytest.approx(expected, rel=1e-4)
    assert divergences(student, rows) == [0.0] * len(rows)


def direct(base: torch.nn.Module, moved: torch.nn.Module, row: Tokens) -> float:
    """By the formula, alone and without padding."""
    ids = torch.tensor([row.prompt + row.answer])
    with torch.no_grad():
        p, q = (model(ids).logits[0, len(row.prompt) - 1 : -1].softmax(-1).double() for model in (moved, base))
    return float((p * (p / q).log()).sum(-1).mean())


def test_kl_by_hand() -> None:
    p, q = torch.tensor([[0.5, 0.5], [1.0, 0.0]]), torch.tensor([[0.25, 0.75], [0.5, 0.5]])
    sure = torch.tensor([[0.0, 0.0], [0.0, -100.0]])
    assert kl(p.log().clamp(min=-100), q.log()).tolist() == pytest.approx([0.5 * 0.2876821, 0.6931472], abs=1e-5)
    assert kl(sure, sure).tolist() == [0.0, 0.0]
    assert kl(sure, sure + 3.0).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
