"""Rows of an own export, read as they were written: every column is known, so nothing is guessed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

from citing_app.errors import CitingError
from citing_app.method.prompts import task_text
from citing_app.store import exports
from citing_app.store.exports import Shape
from citing_app.types import Example, Speaker, Task, Turn
from citing_app.workflows.data import chats
from citing_app.workflows.data.values import is_blank, is_missing, parsed, text

SHAPE = "an export of this studio"
GUARD = "formula_guard"
"""The last column of a CSV for Excel, empty: its cells have an apostrophe before what Excel would run as a formula."""
_EXPORTED = frozenset({"instruction", "annotator", "teacher", "rubric_version", "round"})
"""What every row of an own export has (store/exports.py), those of earlier versions too."""
_GUARDED_ONCE = "metadata"
"""A column that exports lacked as long as every CSV was guarded."""
_COLUMNS = frozenset({GUARD}.union(*map(exports.columns, get_args(Shape))))


def is_exported(names: Collection[str]) -> bool:
    """Whether columns of these names are those of an own export."""
    return set(names) >= _EXPORTED


def is_guarded(names: Collection[str]) -> bool:
    """Whether apostrophes before formulas, in a CSV with these columns, are an export's."""
    return GUARD in names or (is_exported(names) and _GUARDED_ONCE not in names)


def roles(row: Mapping[str, Any]) -> dict[str, str]:
    """What each filled column is: what it was in the studio."""
    return {name: name for name, value in row.items() if name in _COLUMNS and not is_blank(value)}


def to_example(row: Mapping[str, Any]) -> Example:
    """A row of an own export as an example. A draft without a revision, and one that was rejected, bring their task
    alone. Raises CitingError where a column was changed to what it cannot hold."""
    instruction, input = _text(row, "instruction"), _text(row, "input")
    if not instruction.strip():
        raise CitingError("the instruction is empty")
    is_full = "revision" in row
    revision = _text(row, "revision") if _text(row, "state") != "rejected" else ""
    has_pair = bool(revision.strip())
    output = _text(row, "output") if is_full else _accepted(row, task_text(Task(instruction, input)))
    return Example(
        instruction=instruction,
        input=input,
        turns=_turns(row),
        output=output if output.strip() else "",  # white space fills no answer
        references=_references(row) if is_full else (),
        draft=_text(row, "draft") if has_pair else None,
        revision=revision if has_pair else None,
        draft_author=_text(row, "draft_author") or None,
        revision_author=_text(row, "revision_author") or None,
        is_accepted_answer=not is_full,
        unread=tuple(name for name, value in row.items() if name not in _COLUMNS and not is_blank(value)),
        row_id=_text(row, "id") or None,
        metadata=_metadata(row),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    return text(row.get(name), name, longest=None)  # a teacher's revision may be longer than what others may bring


def _json(row: Mapping[str, Any], name: str) -> Any:
    """What the column holds, in a CSV and a few columns of Parquet as JSON; None where it is empty."""
    given = row.get(name)
    if isinstance(given, str):
        return parsed(given, f"{name} is not JSON") if given else None
    return None if is_missing(given) else given


def _turns(row: Mapping[str, Any]) -> tuple[Turn, ...]:
    given = chats.messages(_json(row, "turns") or [])
    if any(message.get("role") not in get_args(Speaker) for message in given):
        raise CitingError(f"a message's role is none of {', '.join(get_args(Speaker))}")
    return tuple(Turn(message["role"], _text(message, "content")) for message in given)


def _metadata(row: Mapping[str, Any]) -> Mapping[str, Any]:
    given = _json(row, "metadata")
    if given is not None and not isinstance(given, dict):
        raise CitingError("metadata is not an object")
    return given or {}


def _references(row: Mapping[str, Any]) -> tuple[str, ...]:
    given = _json(row, "references") or []
    if not isinstance(given, list):
        raise CitingError("references is not a list")
    return tuple(_text({"references": one}, "references") for one in given)


def _accepted(row: Mapping[str, Any], prompt: str) -> str:
    """The accepted answer in a trainer's columns: a text, or the last of some messages where the prompt is no text."""
    name = next((one for one in ("messages", "completion", "chosen", "output") if one in row), "")
    if name == "output" or row.get("prompt") == prompt:
        return _text(row, name)
    answer = chats.messages(_json(row, name) or [])
    return _text(answer[-1], "content") if answer else ""
