"""What a round's files say about it: the only thing a page needs to read, before and after a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from citing_app.rounds.events import Event, read_events
from citing_app.rounds.files import read_json
from citing_app.rounds.layout import RoundDirectory
from citing_app.rounds.owner import Owner

RoundState = Literal[
    "incomplete", "waiting", "running", "cancelling", "finished", "deleted", "cancelled", "failed", "lost"
]
ENDED: frozenset[RoundState] = frozenset({"finished", "deleted", "cancelled", "failed", "lost"})


@dataclass(frozen=True)
class RoundStatus:
    """One look at a round.

    `phase` is what the worker does ("loading", "evaluating", "training", "saving"), None before it says so.
    `losses` and `validation_losses` are (step, loss); step 0 is before training. `mfu` is the share of the device's
    peak that the training reaches, where that is known; `memory_bytes` is what it holds. `message` is a sentence for
    a round that ended without an adapter, else None. `result` is the content of `result.json`. A `resumable` round is
    lost, or failed and has a checkpoint: another trainer may go on with it.
    """

    state: RoundState
    phase: str | None = None
    step: int = 0
    steps: int | None = None
    losses: tuple[tuple[int, float], ...] = ()
    validation_losses: tuple[tuple[int, float], ...] = ()
    learning_rate: float | None = None
    tokens: int = 0
    tokens_per_second: float | None = None
    seconds_left: float | None = None
    mfu: float | None = None
    memory_bytes: int | None = None
    message: str | None = None
    result: dict[str, Any] | None = None
    resumable: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED


def read_state(directory: RoundDirectory) -> RoundState:
    """How the round in `directory` stands, without its events, which grow with its steps."""
    return _ending(directory)[0]


def read_status(directory: RoundDirectory) -> RoundStatus:
    """The present status of the round in `directory`, from its files alone."""
    state, message, result = _ending(directory)
    resumable = (state == "lost" and not directory.cancel.exists()) or (state == "failed" and directory.may_be_reopened)
    return _with_events(kept_events(read_events(directory.events)), state, message, result, resumable)


def kept_events(events: list[Event]) -> list[Event]:
    """`events` without the steps and evaluations that a resumed trainer did again.

    It began from the step that its "resume" event names; step 0 is anew, with the evaluation before training.
    """
    kept: list[Event] = []
    for event in events:
        if event["kind"] == "resume":
            step = event["step"]
            kept = [e for e in kept if e["kind"] not in ("step", "validation") or 0 < step >= e["step"]]
        kept.append(event)
    return kept


def _ending(directory: RoundDirectory) -> tuple[RoundState, str | None, dict[str, Any] | None]:
    """State, message and result."""
    # Whether the worker lives is asked first: one that ends between the questions has written how it ended.
    owner = Owner.read(directory.run)
    alive = owner is not None and owner.is_alive
    result, error = read_json(directory.result), read_json(directory.error)
    return *_state(directory, owner, alive, result, error), result


def _state(
    directory: RoundDirectory,
    owner: Owner | None,
    alive: bool,
    result: dict[str, Any] | None,
    error: dict[str, Any] | None,
) -> tuple[RoundState, str | None]:
    if result is not None:
        return ("finished" if directory.adapter.is_dir() else "deleted"), None
    if error is not None:
        return ("cancelled" if error["kind"] == "cancelled" else "failed"), error["message"]
    if not directory.spec.exists():
        return "incomplete", "The round was not written completely; make it again."
    if owner is not None and not alive:
        return "lost", f"The trainer on {owner.host} ended without a word (killed, or the machine went down)."
    if directory.cancel.exists():
        return "cancelling", None
    return ("waiting" if owner is None else "running"), None


def _with_events(
    events: list[Event], state: RoundState, message: str | None, result: dict[str, Any] | None, resumable: bool
) -> RoundStatus:
    steps = [event for event in events if event["kind"] == "step"]
    phases = [event["state"] for event in events if event["kind"] == "state"]
    last = steps[-1] if steps else {}
    return RoundStatus(
        state=state,
        phase=phases[-1] if phases else None,
        step=last.get("step", 0),
        steps=last.get("steps"),
        losses=tuple((event["step"], event["loss"]) for event in steps),
        validation_losses=tuple((event["step"], event["loss"]) for event in events if event["kind"] == "validation"),
        learning_rate=last.get("learning_rate"),
        tokens=last.get("tokens", 0),
        tokens_per_second=last.get("tokens_per_second"),
        seconds_left=last.get("seconds_left") if state == "running" else None,
        mfu=last.get("mfu"),
        memory_bytes=last.get("memory_bytes"),
        message=message,
        result=result,
        resumable=resumable,
    )
