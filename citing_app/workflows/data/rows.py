"""Files into rows: JSON, JSONL, CSV and Parquet, in the shapes that instruction data comes in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.method.cells import needs_escape
from citing_app.store.files import read_parquet
from citing_app.types import Edit, Example
from citing_app.workflows.data import chats
from citing_app.workflows.data.chats import Chat, is_chat
from citing_app.workflows.data.columns import (
    ANSWERS,
    INPUTS,
    QUESTIONS,
    Fields,
    answer_in,
    is_marked_bad,
    plain,
    references,
    unpacked,
)
from citing_app.workflows.data.values import is_missing, is_scalar, parsed, text

FORMATS = (".json", ".jsonl", ".csv", ".parquet")
_EXPORTED = frozenset({"annotator", "teacher", "rubric_version", "round"})
"""What every row of an own export has (store/exports.py)."""
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


def tasks(raw: Raw) -> list[Raw]:
    """The row once for each of its `instances` (self-instruct): inputs and answers of one instruction."""
    name, given = _instances(raw)
    return [{**raw, name: [one]} for one in given] if isinstance(raw, dict) and given else [raw]


def to_example(raw: Raw) -> Example:
    """One row as an example. Raises CitingError with the reason where it cannot be one."""
    fields = _fields(raw)
    instruction, input, output = _task(fields)
    if not instruction.strip():
        raise CitingError("the instruction is empty")
    if output and is_marked_bad(fields):
        raise CitingError("its answer is marked as a bad one (label: false)")
    draft, revision = fields.text("draft"), fields.text("revision")
    has_pair = bool(draft.strip() or revision.strip())
    if has_pair and (is_missing(fields.peek("draft")) or not revision.strip()):  # a student's draft may be empty
        raise CitingError("a draft and a revision come together: one of them is missing")
    return Example(
        instruction=instruction,
        input=input,
        output=output,
        references=references(fields, output),
        category=_sorted_category(fields),
        draft=draft if has_pair else None,
        revision=revision if has_pair else None,
        edits=_edits(fields, draft, revision),
        draft_author=fields.text("draft_author") or fields.text("draft_model") or None,
        revision_author=fields.text("revision_author") or fields.text("revision_model") or None,
        is_accepted_answer=fields.names >= _EXPORTED and "revision" not in fields.names,
        unread=fields.unread(),
    )


def _fields(raw: Raw) -> Fields:
    """The row's columns; those of its instance, where it has one, before its own."""
    if isinstance(raw, str):
        raise CitingError(raw)
    if not isinstance(raw, dict):
        raise CitingError(_NO_OBJECT)
    _, given = _instances(raw)
    fields = Fields([*(given[0].items() if given else ()), *raw.items()])
    if given:
        fields.take("instances")
    return fields


def _instances(raw: Raw) -> tuple[str, list[dict[str, Any]]]:
    """The name of the column with instances, and what it holds where that is a list of objects."""
    if not isinstance(raw, dict):
        return "", []
    name = next((name for name in raw if plain(name) == "instances"), "")
    given = unpacked(raw.get(name), "instances")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return name, []
    return name, given


def _sorted_category(fields: Fields) -> str | None:
    """The category somebody sorted the row into. An export names the one whose rubric was used, which may only have
    been assigned, and gives the rubric's version: coming back must not make the row a member."""
    return None if fields.text("rubric_version") else fields.text("category") or None


def _task(fields: Fields) -> tuple[str, str, str]:
    """Instruction, input and output, from whichever shape the row has.

    An instruction wins over a prompt: an own export in a trainer's shape has both, and only the former has its hash.
    """
    name = fields.first(QUESTIONS, lambda value: is_scalar(value) or is_chat(value))
    if name is None:
        if fields.names.isdisjoint(QUESTIONS):
            raise CitingError("there is no instruction, prompt or messages field")
        raise CitingError("the instruction is empty")
    asked = fields.take(name)
    if name == "messages" or (isinstance(asked, list) and name != "instruction"):
        return _asked_in_chat(fields, chats.messages(asked), is_answered=name == "messages")
    return _asked_in_text(fields, name)


def _asked_in_text(fields: Fields, name: str) -> tuple[str, str, str]:
    instruction, input, answer = fields.text(name), _input(fields, name), _answer(fields)
    if isinstance(answer, str):
        return instruction, input, answer
    if chats.questions(answer) > 1:  # the question is only the first of several
        return chats.conversation(answer)
    return instruction, input, chats.reply(answer)


def _input(fields: Fields, question: str) -> str:
    name = fields.first([name for name in INPUTS if name != question], is_scalar)
    if name is None and question != "input":
        name = "input"  # white space is none to read, but stays as it is
    return fields.text(name) if name else ""


def _asked_in_chat(fields: Fields, asked: Chat, is_answered: bool) -> tuple[str, str, str]:
    """A question in chat messages, which hold its answer too or (not `is_answered`) leave it to another column."""
    instruction, before, reply = chats.conversation(asked)
    if reply and is_answered:
        return instruction, before, reply
    answer = _answer(fields)
    if isinstance(answer, str):
        return instruction, before, answer or reply
    return chats.conversation([*(message for message in asked if message not in answer), *answer])


def _answer(fields: Fields) -> str | Chat:
    """The reference answer: a text, "" where there is none, or chat messages with it at their end."""
    name = fields.first(ANSWERS, lambda value: answer_in(value) is not None)
    if name is None:
        return ""
    given = fields.take(name)
    found = answer_in(given)
    return found if is_chat(found) else text(given if found is None else found, name)


def _edits(fields: Fields, draft: str, revision: str) -> tuple[Edit, ...]:
    """The row's edits, once applying them to the draft has given the revision."""
    given = fields.take("edits")
    if not given:
        return ()
    if isinstance(given, str):
        given = parsed(given, "edits is not a list")
    if not isinstance(given, list) or not all(isinstance(edit, dict) for edit in given):
        raise CitingError("edits is not a list of objects with before and after")
    edits = tuple(_edit(edit) for edit in given)
    if applied(draft, edits) != revision:
        raise CitingError("applying the edits to the draft does not give the revision")
    return edits


def _edit(given: dict[str, Any]) -> Edit:
    before, after, criterion = (text(given.get(name), name) for name in ("before", "after", "criterion"))
    return Edit(before, after, criterion or None)


def applied(draft: str, edits: tuple[Edit, ...]) -> str | None:
    """The draft after the edits, applied left to right; None where one of them does not occur."""
    done, rest = "", draft
    for edit in edits:
        head, found, rest = rest.partition(edit.before) if edit.before else ("", "", "")
        if not found:
            return None
        done += head + edit.after
    return done + rest


def _read_json(path: Path) -> list[Raw]:
    content = path.read_text(encoding="utf-8-sig")
    if not content.strip():
        raise CitingError(f"{path.name} is empty.")
    try:
        rows = json.loads(content)
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
            if {plain(name) for name in reader.fieldnames or []}.isdisjoint(QUESTIONS):
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
