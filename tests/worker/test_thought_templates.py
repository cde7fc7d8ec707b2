"""Chat templates of students that think: an answer begins behind the thought, and everyone counts the same tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from citing_app.models.chat_template import template_of
from citing_app.models.token_counts import TokenCounts
from citing_app.worker.dataset import read_rows
from citing_app.worker.student import load_tokenizer
from tests.tiny_models import CHATML
from tests.worker.test_token_counts import copied

_ROW = {"prompt": [{"role": "user", "content": "Why?"}], "completion": [{"role": "assistant", "content": "So."}]}
_PROMPT = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
_BEFORE = CHATML.partition("{% if add_generation_prompt %}")[0]
TEMPLATES = {
    "qwen3": (
        "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}",
        "<think>\n\n</think>\n\n",
    ),
    "smollm3": (
        "{% if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}"
        "{% if enable_thinking %}{{ '<think>\n' }}{% else %}{{ '<think>\n\n</think>\n' }}{% endif %}",
        "<think>\n\n</think>\n",
    ),
    "deepseek-r1": ("{{ '<think>\n' }}", "<think>\n\n</think>\n\n"),
    "deepseek-v3.1": ("{% if not thinking %}{{ '</think>' }}{% else %}{{ '<think>' }}{% endif %}", "</think>"),
    "raw": ("<think>\n", "<think>\n\n</think>\n\n"),
    "seed-oss": (
        "{% if thinking_budget is defined and thinking_budget == 0 %}{{ '<seed:think></seed:think>' }}"
        "{% else %}{{ '<seed:think>' }}{% endif %}",
        "<seed:think></seed:think>",
    ),
    "kimi-vl": ("{{ '◁think▷' }}", "◁think▷◁/think▷"),
    "plain": ("", ""),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_answer_is_learned_behind_the_thought_that_a_template_opens(
    name: str, tiny_student: Path, tmp_path: Path
) -> None:
    source, opened = TEMPLATES[name]
    student = copied(tiny_student, tmp_path)
    (student / "chat_template.jinja").write_text(f"{_BEFORE}{_PROMPT}{source}{{% endif %}}\n")
    (tmp_path / "train.jsonl").write_text(json.dumps(_ROW))
    tokenizer = load_tokenizer(str(student))
    (row,) = read_rows(tmp_path / "train.jsonl", tokenizer)
    expected = f"<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n{opened}"
    assert tokenizer.decode(row.prompt) == expected
    assert tokenizer.decode(row.answer) == "So.<|im_end|>"
    assert template_of(student)(_ROW["prompt"]) == expected
    assert TokenCounts().of(str(student), [_ROW], 0) == [len(row)]


def test_a_template_that_knows_of_no_thoughts_is_left_as_it_is(tiny_student: Path) -> None:
    assert load_tokenizer(str(tiny_student)).chat_template == CHATML


def test_harmony_answers_in_its_final_channel(tiny_student: Path, tmp_path: Path) -> None:
    student = copied(tiny_student, tmp_path)
    (student / "chat_template.jinja").write_text(
        "{% for message in messages %}{{ '<|start|>' + message.role + '<|message|>' + message.content + '<|end|>' }}"
        "{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}"
    )
    assert template_of(student)(_ROW["prompt"]).endswith("<|end|><|start|>assistant<|channel|>final<|message|>")
