"""How many tokens the student reads in a training row: counted by its own tokenizer, in the app's process.

Only the file tokenizer.json is read, by the library that transformers itself uses; no model is loaded.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from citing_app.method.chat_shapes import frame, roles_of, taken
from citing_app.method.identity import exact_hash
from citing_app.method.prices import FRAMING_TOKENS
from citing_app.models.chat_template import template_of
from citing_app.models.hub import local_folder
from citing_app.types import Message

Row = Mapping[str, Any]
"""{"prompt": [messages], "completion": [message]}"""
_AT_ONCE = 512
_SAMPLE = 500
_REMEMBERED = 200_000
_CUT = "\ue000"
"""Stands around a control token that is spelled out in a message: private use, and taken out of the message first."""


def at_most(row: Row) -> int:
    """No fewer than the row's tokens: its bytes, as no tokenizer that knows every byte makes more, and a template's."""
    return FRAMING_TOKENS + sum(len(text.encode()) for text in _contents(row))


class TokenCounts:
    """Counts rows, and remembers: a page asks for the same rows at each change of a form."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, int] = {}
        self._counted_by: tuple[Path, int] | None = None

    def of(self, student: str, rows: Sequence[Row], most: int) -> list[int] | None:
        """The tokens of each row; None where this student's tokenizer is not here, or cannot be read.

        `student` is a folder or hub name, as `names.resolve_student` gives it. Rows that surely have no more than
        `most` tokens are counted in a sample, where there are many, and the others of them told from it.
        """
        file = _tokenizer_file(student)
        if file is None:
            return None
        with self._lock:
            self._forget_other(file)
            sizes = [at_most(row) for row in rows]
            short = [place for place, size in enumerate(sizes) if size <= most]
            sample = short[:: -(-len(short) // _SAMPLE) or 1]
            long = [place for place, size in enumerate(sizes) if size > most]
            counted = self._count(file, {place: rows[place] for place in (*long, *sample)})
        if counted is None:
            return None
        share = sum(counted[place] for place in sample) / max(1, sum(sizes[place] for place in sample))
        return [counted.get(place, round(size * share)) for place, size in enumerate(sizes)]

    def _count(self, file: Path, rows: Mapping[int, Row]) -> dict[int, int] | None:
        names = {place: exact_hash(*_contents(row)) for place, row in rows.items()}
        new = {name: rows[place] for place, name in names.items() if name not in self._known}
        if new:
            counts = _counted(file, list(new.values()))
            if counts is None:
                return None
            self._known |= dict(zip(new, counts, strict=True))
        return {place: self._known[name] for place, name in names.items()}

    def _forget_other(self, file: Path) -> None:
        """Forget what another tokenizer has counted, and everything once it is much."""
        counted_by = (file, file.stat().st_mtime_ns)
        if counted_by != self._counted_by or len(self._known) > _REMEMBERED:
            self._known, self._counted_by = {}, counted_by


def _counted(file: Path, rows: Sequence[Row]) -> list[int] | None:
    """As many as the worker's `prompt_ids` and `answer_ids` give (worker/templates.py); a test holds the two together.

    Loaded for this and let go: a large vocabulary takes a hundred megabytes.
    """
    from tokenizers import Tokenizer

    rendered = template_of(file.parent)
    prompts = [taken(row["prompt"], rendered) for row in rows]
    frames = {roles: frame(roles, rendered) for roles in set(map(roles_of, prompts))}
    if None in frames.values():
        return None
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception:  # the library raises nothing more special
        return None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    control = _control_tokens(tokenizer)
    cut = [_prompt(frames[roles_of(prompt)] or [], prompt, control) for prompt in prompts]
    texts = [parts[::2] for parts in cut]
    spelled = [[*parts[1::2], row["completion"][0]["content"]] for parts, row in zip(cut, rows, strict=True)]
    tokenizer.encode_special_tokens = False
    read = _lengths(tokenizer, texts)
    tokenizer.encode_special_tokens = True  # a control token is text there
    return [sum(pair) + 1 for pair in zip(read, _lengths(tokenizer, spelled), strict=True)]


def _prompt(around: Sequence[str], prompt: Sequence[Message], control: re.Pattern[str]) -> list[str]:
    """The prompt, cut around control tokens that a content spells out: every second part is one."""
    contents = (message["content"].replace(_CUT, "") for message in prompt)
    marked = (control.sub(rf"{_CUT}\g<0>{_CUT}", text) for text in contents)
    return "".join(chain.from_iterable(zip_longest(around, marked, fillvalue=""))).split(_CUT)


def _control_tokens(tokenizer: Any) -> re.Pattern[str]:
    special = [token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special]
    return re.compile("|".join(map(re.escape, sorted(special, key=len, reverse=True))) or "(?!)")


def _lengths(tokenizer: Any, texts: Sequence[Sequence[str]]) -> list[int]:
    """Tokens in each list of texts. A few at a time: the library keeps much beside the ids."""
    found = []
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        encoded = iter(tokenizer.encode_batch_fast(list(chain.from_iterable(some)), add_special_tokens=False))
        found += [sum(len(next(encoded)) for _ in parts) for parts in some]
    return found


def _tokenizer_file(student: str) -> Path | None:
    """Where the tokenizer of a folder lies, or of a hub name that was fetched before; None where there is none."""
    folder = local_folder(student)
    file = None if folder is None else folder / "tokenizer.json"
    return file if file and file.is_file() else None


def _contents(row: Row) -> list[str]:
    return [message["content"] for part in ("prompt", "completion") for message in row[part]]
