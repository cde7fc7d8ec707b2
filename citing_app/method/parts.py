"""The two parts of what is measured on: dev, to choose by, and test, to report; no choice sees what is reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal, get_args

from citing_app.types import Instruction

DataPart = Literal["all", "dev", "test"]
PARTS: Sequence[DataPart] = get_args(DataPart)


def part_of(instruction_hash: str) -> DataPart:
    """`dev` or `test`, half and half, from the content hash alone: a row never changes sides, whatever is imported.

    Read from other digits than the split (`identity.split_of`), so that neither says anything of the other.
    """
    return "test" if int(instruction_hash[8:16], 16) % 2 else "dev"


def rows_of(rows: Iterable[Instruction], part: DataPart, limit: int) -> list[Instruction]:
    """The first `limit` of the rows that belong to the part."""
    return list(islice((row for row in rows if part in ("all", part_of(row.hash))), limit))


def part_name(name: str, part: DataPart) -> str:
    """The name of a part of what is known by `name`: `user_oriented · dev`; all of it has its own name."""
    return name if part == "all" else f"{name} · {part}"
