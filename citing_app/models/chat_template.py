"""What a student's chat template writes around the messages, told without loading the student or transformers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from citing_app.method.prompts import ALPACA_TEMPLATE
from citing_app.models.names import read_object

_STANDS_FOR = re.compile("\ue000([0-9]+)\ue001")
"""Stands for a message's content: characters of Unicode's private use, which no template looks at."""


def around(folder: Path, roles: Sequence[str]) -> list[str] | None:
    """The texts before, between and after the contents of messages of these roles, up to where the answer begins.

    `folder` is the student's. None for a template that cannot be read so: one that fails, leaves a message out, or
    changes its place.
    """
    messages = [{"role": role, "content": f"\ue000{place}\ue001"} for place, role in enumerate(roles)]
    try:
        template = _environment().from_string(_template(folder))
        text = template.render(messages=messages, add_generation_prompt=True, **_special_tokens(folder))
    except Exception:  # a template is a program: there is nothing that it cannot raise
        return None
    parts = _STANDS_FOR.split(text)
    return parts[::2] if parts[1::2] == [str(place) for place in range(len(roles))] else None


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
