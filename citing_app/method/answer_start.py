"""Where a student's answer begins: behind whatever thought its chat template opens.

Students draft, train and chat without thoughts. A template with a switch for them (`enable_thinking`) gets it turned
off. Some open a thought for the student whatever one asks; it is closed at once, else the student would learn its
answer as the thought. Both stand in the template itself, so that everyone who renders it gets the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

SWITCHES = {"enable_thinking": False, "thinking": False, "thinking_budget": 0}
"""The variables by which templates are told to open no thought."""
_OPENED = (
    (re.compile(r"<((?:\w+:)?(?:think(?:ing)?|thoughts?|reasoning))>\s*\Z"), "\n</{}>\n\n"),
    (re.compile(r"\[(THINK)\]\s*\Z"), "[/{}]"),
    (re.compile(r"◁(think)▷\s*\Z"), "◁/{}▷"),
    (re.compile(r"<\|channel>(thought)\s*\Z"), "<channel|>"),  # Gemma's
    (
        re.compile(r"<\|start\|>(assistant)\Z"),
        "<|channel|>final<|message|>",
    ),  # harmony
)
"""How a prompt ends that opens a thought, and what closes it."""


def without_thoughts(template: str, prompt_of: Callable[[str], str]) -> str:
    """The chat template (Jinja's source) under which an answer follows that is no thought.

    `prompt_of` gives the text of a prompt by a template, up to where the answer begins. A template that knows of no
    thoughts comes back as it is; so does one that fails.
    """
    switched = "".join(_off(name) for name in SWITCHES if re.search(rf"\b{name}\b", template)) + template
    try:
        prompt = prompt_of(switched)
    except Exception:  # a template is a program: there is nothing that it cannot raise
        return template
    if not (closing := closing_of(prompt)):
        return switched
    # Jinja leaves out one line end at the end of a template; behind it ours would bring it back.
    return f"{switched.removesuffix(chr(10))}{{% if add_generation_prompt %}}{{{{ {closing!r} }}}}{{% endif %}}"


def closing_of(prompt: str) -> str:
    """What closes the thought that the prompt's end has opened; nothing where it has opened none."""
    found = ((opened.search(prompt), closing) for opened, closing in _OPENED)
    return next((closing.format(match[1]) for match, closing in found if match), "")


def _off(name: str) -> str:
    return f"{{% if {name} is not defined %}}{{% set {name} = {json.dumps(SWITCHES[name])} %}}{{% endif %}}"
