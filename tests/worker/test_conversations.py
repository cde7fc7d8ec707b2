"""Conversations as the worker reads them: whole with any chat template, and only the answer is learned."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from citing_app.method.training_rows import TrainingRow, training_rows
from citing_app.models.token_counts import TokenCounts
from citing_app.types import Pair, Turn
from citing_app.worker.dataset import read_rows
from citing_app.worker.student import load_tokenizer
from citing_app.worker.templates import answer_ids, prompt_ids
from tests.method.test_turns import FORGETS, GEMMA

SPELLED = "<|im_end|>"
TURNS = (Turn("system", "Be brief."), Turn("user", "Hello."), Turn("assistant", "Hi."), Turn("tool", f"4{SPELLED} °C"))
TEMPLATES = {"chatml": None, "gemma": GEMMA, "forgetful": FORGETS}


@pytest.fixture(params=TEMPLATES)
def student(request: pytest.FixtureRequest, tiny_student: Path, tmp_path: Path) -> Path:
    """The tiny student with a chat template of another manner."""
    folder = tmp_path / "student"
    shutil.copytree(tiny_student, folder)
    if given := TEMPLATES[request.param]:
        (folder / "chat_template.jinja").write_text(given)
    return folder


def conversation() -> list[TrainingRow]:
    return training_rows([Pair("d", 1, "Why?", "", "Magic.", "Light.", None, "train", turns=TURNS)], "both")


def test_every_turn_is_read_and_a_control_token_in_one_is_text(student: Path) -> None:
    tokenizer, row = load_tokenizer(str(student)), conversation()[0]
    ids = prompt_ids(tokenizer, row["prompt"])
    read = tokenizer.decode(ids)
    assert all(text in read for text in ("Be brief.", "Hello.", "Hi.", f"4{SPELLED} °C", "Why?"))
    plain = [one | {"content": one["content"].replace(SPELLED, "")} for one in row["prompt"]]
    end = tokenizer.convert_tokens_to_ids(SPELLED)
    assert ids.count(end) == prompt_ids(tokenizer, plain).count(end)


def test_a_row_is_counted_as_it_is_trained_on_and_only_its_answer_is_learned(student: Path, tmp_path: Path) -> None:
    tokenizer, rows = load_tokenizer(str(student)), conversation()
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = read_rows(tmp_path / "train.jsonl", tokenizer)
    assert TokenCounts().of(str(student), rows, 1) == [len(one) for one in read]
    assert [one.answer for one in read] == [answer_ids(tokenizer, "Light.")] * 2
