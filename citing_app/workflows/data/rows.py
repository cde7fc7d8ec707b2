"""Files into rows: JSON, JSONL, CSV and Parquet, in the shapes that instruction data comes in."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.store.files import read_parquet
from citing_app.types import Edit, Example

FORMATS = (".json", ".jsonl", ".csv", ".parquet")
LONGEST_FIELD = 200_000
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
Raw = dict[str, Any] | str
"""A row as the file holds it, or the sentence that says why it is none."""
_NO_OBJECT = "the row is not an object with named fields"


def read_rows(path: Path) -> list[Raw]:
    """The rows of a file, by its ending. Raises CitingError where the file is not what its name says."""
    readers = {".json": _read_json, ".jsonl": _read_jsonl, ".csv": _read_csv, ".parquet": read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise CitingError(f"{path.name} is not one of {', '.join(FORMATS)}.")
    try:
        return list(reader(path))
    except OSError as error:
        raise CitingError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CitingError(f"{path.name} is not UTF-8 text; save it as UTF-8 and try again.") from error


def to_example(raw: Raw) -> Example:
    """One row as an example. Raises CitingError with the reason where it cannot be one."""
    if isinstance(raw, str):
        raise CitingError(raw)
    if not isinstance(raw, dict):
        raise CitingError(_NO_OBJECT)
    instruction, input, output = _task(raw)
    if not instruction.strip():
        raise CitingError("the instruction is empty")
    draft, revision = _text(raw, "draft"), _text(raw, "revision")
    has_pair = bool(draft.strip() or revision.strip())
    if has_pair and (raw.get("draft") is None or not revision.strip()):  # a student's draft may be empty
        raise CitingError("a draft and a revision come together: one of them is missing")
    return Example(
        instruction=instruction,
        input=input,
        output=output,
        category=_sorted_category(raw),
        draft=draft if has_pair else None,
        revision=revision if has_pair else None,
        edits=_edits(raw, draft, revision),
        draft_author=_text(raw, "draft_author") or _text(raw, "draft_model") or None,
        revision_author=_text(raw, "revision_author") or _text(raw, "revision_model") or None,
    )


def _sorted_category(raw: dict[str, Any]) -> str | None:
    """The category somebody sorted the row into. An export names the one whose rubric was used, which may only have
    been assigned, and gives the rubric's version: coming back must not make the row a member."""
    return None if _text(raw, "rubric_version") else _text(raw, "category") or None


def _task(raw: dict[str, Any]) -> tuple[str, str, str]:
    """Instruction, input and output, from whichever of the three shapes the row has.

    An instruction wins over a prompt: an own export in a trainer's shape has both, and only the former has its hash.
    """
    if raw.get("instruction") is not None:
        answers = ("output", "completion", "chosen")
        name = next((name for name in answers if isinstance(raw.get(name), str)), "output")
        return _text(raw, "instruction"), _text(raw, "input"), _text(raw, name)
    if raw.get("messages") is not None:
        return _conversation(raw["messages"])
    if raw.get("prompt") is not None:
        prompt, completion = raw["prompt"], raw.get("completion")
        if isinstance(prompt, list):
            return _conversation([*prompt, *(completion if isinstance(completion, list) else [])])
        return _text(raw, "prompt"), "", _text(raw, "completion")
    raise CitingError("there is no instruction, prompt or messages field")


def _conversation(messages: Any) -> tuple[str, str, str]:
    """The last question is the instruction, what went before it the input, the reply to it the output."""
    if isinstance(messages, str):  # CSV holds the messages as JSON
        messages = _parsed(messages, "messages is not a list")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise CitingError("messages is not a list of objects with role and content")
    turns = [(_text(message, "role"), _text(message, "content")) for message in messages]
    asked = [index for index, (role, _) in enumerate(turns) if role == "user"]
    if not asked:
        raise CitingError("messages holds no user message")
    before = "\n".join(f"{role.capitalize()}: {content}" for role, content in turns[: asked[-1]])
    reply = next((content for role, content in turns[asked[-1] + 1 :] if role == "assistant"), "")
    return turns[asked[-1]][1], before, reply


def _edits(raw: dict[str, Any], draft: str, revision: str) -> tuple[Edit, ...]:
    """The row's edits, once applying them to the draft has given the revision."""
    given = raw.get("edits")
    if not given:
        return ()
    if isinstance(given, str):
        given = _parsed(given, "edits is not a list")
    if not isinstance(given, list) or not all(isinstance(edit, dict) for edit in given):
        raise CitingError("edits is not a list of objects with before and after")
    edits = tuple(Edit(_text(edit, "before"), _text(edit, "after"), _text(edit, "criterion") or None) for edit in given)
    if applied(draft, edits) != revision:
        raise CitingError("applying the edits to the draft does not give the revision")
    return edits


def applied(draft: str, edits: tuple[Edit, ...]) -> str | None:
    """The draft after the edits, applied left to right; None where one of them does not occur."""
    done, rest = "", draft
    for edit in edits:
        head, found, rest = rest.partition(edit.before) if edit.before else ("", "", "")
        if not found:
            return None
        done += head + edit.after
    return done + rest


def _text(raw: dict[str, Any], name: str) -> str:
    """A field as text: absent, null and NaN are empty; anything but text, a number or a truth value is refused."""
    value = raw.get(name)
    if value is None or (isinstance(value, float) and math.isnan(value)):  # how data frames write a missing text
        return ""
    if not isinstance(value, str | int | float | Decimal):
        raise CitingError(f"{name} is not text")
    text = str(value)
    if len(text) > LONGEST_FIELD:
        raise CitingError(f"{name} is longer than {LONGEST_FIELD:,} characters")
    if _NO_TEXT.search(text):
        raise CitingError(f"{name} holds a character that is no text (NUL or half of a surrogate pair)")
    return text


def _parsed(text: str, reason: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CitingError(reason) from error


def _read_json(path: Path) -> list[Raw]:
    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        raise CitingError(f"{path.name} is empty.")
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise CitingError(f"{path.name} is not JSON: {error}.") from error
    except RecursionError as error:
        raise CitingError(f"{path.name} is nested too deeply to be a list of rows.") from error
    if not isinstance(rows, list):
        raise CitingError(f"{path.name} holds no list of rows; an Alpaca-style file is one JSON array.")
    return [_no_text(row) for row in rows]


def _read_jsonl(path: Path) -> Iterator[Raw]:
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    for line in lines:
        if line.strip():
            try:
                yield _no_text(json.loads(line))
            except (ValueError, RecursionError):
                yield "the line is not JSON"


def _no_text(row: Any) -> Any:
    """The row; in place of a bare text, which would pass for the reason that there is none, that reason."""
    return _NO_OBJECT if isinstance(row, str) else row


def _read_csv(path: Path) -> Iterator[Raw]:
    csv.field_size_limit(2**31 - 1)  # one long cell is that row's fault, not the file's
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            names = set(reader.fieldnames or [])
            if not names & {"instruction", "prompt", "messages"}:
                raise CitingError(f"{path.name} has no instruction, prompt or messages column in its first line.")
            for row in reader:
                yield "the row has more cells than the first line names" if None in row else _unescaped(row)
        except csv.Error as error:
            raise CitingError(f"{path.name} is not CSV: line {reader.line_num}: {error}.") from error


def _unescaped(row: dict[str, Any]) -> dict[str, Any]:
    """Take back the apostrophe that our own export puts before a formula."""
    return {
        name: value[1:] if isinstance(value, str) and value[:1] == "'" and needs_escape(value) else value
        for name, value in row.items()
    }


def needs_escape(text: str) -> bool:
    """Whether a CSV export puts an apostrophe before this text: a spreadsheet would take it for a formula, or an
    import would take its own apostrophes for the export's."""
    return text.lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r"))
