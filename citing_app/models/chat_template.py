"""What a student's chat template writes around the messages, told without loading the student or transformers."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from citing_app.method.answer_start import without_thoughts
from citing_app.method.chat_shapes import Render
from citing_app.method.prompts import ALPACA_TEMPLATE
from citing_app.models.names import read_object
from citing_app.types import Message


def template_of(folder: Path) -> Render:
    """The chat template of the student in this folder; it raises whatever a template raises that refuses messages."""
    environment, tokens = _environment(), _special_tokens(folder)

    def rendered(source: str, messages: list[Message]) -> str:
        return environment.from_string(source).render(messages=messages, add_generation_prompt=True, **tokens)

    source = without_thoughts(_template(folder), lambda given: rendered(given, [{"role": "user", "content": "?"}]))
    return partial(rendered, source)


class _Generation(Extension):
    """The tag in which some templates mark what the assistant writes; here it says nothing."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own way

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> ImmutableSandboxedEnvironment:
    """As transformers sets it up: the sandbox, and the few names that templates may use."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols])
    made.filters["tojson"] = lambda value, **given: json.dumps(value, **{"ensure_ascii": False, **given})
    made.globals["raise_exception"] = _refuse
    made.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return made


def _refuse(reason: str) -> None:
    raise TemplateError(reason)


def _template(folder: Path) -> str:
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    given = read_object(folder / "tokenizer_config.json").get("chat_template")
    if isinstance(given, list):
        given = {one["name"]: one["template"] for one in given}.get("default")
    return given or ALPACA_TEMPLATE


def _special_tokens(folder: Path) -> dict[str, Any]:
    """`bos_token`, `eos_token` and their like, as texts."""
    config = read_object(folder / "special_tokens_map.json") | read_object(folder / "tokenizer_config.json")
    named = {name: value for name, value in config.items() if name.endswith("_token")}
    texts = {name: value.get("content") if isinstance(value, dict) else value for name, value in named.items()}
    return {name: text for name, text in texts.items() if isinstance(text, str)}
