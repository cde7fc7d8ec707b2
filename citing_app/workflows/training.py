"""Rounds, from accepted revisions to an adapter: the app writes a directory, has it trained, follows and imports it."""

from __future__ import annotations

import json
import logging
import shlex
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from citing_app.errors import Cancelled, CitingError
from citing_app.models.names import resolve_student
from citing_app.rounds.estimate import TOKENS_PER_SECOND, count_tokens, estimate_seconds
from citing_app.rounds.launcher import DEFAULT_TEMPLATE
from citing_app.rounds.layout import RoundDirectory, create, existing, next_number
from citing_app.rounds.spec import Parent, RoundSpec
from citing_app.rounds.status import read_status
from citing_app.store import rounds
from citing_app.store.rounds import RoundRow
from citing_app.workflows.choices import Choices
from citing_app.workflows.drafting import adapter_of
from citing_app.workflows.jobs import Job
from citing_app.workflows.material import gather
from citing_app.workflows.status import ROUND_JOB, RUNNING
from citing_app.workflows.studio import Studio

_BATCHES = {"cpu": (2, 4), "cuda": (8, 1)}
"""Rows in one pass and passes in one step: eight rows a step everywhere. On a CPU two rows at once are as fast as eight
and take a quarter of the memory."""
_POLL_SECONDS = 0.4
_GRACE_SECONDS = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What a round would do: `tokens` and `seconds` are estimates."""

    pairs: int
    rows: int
    tokens: int
    seconds: float
    device: str
    held_out: int


def plan(studio: Studio, choices: Choices, device: dict[str, Any]) -> Plan:
    """What a round with these choices would take on this device."""
    material = gather(studio.store, choices)
    tokens = count_tokens(material.train) + count_tokens(material.validation)
    return Plan(
        pairs=material.pairs,
        rows=len(material.train),
        tokens=tokens,
        seconds=estimate_seconds(tokens, material.epochs, _rate(studio, _kind(device))),
        device=_device_line(device),
        held_out=len(material.validation),
    )


def start_round(studio: Studio, choices: Choices, started_by: str) -> int:
    """Write the round's directory and have it trained in the background; its number.

    Raises CitingError where there is nothing to learn, a round is already training, or the parent has no adapter.
    """
    with studio.starting_round:  # two clicks at once must not learn the same decisions twice
        return _start(studio, choices, started_by)


def _start(studio: Studio, choices: Choices, started_by: str) -> int:
    if studio.jobs.running(ROUND_JOB):
        raise CitingError("A round is already training; wait for it, or cancel it first.")
    material = gather(studio.store, choices)
    if not material.pairs:
        raise CitingError("Nothing is accepted and not yet trained: accept some revisions on the review page first.")
    batch_size, accumulation = _batch(studio)
    with studio.store.read() as cursor:
        by_number = {row.number: row for row in rounds.all_rounds(cursor)}
        highest = rounds.highest_number(cursor)
    number = next_number(studio.rounds_folder, highest)
    spec = RoundSpec(
        round=number,
        run_id=uuid.uuid4().hex,
        student=resolve_student(studio.settings.student, studio.settings.cache_dir),
        kind=choices.kind,
        objective=choices.objective,
        parent=_parent(studio, by_number, choices.parent),
        depth=_depth(by_number, choices),
        batch_size=batch_size,
        accumulation=accumulation,
        seed=choices.seed,
        order=material.order,
        epochs=material.epochs,
        patience=material.patience,
        prompts=material.prompts,
    )
    directory = create(studio.rounds_folder, spec, material.train, material.validation)
    _record(studio, directory, started_by)
    follow(studio, number)
    return number


def follow(studio: Studio, number: int) -> Job:
    """Train the round when the device is free, or watch it where it trains already, and import how it ends."""

    def work(job: Job) -> str:
        directory = _directory(studio, number)
        try:
            with studio.device.turn("round", f"round {number}", job.cancelled):
                if read_status(directory).state == "waiting":
                    studio.launcher.start(directory)
                _watch(studio, directory, job)
        except Cancelled:
            if job.closing:
                raise
            directory.request_cancel()
        except CitingError as error:  # import_round tells it, where the round has failed of it
            log.warning("round %d: %s", number, error)
        return import_round(studio, number)

    return studio.jobs.start(ROUND_JOB, f"Training round {number}", work)


def wait(studio: Studio, number: int, tell: Callable[[str], None]) -> tuple[str, dict[str, Any], str | None]:
    """Wait until a round started here has ended and is imported: its state, its result and its message."""
    while studio.jobs.running(ROUND_JOB):
        status = read_status(_directory(studio, number))
        tell(f"round {number}: {status.phase or status.state} {status.step}/{status.steps or '?'}")
        time.sleep(_POLL_SECONDS)
    status = read_status(_directory(studio, number))
    return status.state, status.result or {}, status.message


def import_round(studio: Studio, number: int) -> str:
    """Bring the store to what the round's directory says; doing it twice does nothing the second time."""
    status = read_status(_directory(studio, number))
    state = "cancelled" if status.state == "cancelling" else status.state
    with studio.store.write() as cursor:
        rounds.set_state(cursor, number, state, status.result)
    if state in ("failed", "lost"):
        raise CitingError(status.message or f"Round {number} ended without an adapter.")
    return f"Round {number} {state}."


def find_rounds(studio: Studio) -> None:
    """After a start: import the rounds that ended meanwhile, and follow the one that still trains or never began.

    The directories alone tell: a round that the store does not know (a new database, a crash) is recorded from its own.
    """
    with studio.store.read() as cursor:
        known = {row.number for row in rounds.all_rounds(cursor)}
    for directory in existing(studio.rounds_folder):
        if directory.number not in known and directory.spec.exists():
            _find(studio, directory)
    with studio.store.read() as cursor:
        open_rounds = sorted(row.number for row in rounds.all_rounds(cursor) if row.state in RUNNING)
    for number in open_rounds:
        state = read_status(_directory(studio, number)).state
        if state in ("running", "cancelling", "waiting") and not studio.jobs.running(ROUND_JOB):
            follow(studio, number)
            continue
        try:
            import_round(studio, number)
        except CitingError as error:
            log.warning("%s", error)


def _find(studio: Studio, directory: RoundDirectory) -> None:
    try:
        _record(studio, directory, "found")
    except (CitingError, OSError, ValueError) as error:  # one damaged directory must not keep the app from starting
        log.warning("%s is left out: %s", directory.path, error)


def cancel_round(studio: Studio, number: int) -> None:
    """Ask a round to stop; it does so after its present step."""
    with studio.store.read() as cursor:
        states = {row.number: row.state for row in rounds.all_rounds(cursor)}
    if states.get(number) not in RUNNING:
        raise CitingError(f"Round {number} is not training.")
    _directory(studio, number).request_cancel()
    if studio.jobs.running(ROUND_JOB):
        studio.jobs.cancel(ROUND_JOB)
    else:
        follow(studio, number)


def rounds_view(studio: Studio) -> list[dict[str, Any]]:
    """Every round with its live state, newest first."""
    with studio.store.read() as cursor:
        rows = rounds.all_rounds(cursor)
    return [_view(studio, row) for row in rows]


def _view(studio: Studio, row: RoundRow) -> dict[str, Any]:
    directory = _directory(studio, row.number)
    status = read_status(directory)
    live = row.state in RUNNING
    # What is shown as finished can be chatted with: until the store knows the adapter, the round still runs.
    importing = live and status.ended and studio.jobs.running(ROUND_JOB)
    return {
        "round": row.number,
        "parent": row.parent,
        "items": row.items,
        "objective": row.spec.get("objective"),
        "started_at": row.started_at.isoformat(),
        "started_by": row.started_by,
        "state": "running" if importing else status.state if live else row.state,
        "result": status.result if live else row.result,
        "message": status.message,
        "step": status.step,
        "steps": status.steps,
        "tokens_per_second": status.tokens_per_second,
        "seconds_left": status.seconds_left,
        "stage": status.phase,
        "train_losses": status.losses,
        "validation_losses": status.validation_losses,
        "command": shlex.join(studio.launcher.command(directory)),
    }


def _watch(studio: Studio, directory: RoundDirectory, job: Job) -> None:
    """Report progress until the round has ended. A cancel that is not heeded in time ends the process."""
    asked: float | None = None
    while (status := read_status(directory)).state in RUNNING:
        if job.closing:
            raise Cancelled("The app is closing; the round goes on.")
        if asked is None and (job.cancelled.is_set() or status.state == "cancelling"):
            asked = time.monotonic()
            directory.request_cancel()
        if asked is not None and time.monotonic() - asked > _GRACE_SECONDS:
            if not directory.run.exists():
                return  # nobody runs it, and a trainer that begins later stops at once
            studio.launcher.stop(directory, _GRACE_SECONDS)
        if status.steps:
            job.done, job.total = status.step, status.steps
        job.message = status.phase or ""
        time.sleep(_POLL_SECONDS)


def _record(studio: Studio, directory: RoundDirectory, started_by: str) -> None:
    """Record a round with the decisions it learns, all from its directory."""
    spec = directory.read_spec()
    with directory.train.open(encoding="utf-8") as file:
        learned = {row["decision"]: None for row in map(json.loads, file) if "decision" in row}
    with studio.store.write() as cursor:
        rounds.add(cursor, asdict(spec), spec.parent.round if spec.parent else None, started_by, list(learned))


def _parent(studio: Studio, by_number: dict[int, RoundRow], parent: int | None) -> Parent | None:
    if parent is None:
        return None
    adapter = adapter_of(studio.store, studio.rounds_folder, parent)
    result = by_number[parent].result or {}
    return Parent(round=parent, adapter=str(adapter), hash=result["adapter_hash"])


def _depth(by_number: dict[int, RoundRow], choices: Choices) -> int:
    """The place in the curriculum: SFT is round 0 of it, and what carries nothing on is its first."""
    if choices.kind == "sft":
        return 0
    return 1 if choices.parent is None else by_number[choices.parent].depth + 1


def _rate(studio: Studio, kind: str) -> float:
    """Tokens per second: what the newest finished round on such a device measured, else the usual."""
    with studio.store.read() as cursor:
        results = [row.result for row in rounds.all_rounds(cursor) if row.result]
    measured = (float(r["tokens_per_second"]) for r in results if str(r.get("device", "")).startswith(kind))
    return next(measured, TOKENS_PER_SECOND.get(kind, TOKENS_PER_SECOND["cpu"]))


def _directory(studio: Studio, number: int) -> RoundDirectory:
    return RoundDirectory(studio.rounds_folder / f"{number:04d}")


def _batch(studio: Studio) -> tuple[int, int]:
    """Rows in one pass and passes in one step. A round that is launched elsewhere runs as on a GPU."""
    here = studio.launcher.template == DEFAULT_TEMPLATE
    return _BATCHES[_kind(studio.device_info())] if here else _BATCHES["cuda"]


def _kind(device: dict[str, Any]) -> str:
    """`cpu` or `cuda`."""
    return str(device.get("device", "cpu")).split(":")[0]


def _device_line(device: dict[str, Any]) -> str:
    if not device:
        return "device not known yet"
    free = device.get("free_bytes")
    name = "CPU" if device["device"] == "cpu" else f"{device['device']} · {device['name']}"
    return name + (f" · {free / 1e9:.0f} GB free" if free else "")
