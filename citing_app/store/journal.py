"""Journals of people's work: each decision and each vote as one self-contained JSON line, fsynced before "saved".

The order is fixed: first the commit, which settles conflicts, then the journal, then "saved". At start store and
journal are reconciled, so that what is in either is in both; a journal replays into an empty store.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.store.database import Cursor, Store

Line = dict[str, Any]
_WHOLE = re.compile(r'\{"id": "([^"\\]+)".*, "seconds": [^{}"]*\}', re.DOTALL)
"""A whole line as it is written now: its first field and its last, whose quotes no string within it can hold bare."""
_LINES_AT_ONCE = 5000


class Journal:
    """`journal/decisions.jsonl` in the data folder, or the journal of other work: the plural of `work`."""

    def __init__(self, folder: Path, work: str = "decision") -> None:
        self.path = folder / "journal" / f"{work}s.jsonl"
        self._work = work
        self._lock = threading.Lock()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _end_torn_line(self.path)

    def append(self, lines: Iterable[Line]) -> None:
        """Append the lines and fsync. Raises CitingError where the disk refuses."""
        data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
        try:
            with self._lock:
                _end_torn_line(self.path)
                with self.path.open("ab") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise CitingError(
                f"The {self._work} is in the database, but the journal could not be written "
                f"({error.strerror}). Free some space; it is written at the next start."
            ) from error

    def read(self) -> list[Line]:
        """All whole lines, oldest first. A line cut off by a crash is passed over: the store has what it said."""
        return [line for line in map(_parsed, self._texts()) if line is not None]

    def compare(self, stored: Container[str]) -> tuple[set[str], list[Line]]:
        """The ids of all whole lines, and the lines of what is not `stored`: only these are parsed whole."""
        found: set[str] = set()
        lost: dict[str, Line] = {}
        for text in self._texts():
            whole = _WHOLE.fullmatch(text)
            if whole is not None and whole[1] in stored:
                found.add(whole[1])
            elif (line := _parsed(text)) is not None:
                found.add(line["id"])
                if line["id"] not in stored:
                    lost[line["id"]] = line
        return found, list(lost.values())

    def _texts(self) -> Iterator[str]:
        """One text a line: strings within a line hold other line ends than this one."""
        if self.path.exists():
            with self.path.open(encoding="utf-8", errors="replace", newline="\n") as file:
                yield from (text.rstrip("\n") for text in file)


def _parsed(text: str) -> Line | None:
    """The line as an object; None where a crash cut it off."""
    try:
        line: Line = json.loads(text)
    except ValueError:
        return None
    return line


@dataclass(frozen=True)
class Records:
    """One kind of people's work as the store keeps it: what a journal is reconciled with.

    `ids` names all of it in the order it was made, and `lines` are the journal's lines of some. `replay` puts a line
    into the store with whatever it refers to; `settle` derives what follows from all of it.
    """

    ids: Callable[[Cursor], list[str]]
    lines: Callable[[Cursor, Sequence[str]], list[Line]]
    replay: Callable[[Cursor, Line], None]
    settle: Callable[[Cursor], None]


def reconcile(store: Store, journal: Journal, records: Records) -> tuple[int, int]:
    """Bring store and journal together; the number of records (replayed into the store, added to the journal)."""
    with store.read() as cursor:
        stored = records.ids(cursor)
    journalled, lost = journal.compare(set(stored))
    missing = [record_id for record_id in stored if record_id not in journalled]
    for start in range(0, len(missing), _LINES_AT_ONCE):
        with store.read() as cursor:
            lines = records.lines(cursor, missing[start : start + _LINES_AT_ONCE])
        journal.append(lines)
    if lost:
        with store.write() as cursor:
            for line in sorted(lost, key=made_at):
                records.replay(cursor, line)
    with store.write() as cursor:
        records.settle(cursor)
    return len(lost), len(missing)


def made_at(line: Line) -> datetime:
    """When the work was done: threads that commit in one order may reach the journal in another."""
    return datetime.fromisoformat(line["at"])


def _end_torn_line(path: Path) -> None:
    """Give a last line that a crash or a full disk cut off an end, so that the next line starts on its own."""
    if path.exists() and path.stat().st_size:
        with path.open("rb+") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
