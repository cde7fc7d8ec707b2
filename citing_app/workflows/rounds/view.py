"""What pages show of rounds: a list from the store, one round from its directory, and afterwards what made it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple, TypedDict

from citing_app.errors import CitingError
from citing_app.kinds import is_student
from citing_app.method.samples import SampleFigures, sample_figures
from citing_app.models.names import student_name
from citing_app.rounds.launcher import HERE
from citing_app.rounds.layout import RoundDirectory, Row
from citing_app.rounds.owner import Owner
from citing_app.rounds.status import ENDED, RoundState, read_progress, read_state, read_status
from citing_app.store import learnable, rounds
from citing_app.store.rounds import ListedRow, RoundRow
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds.queue import Waiting, directory_of, waiting
from citing_app.workflows.rounds.states import RUNNING
from citing_app.workflows.rounds.supervising import made_round
from citing_app.workflows.students import rounds_of_others
from citing_app.workflows.studio import Studio


class ListedRound(NamedTuple):
    """A line of the page's list; a tuple, so that each name is sent once and not with every round.

    `loss` is that of held-out answers: a reward model, whose loss is of pairs, has none.
    """

    round: int
    kind: str
    name: str | None
    parent: int | None
    items: int
    started_at: str
    state: str
    loss: float | None
    validates_on: str
    place: int | None


class Progress(TypedDict):
    """How far a round that trains is."""

    round: int
    stage: str | None
    step: int
    steps: int | None


class RoundView(TypedDict):
    """All that is known of a round; `RoundStatus` says what its directory's part means.

    `events` is how many were told so far; where an answer `adds`, its losses follow those that were seen already.
    """

    round: int
    kind: str
    name: str | None
    parent: int | None
    repeats: int | None
    items: int
    objective: str | None
    validates_on: str
    student: str
    started_at: str
    started_by: str
    state: str
    settled: bool
    place: int | None
    is_last: bool | None
    waits: str | None
    result: dict[str, Any] | None
    message: str | None
    resumable: bool
    step: int
    steps: int | None
    learning_rate: float | None
    tokens_per_second: float | None
    mfu: float | None
    memory_bytes: int | None
    margin: float | None
    reward: float | None
    kl: float | None
    seconds_left: float | None
    stage: str | None
    measured: tuple[int, int] | None
    events: int
    adds: bool
    train_losses: tuple[tuple[int, float], ...]
    validation_losses: tuple[tuple[int, float], ...]
    launcher: str
    command: str


class MadeFrom(TypedDict):
    """What made a round: its spec, its decisions with their rubrics, and how many of each.

    `samples` are the figures of what it learned of the student's own answers; None where it learned none. `criterion`
    is that of the edits which alone it learned, `ranked_by` the reward of the candidates that it ranked; else empty.
    """

    spec: dict[str, Any]
    decisions: list[dict[str, Any]]
    rubrics: dict[str, int]
    rows: dict[str, int]
    samples: SampleFigures | None
    criterion: str
    ranked_by: str


class RoundsList(TypedDict):
    """Every round, newest first, and how far those are that train.

    `rows`, in the order of `fields`, are None for who gave this `mark`: nothing but progress has changed since.
    `others` are the rounds of other students than the one in use, with their students' names.
    """

    mark: str
    fields: tuple[str, ...]
    rows: list[ListedRound] | None
    others: dict[str, str]
    progress: list[Progress]


def rounds_list(studio: Studio, known: str = "") -> RoundsList:
    """What the page asks for every second: from the store, and from the directories of rounds that have not ended."""
    with studio.store.read() as cursor:
        listed = rounds.listed(cursor)
    others = rounds_of_others(studio)
    live = {row.number: read_state(directory_of(studio, row.number)) for row in listed if row.state in RUNNING}
    places = {one.number: one.place for one in waiting(studio)} if "waiting" in live.values() else {}
    rows = [_listed(studio, row, live.get(row.number), places.get(row.number)) for row in listed]
    mark = str(hash((*rows, *others)))  # it differs after a restart, and then all is sent once more
    return {
        "mark": mark,
        "fields": ListedRound._fields,
        "rows": None if mark == known else rows,
        "others": {str(number): name for number, name in others.items()},
        "progress": [_progress(studio, number) for number, state in live.items() if state != "waiting"],
    }


def round_view(studio: Studio, number: int, seen: int = 0) -> RoundView:
    """One round with all that is known of it. Raises CitingError where there is none.

    Who has `seen` so many of its `events` is sent only the losses since, and told that the answer `adds` to them. Once
    it is `settled`, nothing about it changes by itself any more.
    """
    with studio.store.read() as cursor:
        row = rounds.get(cursor, number)
    if row is None:
        raise CitingError(f"There is no round {number}.")
    waits = {one.number: one for one in waiting(studio)} if row.state in RUNNING else {}
    return _view(studio, row, waits.get(number), seen)


def rounds_view(studio: Studio) -> list[RoundView]:
    """Every round with all that is known of it, newest first: for programs, which ask once."""
    with studio.store.read() as cursor:
        rows = rounds.all_rounds(cursor)
    waits = {one.number: one for one in waiting(studio)}
    return [_view(studio, row, waits.get(row.number)) for row in rows]


def untrained(studio: Studio) -> int:
    """How many accepted revisions wait to be learned, whatever a form asks for."""
    with studio.store.read() as cursor:
        return learnable.count_untrained(cursor)


def made_from(studio: Studio, number: int) -> MadeFrom:
    """What made the round: its settings, its parent, its prompts, and each decision with the rubric it was made by.

    Raises CitingError for a round that is not there.
    """
    directory = made_round(studio, number)
    spec = directory.read_spec()
    decisions: dict[str, Any] = {}
    kinds: Counter[str] = Counter()
    rows = directory.read_rows(directory.train)
    for row in rows:
        kinds[_kind(row)] += 1
        if "decision" in row:
            decisions[row["decision"]] = row.get("rubric")
    rubrics = {row.get("decision", row.get("instruction")): row["rubric"] for row in rows if "rubric" in row}
    versions = Counter(f"{category} v{version}" for category, version in rubrics.values())
    return {
        "spec": json.loads(spec.to_json()),
        "decisions": [{"decision": one, "rubric": rubric} for one, rubric in decisions.items()],
        "rubrics": dict(sorted(versions.items())),
        "rows": dict(kinds),
        "samples": sample_figures(rows),
        "criterion": next((row["criterion"] for row in rows if "criterion" in row), ""),
        "ranked_by": next((row["ranked_by"] for row in rows if "ranked_by" in row), ""),
    }


def _kind(row: Row) -> str:
    """`replay`, `sample` (of its own), `pair` (of a reward model), `answer` (of SFT), or the task that it teaches."""
    if row.get("replay") or "reward" in row:
        return "replay" if row.get("replay") else "sample"
    if "instruction" in row and "rejected" in row:
        return "pair"
    return "answer" if "instruction" in row else str(row.get("task", "draft"))


def _progress(studio: Studio, number: int) -> Progress:
    status = read_progress(directory_of(studio, number))
    return {"round": number, "stage": status.phase, "step": status.step, "steps": status.steps}


def _listed(studio: Studio, row: ListedRow, state: RoundState | None, place: int | None) -> ListedRound:
    return ListedRound(
        round=row.number,
        kind=row.kind,
        name=row.name,
        parent=row.parent,
        items=row.items,
        started_at=row.started_at.isoformat(timespec="seconds"),
        state=_live_state(studio, row.number, state) if state else row.state,
        loss=row.loss if is_student(row.kind) else None,
        validates_on=row.validates_on,
        place=place,
    )


def _live_state(studio: Studio, number: int, state: RoundState) -> str:
    """How a round stands that the store does not know the end of.

    What is shown as finished can be chatted with: until the store knows the adapter, the round still runs.
    """
    if state in ENDED and studio.jobs.running(round_job(number)):
        return "cancelling" if directory_of(studio, number).cancel.exists() else "running"
    return state


def _is_settled(directory: RoundDirectory, state: str) -> bool:
    """Whether it has ended and its trainer is gone too: before that, nobody can say whether it can be resumed."""
    owner = Owner.read(directory.run)
    return state in ENDED and (owner is None or not owner.is_alive)


def _view(studio: Studio, row: RoundRow, waits: Waiting | None, seen: int = 0) -> RoundView:
    directory = directory_of(studio, row.number)
    live = row.state in RUNNING
    settled = not live and _is_settled(directory, row.state)  # before what it settles is read
    status = read_status(directory, seen)
    return {
        "round": row.number,
        "kind": row.kind,
        "name": row.name,
        "parent": row.parent,
        "repeats": row.repeats,
        "items": row.items,
        "objective": row.spec.get("objective"),
        "validates_on": row.spec.get("validates_on", ""),
        "student": student_name(row.spec.get("student", "")),
        "started_at": row.started_at.isoformat(),
        "started_by": row.started_by,
        "state": _live_state(studio, row.number, status.state) if live else row.state,
        "settled": settled,
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
        "margin": status.margin,
        "reward": status.reward,
        "kl": status.kl,
        "seconds_left": status.seconds_left,
        "stage": status.phase,
        "measured": status.measured,
        "events": status.events,
        "adds": status.adds,
        "train_losses": status.losses,
        "validation_losses": status.validation_losses,
        "launcher": row.spec.get("launcher", HERE),
        "command": _command(studio, row),
    }


def _command(studio: Studio, row: RoundRow) -> str:
    """What was typed to start it; empty where this host knows its launcher no more."""
    launcher = studio.launchers.named.get(row.spec.get("launcher", HERE))
    return launcher.shown(directory_of(studio, row.number)) if launcher else ""
