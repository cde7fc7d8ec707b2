"""What an export holds: accepted revisions with where they come from, in the shapes that trainers read.

Rows leave the database in batches or straight into a Parquet file; they are never all in Python at once.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import duckdb

from citing_app.store.database import Cursor

Shape = Literal["full", "alpaca", "prompt-completion", "preference"]
Row = tuple[Any, ...]

_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))  # what str.strip() takes away: SQL's trim takes less
_INSTRUCTION, _INPUT = (f"trim(i.{name}, '{_SPACE}')" for name in ("instruction", "input"))
_TASK = {"instruction": "i.instruction", "input": "i.input"}
_PROMPT = {"prompt": f"concat_ws(chr(10) || chr(10), {_INSTRUCTION}, nullif({_INPUT}, ''))"}  # prompts.task_text
_ORIGIN = {
    "category": "c.rubric_category",
    "rubric_version": "c.rubric_version",
    "annotator": "c.annotator",
    "teacher": "v.author",
    "round": "d.round",
}
_SHAPES: dict[Shape, dict[str, str]] = {
    "full": {
        **_TASK,
        "output": "i.output",
        "references": "a.texts",
        "draft": "d.text",
        "draft_author": "d.author",
        "revision": "c.final_text",
        "revision_author": "CASE WHEN c.final_text = v.text THEN v.author ELSE c.annotator END",
        **_ORIGIN,
        "decided_at": "strftime(make_timestamp(epoch_us(c.decided_at)), '%Y-%m-%dT%H:%M:%S.%f+00:00')",
        "dataset": "i.dataset",
    },
    "alpaca": {**_TASK, "output": "c.final_text", **_ORIGIN},
    "prompt-completion": {**_PROMPT, "completion": "c.final_text", **_TASK, **_ORIGIN},
    "preference": {**_PROMPT, "chosen": "c.final_text", "rejected": "d.text", **_TASK, **_ORIGIN},
}
_ACCEPTED = """
FROM items
JOIN decisions c ON c.id = items.decision_id
JOIN instructions i ON i.id = items.instruction_id
JOIN drafts d ON d.item_id = items.id
JOIN revisions v ON v.id = c.revision_id
LEFT JOIN (SELECT hash, list(text ORDER BY place) AS texts FROM accepted_answers GROUP BY hash) a ON a.hash = i.hash
WHERE items.state = 'accepted'
"""


def columns(shape: Shape) -> tuple[str, ...]:
    """The names of a shape's columns, in order. Every shape has instruction and input, which tell a row again."""
    return tuple(_SHAPES[shape])


def batches(cursor: Cursor, shape: Shape, size: int = 5_000) -> Iterator[list[Row]]:
    """A shape's rows in the order they were decided, `size` at a time."""
    for ids in _accepted_ids(cursor, shape, size):
        yield cursor.execute(_query(shape), [ids]).fetchall()


def copy_parquet(cursor: Cursor, shape: Shape, folder: Path, size: int = 5_000) -> tuple[Path, int]:
    """Write a shape's rows as one Parquet file into `folder`, which lies in the data folder, since SQL reaches no
    other; the file and how many rows. Raises OSError where the disk is full.

    A file for every `size` rows, then one of all: sorting the texts of all rows at once takes gigabytes.
    """
    parts: list[str] = []
    written = 0
    try:
        for ids in [*_accepted_ids(cursor, shape, size)] or [[]]:
            parts.append(str(folder / f"{len(parts)}.parquet"))
            written += _copy(cursor, _query(shape), parts[-1], [ids])
        _copy(cursor, "SELECT * FROM read_parquet(?)", str(folder / "all.parquet"), [parts])
    except duckdb.IOException as error:
        raise OSError(errno.EIO, "the disk is full or cannot be written") from error
    return folder / "all.parquet", written


def accepted(cursor: Cursor) -> int:
    """How many revisions are accepted; a shape may hold fewer."""
    row = cursor.execute("SELECT count(*) FROM items WHERE state = 'accepted'").fetchone()
    assert row is not None
    return int(row[0])


def _accepted_ids(cursor: Cursor, shape: Shape, size: int) -> Iterator[list[int]]:
    """The items of a shape's rows, `size` at a time."""
    unchanged = "AND c.final_text <> d.text" if shape == "preference" else ""  # no answer is preferred to itself
    rows = cursor.execute(f"SELECT items.id {_ACCEPTED} {unchanged} ORDER BY c.number").fetchall()
    for start in range(0, len(rows), size):
        yield [row[0] for row in rows[start : start + size]]


def _query(shape: Shape) -> str:
    """The rows of the items whose ids are its parameter."""
    selected = ", ".join(f"{expression} AS {name}" for name, expression in _SHAPES[shape].items())
    return f"SELECT {selected} {_ACCEPTED} AND items.id IN (SELECT unnest(?::BIGINT[])) ORDER BY c.number"


def _copy(cursor: Cursor, query: str, path: str, values: list[Any]) -> int:
    target = path.replace("'", "''")
    row = cursor.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, ROW_GROUP_SIZE 8192)", values).fetchone()
    assert row is not None
    return int(row[0])
