"""What an export holds: items with what was decided on them and where they come from, in the shapes that trainers read.

Which items these are is worked out first, as two arrays of numbers. Their texts then leave the database in batches or
straight into a Parquet file; they are never all in Python at once.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import numpy.typing as npt

from citing_app.store import browse
from citing_app.store.database import Cursor
from citing_app.types import Filter, Split

Shape = Literal["full", "messages", "alpaca", "prompt-completion", "preference"]
Row = tuple[Any, ...]
Ids = npt.NDArray[np.int64]

_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))  # what str.strip() takes away: SQL's trim takes less
_INSTRUCTION, _INPUT = (f"trim(i.{name}, '{_SPACE}')" for name in ("instruction", "input"))
_PROMPT = f"concat_ws(chr(10) || chr(10), {_INSTRUCTION}, nullif({_INPUT}, ''))"  # prompts.task_text
_TURNS = """from_json(i.turns, '[{"role": "VARCHAR", "content": "VARCHAR"}]')"""
_ASKED = f"list_concat(coalesce({_TURNS}, []), [{{'role': 'user', 'content': {_PROMPT}}}])"
_ANSWER = "[{{'role': 'assistant', 'content': {}}}]"
_CONVERSATION = f"list_concat({_ASKED}, {_ANSWER.format('c.final_text')})"
_TASK = {"instruction": "i.instruction", "input": "i.input", "turns": _TURNS}
_ORIGIN = {
    "category": "coalesce(c.rubric_category, items.category)",
    "rubric_version": "c.rubric_version",
    "annotator": "c.annotator",
    "teacher": "v.author",
    "round": "d.round",
    "dataset": "i.dataset",
    "id": "i.row_id",
    "metadata": "i.metadata",
}
_SHAPES: dict[Shape, dict[str, str]] = {
    "full": {
        **_TASK,
        "output": "i.output",
        "references": "a.texts",
        "draft": "d.text",
        "draft_author": "d.author",
        "revision": "coalesce(c.final_text, v.text)",
        "revision_author": "CASE WHEN c.final_text <> v.text THEN c.annotator ELSE v.author END",
        "state": "items.state",
        **_ORIGIN,
        "decided_at": "strftime(make_timestamp(epoch_us(c.decided_at)), '%Y-%m-%dT%H:%M:%S.%f+00:00')",
        "note": "c.note",
    },
    "messages": {"messages": _CONVERSATION, **_TASK, **_ORIGIN},
    "alpaca": {**_TASK, "output": "c.final_text", **_ORIGIN},
    "prompt-completion": {"prompt": _PROMPT, "completion": "c.final_text", **_TASK, **_ORIGIN},
    "preference": {"prompt": _PROMPT, "chosen": "c.final_text", "rejected": "d.text", **_TASK, **_ORIGIN},
}
_AS_MESSAGES = {
    "prompt": _ASKED,
    "completion": _ANSWER.format("c.final_text"),
    "chosen": _ANSWER.format("c.final_text"),
    "rejected": _ANSWER.format("d.text"),
}
"""These columns as TRL reads conversations: a column has one type, so they are messages in all rows or in none."""
_HOLDS: dict[Shape, str] = {"alpaca": "i.turns IS NULL", "preference": "c.final_text <> d.text"}
"""Which accepted revisions a shape has a place for; the others have one for all."""
_ORDER = f"coalesce(c.number, {2**62}), k.item"  # undecided ones after all that are decided
_TABLES = """
JOIN instructions i ON i.id = items.instruction_id
JOIN drafts d ON d.item_id = items.id
LEFT JOIN decisions c ON c.number = k.decision
LEFT JOIN revisions v ON v.id = coalesce(c.revision_id, items.revision_id)
LEFT JOIN (SELECT hash, list(text ORDER BY place) AS texts FROM accepted_answers GROUP BY hash) a ON a.hash = i.hash
"""
KEYS = f"""(SELECT unnest($items::BIGINT[]) AS item, unnest($decisions::BIGINT[]) AS decision) k
JOIN items ON items.id = k.item {_TABLES}"""
"""The items of an export, each with its tables, for `Held.keys`."""


ACCEPTED = Filter(states=("accepted",))


@dataclass(frozen=True)
class Which:
    """Which items: those that pass `chosen`, each with the decision that counts. With `learned_by` those of them that
    this round learned, each with the decision that it learned, whatever was decided since."""

    chosen: Filter = ACCEPTED
    learned_by: int | None = None


@dataclass(frozen=True)
class Held:
    """What an export in a shape holds: item ids, and the numbers of their decisions (0: none), in the order of rows.

    `selected` items were asked for, `accepted` of them with an answer that somebody accepted. With `in_messages` some
    row has turns before its question, so that prompts and answers are messages in all of them.
    """

    shape: Shape
    items: Ids
    decisions: Ids
    selected: int
    accepted: int
    in_messages: bool

    def __len__(self) -> int:
        return len(self.items)

    @property
    def keys(self) -> dict[str, Any]:
        """What the SQL in `KEYS` takes."""
        return {"items": self.items, "decisions": self.decisions}

    @property
    def expressions(self) -> dict[str, str]:
        """The columns by name, as SQL."""
        shape = _SHAPES[self.shape]
        return shape | {name: _AS_MESSAGES[name] for name in shape if self.in_messages and name in _AS_MESSAGES}

    def parts(self, size: int) -> Iterator[Held]:
        """The same, `size` items at a time."""
        for start in range(0, len(self), size):
            which = slice(start, start + size)
            yield replace(self, items=self.items[which], decisions=self.decisions[which])


def columns(shape: Shape) -> tuple[str, ...]:
    """The names of a shape's columns, in order. All have instruction, input and turns, which tell a row again."""
    return tuple(_SHAPES[shape])


def held(cursor: Cursor, which: Which, shape: Shape) -> Held:
    """What an export of these items holds, in the order they were decided; undecided ones come last.

    All shapes but `full` hold accepted answers alone.
    """
    where, values = browse.condition(which.chosen)
    decided = "SELECT id AS item, instruction_id, decision_id FROM picked"
    if which.learned_by is not None:
        decided = (
            "SELECT picked.id AS item, instruction_id, l.id AS decision_id FROM picked JOIN decisions l ON l.item_id = "
            "picked.id JOIN round_items r ON r.decision_id = l.id WHERE r.round = $learned_by"
        )
        values |= {"learned_by": which.learned_by}
    has_place = "true" if shape == "full" else f"c.final_text IS NOT NULL AND {_HOLDS.get(shape, 'true')}"
    draft = "JOIN drafts d ON d.item_id = k.item" if shape == "preference" else ""  # its texts are read for that
    found = cursor.execute(
        f"WITH picked AS (SELECT items.id, instruction_id, decision_id FROM items WHERE {where}), k AS ({decided}) "
        "SELECT k.item, coalesce(c.number, 0) AS decision, c.final_text IS NOT NULL AS accepted, "
        f"i.turns IS NOT NULL AS turns, {has_place} AS has_place FROM k "
        f"JOIN instructions i ON i.id = k.instruction_id {draft} "
        f"LEFT JOIN decisions c ON c.id = k.decision_id ORDER BY {_ORDER}",
        values,
    ).fetchnumpy()
    kept = np.asarray(found["has_place"], dtype=bool)
    return Held(
        shape,
        np.asarray(found["item"], dtype=np.int64)[kept],
        np.asarray(found["decision"], dtype=np.int64)[kept],
        selected=len(kept),
        accepted=int(np.count_nonzero(found["accepted"])),
        in_messages=bool(np.any(np.asarray(found["turns"], dtype=bool)[kept])),
    )


def of_split(cursor: Cursor, export: Held, split: Split) -> Held:
    """Those rows of an export that are of this split."""
    found = cursor.execute(
        f"SELECT k.item, k.decision FROM {KEYS} WHERE i.split = $split ORDER BY {_ORDER}",
        export.keys | {"split": split},
    ).fetchnumpy()
    return replace(export, items=found["item"], decisions=found["decision"])


def batches(cursor: Cursor, export: Held, size: int = 5_000) -> Iterator[list[Row]]:
    """The rows of an export, `size` at a time."""
    for part in export.parts(size):
        yield cursor.execute(_query(part), part.keys).fetchall()


def copy_parquet(cursor: Cursor, export: Held, folder: Path, size: int = 5_000) -> Path:
    """Write the rows of an export as one Parquet file into `folder`, which lies in the data folder, since SQL reaches
    no other; the file. Raises OSError where the disk is full.

    A file for every `size` rows, then one of all: sorting the texts of all rows at once takes gigabytes.
    """
    made: list[str] = []
    try:
        for part in [*export.parts(size)] or [export]:
            made.append(str(folder / f"{len(made)}.parquet"))
            _copy(cursor, _query(part), made[-1], part.keys)
        _copy(cursor, "SELECT * FROM read_parquet($parts)", str(folder / "all.parquet"), {"parts": made})
    except duckdb.IOException as error:
        raise OSError(errno.EIO, "the disk is full or cannot be written") from error
    return folder / "all.parquet"


def _query(export: Held) -> str:
    """The rows of an export whose `keys` are its parameters."""
    selected = ", ".join(f"{expression} AS {name}" for name, expression in export.expressions.items())
    return f"SELECT {selected} FROM {KEYS} ORDER BY {_ORDER}"


def _copy(cursor: Cursor, query: str, path: str, values: dict[str, Any]) -> None:
    target = path.replace("'", "''")
    cursor.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, ROW_GROUP_SIZE 8192)", values)
