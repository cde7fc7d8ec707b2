"""JSON into rows: an array, an object with one list of rows, one object a line, or objects one behind another."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any, TextIO

from citing_app.errors import CitingError
from citing_app.workflows.data.raw import Found, checked, plain_name, rows_of

_NOT_JSON = "the line is not JSON"
_MOST_DIGITS = 4_000
_BROKEN = (ValueError, RecursionError)
_NEXT = re.compile(r"^[{\[]", re.MULTILINE)
_SPACE = re.compile(r"\s*")


def _whole(digits: str) -> int | str:
    """A number; as text where it has more digits than Python reads."""
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


_DECODER = json.JSONDecoder(parse_int=_whole)


def json_rows(file: TextIO, name: str, questions: Collection[str]) -> Iterator[Found]:
    """The rows of the JSON in `file`, which is called `name`; an object with one of the columns `questions` is a row.

    Lines are read one by one. Raises CitingError where the file as a whole is none of these.
    """
    number, first = next(((n, line) for n, line in enumerate(file, start=1) if line.strip()), (1, ""))
    try:
        value = _DECODER.decode(first)
    except _BROKEN:
        yield from _several(first + file.read(), number, name, questions)
        return
    lines = ((n, line) for n, line in enumerate(file, start=number + 1) if line.strip())
    second = next(lines, None)
    if second is None:
        yield from _alone(value, f"line {number}", name, questions)
        return
    yield Found(checked(value), f"line {number}")
    for n, line in chain([second], lines):
        yield _line(n, line)


def _line(number: int, line: str) -> Found:
    try:
        return Found(checked(_DECODER.decode(line)), f"line {number}")
    except _BROKEN:
        return Found(_NOT_JSON, f"line {number}")


def _several(text: str, line: int, name: str, questions: Collection[str]) -> Iterator[Found]:
    """Values of several lines each, of which the first begins in `line`."""
    try:
        value, end = _DECODER.raw_decode(text, _after_space(text, 0))
    except _BROKEN as error:
        lines = [_line(n, one) for n, one in enumerate(text.split("\n"), start=line) if one.strip()]
        if not any(isinstance(found.raw, dict) for found in lines):
            raise _not_json(name, error, line) from error
        yield from lines
        return
    if _after_space(text, end) == len(text):
        yield from _alone(value, f"line {line}", name, questions)
        return
    yield Found(checked(value), f"line {line}")
    yield from _others(text, end, line + text.count("\n", 0, end))


def _others(text: str, at: int, line: int) -> Iterator[Found]:
    """The values behind the first; behind what is none, reading goes on at the next line that begins one."""
    while (start := _after_space(text, at)) < len(text):
        line += text.count("\n", at, start)
        try:
            value, at = _DECODER.raw_decode(text, start)
            yield Found(checked(value), f"line {line}")
        except _BROKEN:
            following = _NEXT.search(text, start + 1)
            at = following.start() if following else len(text)
            yield Found(_NOT_JSON, f"line {line}")
        line += text.count("\n", start, at)


def _alone(value: Any, place: str, name: str, questions: Collection[str]) -> Iterator[Found]:
    """The rows of a file with one value: those of an array, or of the one list of objects in an object."""
    if isinstance(value, list):
        yield from rows_of(value)
        return
    if not isinstance(value, dict) or any(plain_name(column) in questions for column in value):
        yield Found(checked(value), place)
        return
    lists = {key: one for key, one in value.items() if _is_rows(one)}
    if len(lists) > 1:
        keys = ", ".join(list(lists)[:5])
        raise CitingError(f"{name} holds several lists of rows ({keys}); save the one you want as a file of its own.")
    yield from rows_of(next(iter(lists.values()))) if lists else [Found(value, place)]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _not_json(name: str, error: Exception, line: int) -> CitingError:
    if isinstance(error, RecursionError):
        return CitingError(f"{name} is nested too deeply to be a list of rows.")
    if isinstance(error, json.JSONDecodeError):
        return CitingError(f"{name} is not JSON: {error.msg} (line {error.lineno + line - 1}).")
    return CitingError(f"{name} is not JSON: {error}.")
