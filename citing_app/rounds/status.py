"""What a round's files say about it: the only thing a page needs to read, before and after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from citing_app.rounds.events import Event, newest_events, read_events
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
    `measured` is how many rows of how many it has measured, while it does. `losses` and `validation_losses` are
    (step, loss); step 0 is before training. `mfu` is the share of the device's peak that the training reaches, where
    that is known; `memory_bytes` is what it holds; `margin` is by how much the
    better answers are ahead, in a round that compares, `reward` and `kl` what a round by a reward tells of its own
    answers. `message` is a sentence for
    a round that ended without an adapter, else None. `result` is the content of `result.json`. A `resumable` round is
    lost, or failed and has a checkpoint: another trainer may go on with it. `events` is how many were told so far;
    `adds` says that the losses are only those told since an earlier look.
    """

    state: RoundState
    phase: str | None = None
    measured: tuple[int, int] | None = None
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
    margin: float | None = None
    reward: float | None = None
    kl: float | None = None
    message: str | None = None
    result: dict[str, Any] | None = None
    resumable: bool = False
    events: int = 0
    adds: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED


def read_state(directory: RoundDirectory) -> RoundState:
    """How the round in `directory` stands, without its events, which grow with its steps."""
    return _ending(directory)[0]


def read_status(directory: RoundDirectory, seen: int = 0) -> RoundStatus:
    """The present status of the round in `directory`, from its files alone.

    Who has `seen` so many of its events is told the losses since; all of them where a trainer resumed meanwhile, which
    does again, and so takes back, some that were seen.
    """
    state, message, result = _ending(directory)  # before its events, so that those of one that has ended are all
    resumable = (state == "lost" and not directory.cancel.exists()) or (state == "failed" and directory.may_be_reopened)
    events = read_events(directory.events)
    kept, new = kept_events(events), events[seen:]
    adds = 0 < seen <= len(events) and not any(event["kind"] == "resume" for event in new)
    status = _with_events(kept, new if adds else kept, state)
    return replace(status, message=message, result=result, resumable=resumable, events=len(events), adds=adds)


def read_progress(directory: RoundDirectory) -> RoundStatus:
    """As `read_status`, of what changes with each step: state, phase, step and steps. However many steps it has done,
    only its newest events are read."""
    state = read_state(directory)
    newest = kept_events(newest_events(directory.events))
    if not any(event["kind"] == "step" for event in newest):  # it has hardly begun, or resumed, or measures for long
        newest = kept_events(read_events(directory.events))
    status = _with_events(newest, (), state)
    # What is told of a phase may lie far back; steps alone are told while it trains.
    return replace(status, phase=status.phase or ("training" if status.step else None))


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


def _measured(events: Sequence[Event]) -> tuple[int, int] | None:
    """How far the measurement that is under way is by what was told of it last, if anything was."""
    newest = next((event for event in reversed(events) if event["kind"] in ("state", "measured")), None)
    return (newest["done"], newest["of"]) if newest is not None and newest["kind"] == "measured" else None


def _with_events(events: Sequence[Event], losses_of: Sequence[Event], state: RoundState) -> RoundStatus:
    """How far the round is by `events`, with the losses that `losses_of` tell."""
    steps = [event for event in events if event["kind"] == "step"]
    phases = [event["state"] for event in events if event["kind"] == "state"]
    last = steps[-1] if steps else {}
    return RoundStatus(
        state=state,
        phase=phases[-1] if phases else None,
        measured=_measured(events),
        step=last.get("step", 0),
        steps=last.get("steps"),
        losses=_losses(losses_of, "step"),
        validation_losses=_losses(losses_of, "validation"),
        learning_rate=last.get("learning_rate"),
        tokens=last.get("tokens", 0),
        tokens_per_second=last.get("tokens_per_second"),
        seconds_left=last.get("seconds_left") if state == "running" else None,
        mfu=last.get("mfu"),
        memory_bytes=last.get("memory_bytes"),
        margin=last.get("margin"),
        reward=last.get("reward"),
        kl=last.get("kl"),
    )


def _losses(events: Sequence[Event], kind: str) -> tuple[tuple[int, float], ...]:
    return tuple((event["step"], event["loss"]) for event in events if event["kind"] == kind)
