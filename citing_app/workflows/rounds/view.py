"""What pages show of rounds: live from their directories, and afterwards what made them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from citing_app.rounds.launcher import HERE
from citing_app.rounds.layout import RoundDirectory, Row
from citing_app.rounds.status import read_status
from citing_app.store import learnable, rounds
from citing_app.store.rounds import RoundRow
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds.queue import Waiting, directory_of, waiting
from citing_app.workflows.rounds.states import RUNNING
from citing_app.workflows.rounds.supervising import made_round
from citing_app.workflows.studio import Studio


def rounds_view(studio: Studio) -> list[dict[str, Any]]:
    """Every round with its live state, newest first."""
    with studio.store.read() as cursor:
        rows = rounds.all_rounds(cursor)
    waits = {one.number: one for one in waiting(studio)}
    return [_view(studio, row, waits.get(row.number)) for row in rows]


def untrained(studio: Studio) -> int:
    """How many accepted revisions wait to be learned, whatever a form asks for."""
    with studio.store.read() as cursor:
        return learnable.count_untrained(cursor)


def made_from(studio: Studio, number: int) -> dict[str, Any]:
    """What made the round: its settings, its parent, its prompts, and each decision with the rubric it was made by.

    Raises CitingError for a round that is not there.
    """
    directory = made_round(studio, number)
    spec = directory.read_spec()
    decisions: dict[str, Any] = {}
    kinds: Counter[str] = Counter()
    for row in directory.read_rows(directory.train):
        kinds[_kind(row)] += 1
        if "decision" in row:
            decisions[row["decision"]] = row.get("rubric")
    versions = Counter(f"{rubric[0]} v{rubric[1]}" for rubric in decisions.values() if rubric)
    return {
        "spec": json.loads(spec.to_json()),
        "decisions": [{"decision": one, "rubric": rubric} for one, rubric in decisions.items()],
        "rubrics": dict(sorted(versions.items())),
        "rows": dict(kinds),
    }


def _kind(row: Row) -> str:
    """`replay`, `answer` (of SFT), or the task that the row teaches."""
    if row.get("replay"):
        return "replay"
    return "answer" if "instruction" in row else str(row.get("task", "draft"))


def _unended(directory: RoundDirectory) -> str:
    """What a round is told as whose directory has ended and whose end is still being imported."""
    return "cancelling" if directory.cancel.exists() else "running"


def _view(studio: Studio, row: RoundRow, waits: Waiting | None) -> dict[str, Any]:
    directory = directory_of(studio, row.number)
    status = read_status(directory)
    live = row.state in RUNNING
    # What is shown as finished can be chatted with: until the store knows the adapter, the round still runs.
    importing = live and status.ended and studio.jobs.running(round_job(row.number))
    return {
        "round": row.number,
        "kind": row.kind,
        "name": row.name,
        "parent": row.parent,
        "repeats": row.repeats,
        "items": row.items,
        "objective": row.spec.get("objective"),
        "started_at": row.started_at.isoformat(),
        "started_by": row.started_by,
        "state": _unended(directory) if importing else status.state if live else row.state,
        "place": waits.place if waits else None,
        "is_last": waits.is_last if waits else None,
        "waits": waits.sentence if waits else None,
        "result": status.result if live else row.result,
        "message": status.message,
        "resumable": status.resumable and not live,
        "step": status.step,
        "steps": status.steps,
        "learning_rate": status.learning_rate,
        "tokens_per_second": status.tokens_per_second,
        "mfu": status.mfu,
        "memory_bytes": status.memory_bytes,
        "seconds_left": status.seconds_left,
        "stage": status.phase,
        "train_losses": status.losses,
        "validation_losses": status.validation_losses,
        "launcher": row.spec.get("launcher", HERE),
        "command": _command(studio, row),
    }


def _command(studio: Studio, row: RoundRow) -> str:
    """What was typed to start it; empty where this host knows its launcher no more."""
    launcher = studio.launchers.named.get(row.spec.get("launcher", HERE))
    return launcher.shown(directory_of(studio, row.number)) if launcher else ""
