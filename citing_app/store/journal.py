"""The decision journal: every decision as one self-contained JSON line, fsynced before the page says "saved".

The order is fixed: first the commit, which settles conflicts, then the journal, then "saved". At start the two
are reconciled, so that a decision in either is in both; a journal replays into an empty store.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Container, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from citing_app.errors import CitingError
from citing_app.store import decisions, instructions, items, revisions, rubrics, states
from citing_app.store.database import Cursor, Store
from citing_app.store.revisions import NewRevision
from citing_app.types import Criterion, Decision, Edit, Example, Rubric

Line = dict[str, Any]
_WHOLE = re.compile(r'\{"id": "([^"\\]+)".*, "seconds": [^{}"]*\}', re.DOTALL)
"""A whole line as it is written now: its first field and its last, whose quotes no string within it can hold bare."""
_LINES_AT_ONCE = 5000


class Journal:
    """`journal/decisions.jsonl` in the data folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal" / "decisions.jsonl"
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
                "The decision is in the database, but the journal could not be written "
                f"({error.strerror}). Free some space; it is written at the next start."
            ) from error

    def read(self) -> list[Line]:
        """All whole lines, oldest first. A line cut off by a crash is passed over: its decision is in the store."""
        return [line for line in map(_parsed, self._texts()) if line is not None]

    def compare(self, stored: Container[str]) -> tuple[set[str], list[Line]]:
        """The ids of all whole lines, and the lines of decisions that are not `stored`: only these are parsed whole."""
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


def reconcile(store: Store, journal: Journal) -> tuple[int, int]:
    """Bring store and journal together; the number of decisions (replayed into the store, added to the journal)."""
    with store.read() as cursor:
        stored = decisions.ids(cursor)
    journalled, lost = journal.compare(set(stored))
    missing = [decision_id for decision_id in stored if decision_id not in journalled]
    for start in range(0, len(missing), _LINES_AT_ONCE):
        with store.read() as cursor:
            lines = decisions.journal_lines(cursor, missing[start : start + _LINES_AT_ONCE])
        journal.append(lines)
    if lost:
        with store.write() as cursor:
            for line in sorted(lost, key=_made_at):
                _replay(cursor, line)
    with store.write() as cursor:
        states.measure_edits(cursor)
        states.rebuild_states(cursor)
    return len(lost), len(missing)


def _replay(cursor: Cursor, line: Line) -> None:
    """Put one journal line into the store, with its instruction, draft, revision and rubric where they are missing."""
    given = line["instruction"]
    example = Example(given["instruction"], given["input"], given["output"])
    known = instructions.known_hashes(cursor, [given["hash"]])
    if not known:
        instructions.add(cursor, [example], given["dataset"])
        known = instructions.known_hashes(cursor, [given["hash"]])
    elif given["output"]:  # a later line may know the answer that an import brought after the first one
        instructions.answer(cursor, {given["hash"]: given["output"]})
    (instruction,) = instructions.get(cursor, [known[given["hash"]]])
    draft, revision, rubric = line["draft"], line["revision"], line["rubric"]
    item_id = items.add_draft(cursor, instruction, draft["text"], draft["author"], draft["round"])
    if item_id is None:
        item_id = items.item_of_draft(cursor, draft["hash"])
    edits = [Edit(**edit) for edit in revision["edits"]]
    new = NewRevision(item_id, revision["text"], revision["author"], edits, revision["prompt_hash"])
    (revision_id,) = revisions.add(cursor, [new])
    if rubric and rubric["criteria"]:
        criteria = tuple(Criterion(**criterion) for criterion in rubric["criteria"])
        rubrics.add(cursor, Rubric(rubric["category"], criteria, rubric["version"], "journal"), "")
    kept = line["kept_hunks"]
    decision = Decision(
        id=line["id"],
        request_id=line["request_id"],
        item_id=item_id,
        revision_id=revision_id,
        version=line["version"],
        kind=line["kind"],
        final_text=line["final_text"],
        annotator=line["annotator"],
        at=_made_at(line),
        undoes=line["undoes"],
        kept_hunks=None if kept is None else tuple(kept),
        batch=line["batch"],
        settles=line.get("settles", False),  # lines from before an item could have several slots lack these
        criteria={int(hunk): name for hunk, name in line.get("criteria", {}).items()},
        changed=line.get("changed"),
        seconds=line.get("seconds"),
    )
    states.set_slots(cursor, item_id, line.get("slots", 1))
    if decision.kind in ("accept", "edit", "reject"):
        items.show_revision(cursor, item_id, revision_id)
    decisions.add(cursor, decision, rubric and rubric["category"], rubric and rubric["version"])


def _made_at(line: Line) -> datetime:
    """When the decision was made: threads that commit in one order may reach the journal in another."""
    return datetime.fromisoformat(line["at"])


def _end_torn_line(path: Path) -> None:
    """Give a last line that a crash or a full disk cut off an end, so that the next line starts on its own."""
    if path.exists() and path.stat().st_size:
        with path.open("rb+") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
