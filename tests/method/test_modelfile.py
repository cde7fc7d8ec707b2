"""Ollama's Modelfile: its template makes of a conversation what the student's own template makes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from jinja2 import Environment

from citing_app.method.modelfile import go_template, modelfile
from citing_app.types import Message
from tests.tiny_models import CHATML

DEFAULT_SYSTEM = "{% if messages[0].role != 'system' %}<|im_start|>system\nBe kind.<|im_end|>\n{% endif %}" + CHATML
LLAMA_2 = (
    "{{ '<s>' }}{% if messages[0].role == 'system' %}{% set s = messages[0].content %}{% set messages = messages[1:] %}"
    "{% endif %}{% for m in messages %}{% if m.role == 'user' %}[INST] {% if s and loop.first %}<<SYS>>\n{{ s }}\n"
    "<</SYS>>\n\n{% endif %}{{ m.content }} [/INST]{% else %} {{ m.content }} </s>{% endif %}{% endfor %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ 1 / 0 }}{% endif %}<{{ m.role }}>{{ m.content }}\n"
    "{% endfor %}<a>"
)
USER, ASSISTANT, SYSTEM = ({"role": role, "content": f"the {role}'s"} for role in ("user", "assistant", "system"))


def rendered(template: str, messages: Sequence[Message]) -> str:
    return Environment().from_string(template).render(messages=messages, add_generation_prompt=True)


def as_go(template: str, messages: Sequence[Message]) -> str:
    """What Go makes of the template, whose form is fixed: a text for each message by its role and the one before."""
    parts = re.fullmatch(
        r'{{ \$last := "" }}{{ range .Messages }}{{ if eq .Role "system" }}(.*){{ else if eq .Role "assistant" }}(.*)'
        r'{{ else if eq \$last "assistant" }}(.*){{ else if eq \$last "system" }}(.*){{ else }}(.*){{ end }}'
        r"{{ .Content }}{{ \$last = .Role }}{{ end }}(.*)",
        template,
        re.DOTALL,
    )
    assert parts is not None
    system, answer, question, after, first, end = parts.groups()
    last, text = "", ""
    for message in messages:
        follows = {"assistant": question, "system": after}.get(last, first)
        text += {"system": system, "assistant": answer}.get(message["role"], follows) + message["content"]
        last = message["role"]
    return text + end


@pytest.mark.parametrize("template", [CHATML, DEFAULT_SYSTEM, LLAMA_2])
@pytest.mark.parametrize("messages", [[USER], [SYSTEM, USER], [USER, ASSISTANT, USER], [SYSTEM, USER, ASSISTANT, USER]])
def test_the_go_template_makes_the_same_prompt(template: str, messages: list[Message]) -> None:
    made = go_template(lambda shown: rendered(template, shown), "<s>")
    assert made is not None
    assert as_go(made, messages) == rendered(template, messages).removeprefix("<s>")


def test_without_a_system_in_the_template_the_user_says_it_first() -> None:
    made = go_template(lambda shown: rendered(NO_SYSTEM, shown), "")
    assert made is not None
    assert as_go(made, [SYSTEM, USER]) == "<user>the system's\n\nthe user's\n<a>"


@pytest.mark.parametrize("template", ["{{ messages[-1].content }}", "{% raw %}{{ .Role }}{% endraw %}" + CHATML])
def test_a_template_that_go_cannot_repeat_is_left_out(template: str) -> None:
    assert go_template(lambda shown: rendered(template, shown), "") is None


def test_a_modelfile_says_what_is_loaded_and_what_ends_an_answer() -> None:
    assert modelfile(["FROM ./a.gguf"], "{{ x }}", ["<|im_end|>", 'a"b']) == (
        'FROM ./a.gguf\nTEMPLATE """{{ x }}"""\nPARAMETER stop "<|im_end|>"\n'
    )
    assert modelfile(["FROM ./a.gguf"], None, []) == "FROM ./a.gguf\n"
