"""What pages and the command line show of a race: how far its runs are, and its table (the paper's table 1).

The figures are read from where every evaluation keeps them; a race keeps only which models are its own. Its table takes
seconds to work out, so what a page asks for while a race runs comes without it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from citing_app.errors import CitingError
from citing_app.store import curricula, ledger, races, rounds
from citing_app.store.database import Cursor
from citing_app.store.races import RaceRow, RunRow
from citing_app.workflows.evaluation.test_sets import set_name
from citing_app.workflows.race.running import BEST_RATE, JUDGED, MEASURED, OUT
from citing_app.workflows.race.settings import RaceSettings
from citing_app.workflows.race.table import SetTable, tables
from citing_app.workflows.studio import Studio


class RunView(TypedDict):
    """A run: `numbers` are the rounds that it trained, `spent` what it had spent after each of them, `cost` what it has
    spent by now; `stage` is what it is at."""

    method: str
    learning_rate: float
    seed: int
    numbers: list[int]
    spent: list[int]
    stage: str
    is_done: bool
    cost: int
    steps: int
    seconds: float


class MethodView(TypedDict):
    """A method: its best rate with the loss on dev of each rate that was tried, or why it is out of the race.

    `swept` is what its other rates cost beside the budget, `decisions` how many revisions its first run learned, and
    `teacher_tokens` what the teacher read and wrote for them.
    """

    method: str
    learning_rate: float | None
    losses: list[list[float]]
    out: str | None
    swept: int
    decisions: int
    teacher_tokens: int


class JudgedView(TypedDict):
    """The first method against another on a test set, all seeds together: how often each answer won, by aspect.

    `reason` says why a comparison is missing.
    """

    second: str
    dataset: str
    answer: str
    judge: str
    rates: dict[str, dict[str, int]]
    reason: str | None


class ListedRace(TypedDict):
    """A race by its number, and how it stands."""

    id: int
    state: str


class RaceView(ListedRace):
    """A race with the runs that have begun, of so many `runs_in_all`; once it `is_measured` it has tables."""

    reason: str | None
    started_by: str
    started_at: str
    settings: dict[str, Any]
    methods: list[MethodView]
    runs: list[RunView]
    runs_in_all: int
    is_measured: bool
    judged: list[JudgedView]


class WholeRace(RaceView):
    """A race with its tables, one for each test set; there are none until its students are measured."""

    tables: list[SetTable]


_COUNTED = ("wins", "ties", "losses", "inconsistent", "both_bad", "invalid", "n")


def races_list(studio: Studio) -> list[ListedRace]:
    """Every race, newest first."""
    with studio.store.read() as cursor:
        return [{"id": row.id, "state": row.state} for row in races.all_races(cursor)]


def race_view(studio: Studio, number: int) -> RaceView:
    """How far a race is. Raises CitingError where there is none."""
    with studio.store.read() as cursor:
        return _view(cursor, _row(cursor, number))


def race_tables(studio: Studio, number: int) -> list[SetTable]:
    """A race's tables. Raises CitingError where there is no such race."""
    with studio.store.read() as cursor:
        row, found = _row(cursor, number), races.findings(cursor, number)
        if MEASURED not in found:
            return []
        return tables(cursor, RaceSettings.of(row.settings), races.runs(cursor, number), found[MEASURED])


def whole_race(studio: Studio, number: int) -> WholeRace:
    """A race with its tables. Raises CitingError where there is none."""
    return {**race_view(studio, number), "tables": race_tables(studio, number)}


def _row(cursor: Cursor, number: int) -> RaceRow:
    row = races.get(cursor, number)
    if row is None:
        raise CitingError(f"There is no race {number}.")
    return row


def _view(cursor: Cursor, row: RaceRow) -> RaceView:
    settings, found = RaceSettings.of(row.settings), races.findings(cursor, row.id)
    results = {one.number: one.result or {} for one in rounds.all_rounds(cursor)}
    its = races.runs(cursor, row.id)
    runs = [_run(cursor, one, results) for one in its]
    return {
        "id": row.id,
        "state": row.state,
        "reason": row.reason,
        "started_by": row.started_by,
        "started_at": row.started_at.isoformat(),
        "settings": row.settings,
        "methods": [_method(method, settings, found, runs, cursor, its) for method in settings.methods],
        "runs": runs,
        "runs_in_all": settings.runs,
        "is_measured": MEASURED in found,
        "judged": _judged(found),
    }


def _run(cursor: Cursor, run: RunRow, results: Mapping[int, Mapping[str, Any]]) -> RunView:
    stages = curricula.stages(cursor, run.curriculum)
    numbers = {one.round: one.detail["number"] for one in stages if one.stage == "train" and "number" in one.detail}
    numbers.pop(0, None)  # the round that all began with
    trained = {place: results.get(number, {}) for place, number in sorted(numbers.items())}
    costs = Counter({place: result.get("cost", 0) for place, result in trained.items()})
    for one in stages:
        costs[one.round] += one.detail.get("cost", 0)
    row = curricula.get(cursor, run.curriculum)
    return {
        "method": run.method,
        "learning_rate": run.learning_rate,
        "seed": run.seed,
        "numbers": [numbers[place] for place in trained],
        "spent": list(itertools.accumulate(costs[place] for place in trained)),
        "stage": stages[-1].stage if stages else "",
        "is_done": row is not None and row.state == "finished",
        "cost": costs.total(),
        "steps": sum(one.get("steps", 0) for one in trained.values()),
        "seconds": sum(one.get("seconds", 0) for one in trained.values()),
    }


def _method(
    method: str,
    settings: RaceSettings,
    found: Mapping[str, Mapping[str, Any]],
    runs: Sequence[RunView],
    cursor: Cursor,
    its: Sequence[RunRow],
) -> MethodView:
    best = found.get(f"{BEST_RATE} {method}", {})
    rate = best.get("rate")
    mine = [run for run in runs if run["method"] == method]
    first = next((run for run in its if run.method == method), None)
    stages = [] if first is None else curricula.stages(cursor, first.curriculum)
    return {
        "method": method,
        "learning_rate": rate,
        "losses": best.get("losses", []),
        "out": found.get(f"{OUT} {method}", {}).get("reason"),
        "swept": sum(run["cost"] for run in mine if rate is not None and run["learning_rate"] != rate),
        "decisions": sum(one.detail.get("accepted", 0) for one in stages if one.stage == "decide"),
        "teacher_tokens": ledger.tokens_of_items(
            cursor, [item for one in stages if one.stage == "draft" for item in one.detail.get("items", ())]
        ),
    }


def _judged(found: Mapping[str, Mapping[str, Any]]) -> list[JudgedView]:
    """Comparisons of all seeds, added up."""
    summed: dict[tuple[str, str, str], JudgedView] = {}
    for name, one in found.items():
        if not name.startswith(JUDGED):
            continue
        key = (one["second"], one["dataset"], one["answer"])
        view = summed.setdefault(
            key,
            {
                "second": one["second"],
                "dataset": set_name(one["dataset"] or None, "test"),
                "answer": one["answer"],
                "judge": one.get("judge", ""),
                "rates": {},
                "reason": None,
            },
        )
        view["reason"] = view["reason"] or one.get("reason")
        for aspect, rate in one.get("rates", {}).items():
            counts = view["rates"].setdefault(aspect, dict.fromkeys(_COUNTED, 0))
            for count in _COUNTED:
                counts[count] += rate[count]
    return list(summed.values())
