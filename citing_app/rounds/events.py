"""`events.jsonl`: what a trainer tells while it works, one JSON object a line."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NEWEST_BYTES = 16_384
Event = dict[str, Any]
"""{"at": seconds since the epoch, "kind": …, …}; docs/rounds.md lists the kinds and their fields."""


@dataclass(frozen=True)
class EventLog:
    """Appends events to the file at `path`; each is with the system when `add` returns."""

    path: Path

    def add(self, kind: str, **values: Any) -> None:
        """Append one event of `kind`, with the time."""
        event = {"at": round(time.time(), 3), "kind": kind, **values}
        line = json.dumps(event, allow_nan=False) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)


def read_events(path: Path) -> list[Event]:
    """The events written so far, oldest first; none where there is no file.

    A line that is not whole is left out: a worker that was killed may leave one.
    """
    return _events(path, 0)


def newest_events(path: Path) -> list[Event]:
    """The newest of them, a few dozen at least, or all where they are no more: what it costs does not grow."""
    return _events(path, _NEWEST_BYTES)


def _events(path: Path, newest_bytes: int) -> list[Event]:
    """Those in the last so many bytes, 0 for all; where the cut goes through a line, that one is left out."""
    try:
        with path.open("rb") as file:
            if newest_bytes:
                file.seek(max(0, path.stat().st_size - newest_bytes))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return []
    events = (_event(line) for line in lines)
    return [event for event in events if event is not None]


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
