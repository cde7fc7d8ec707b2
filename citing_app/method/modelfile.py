"""Ollama's Modelfile of a student: what is loaded, how messages become its prompt, and what ends an answer.

Ollama reads no Jinja. It has templates in Go's language, and writes the texts between the contents of messages itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from citing_app.method.chat_shapes import Render, frame

_BESIDE_A_SYSTEM = "\n\n"
"""What parts the system's text from the user's where a template has no system and the user says both."""


def modelfile(lines: Iterable[str], template: str | None, stops: Iterable[str]) -> str:
    """The Modelfile with these `lines` (`FROM …`) first; without a `template` Ollama guesses it from the GGUF."""
    written = [*lines]
    if template is not None:
        written.append(f'TEMPLATE """{template}"""')
    written += [f'PARAMETER stop "{stop}"' for stop in stops if '"' not in stop and "\n" not in stop]
    return "\n".join(written) + "\n"


def go_template(render: Render, bos: str) -> str | None:
    """The Go template that makes of a conversation what `render` makes of it, up to where the answer begins.

    A leading `bos` is left out: llama.cpp writes it. None where the student's template isn't texts between contents, or
    holds what Go or a Modelfile would read.
    """
    turns, told = frame(("user", "assistant", "user"), render), frame(("system", "user"), render)
    if turns is None:
        return None
    first, answer, question, end = turns
    system, after = (first, _BESIDE_A_SYSTEM) if told is None else told[:2]
    first, system = first.removeprefix(bos), system.removeprefix(bos)
    if any(mark in text for text in (first, answer, question, end, system, after) for mark in ("{{", "}}", '"""')):
        return None
    return (
        '{{ $last := "" }}{{ range .Messages }}'
        f'{{{{ if eq .Role "system" }}}}{system}'
        f'{{{{ else if eq .Role "assistant" }}}}{answer}'
        f'{{{{ else if eq $last "assistant" }}}}{question}'
        f'{{{{ else if eq $last "system" }}}}{after}'
        f"{{{{ else }}}}{first}{{{{ end }}}}"
        f"{{{{ .Content }}}}{{{{ $last = .Role }}}}{{{{ end }}}}{end}"
    )
