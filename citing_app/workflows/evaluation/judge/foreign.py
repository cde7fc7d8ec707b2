"""Judgements that somebody else's judge made: read from a file, and counted as ours are. Nothing is stored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypedDict

from citing_app.errors import CitingError
from citing_app.method.evaluation.comparisons import Outcome, Preference, of_both, of_one
from citing_app.method.evaluation.win_rates import WinRate, win_rate
from citing_app.workflows.data.raw import Raw
from citing_app.workflows.data.reading import read_rows
from citing_app.workflows.evaluation.counting import undecided

_COLUMNS = ("instruction", "left_model", "right_model", "judge", "preference")
_PREFERENCES: dict[str, Preference | None] = {
    **{"1": "left", "2": "right", "0": "tie", "": None},
    **{"left": "left", "right": "right", "tie": "tie", "both_bad": "both_bad"},
}


class ForeignRate(TypedDict):
    """The win rate of `model` against `against`; rates, errors, interval and bounds in per cent."""

    model: str
    against: str
    judge: str
    win_rate: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    bounds: tuple[float, float] | None
    wins: int
    losses: int
    ties: int
    inconsistent: int
    both_bad: int
    invalid: int
    n: int
    in_both_orders: int


@dataclass(frozen=True)
class _Judgement:
    task: tuple[str, frozenset[tuple[str, str]]]
    """What was compared, whichever side its answers stood on."""
    left: str
    right: str
    judge: str
    preference: Preference | None


def foreign_rate(path: Path) -> ForeignRate:
    """The win rate of the first row's right model, which is the one that published figures are about.

    Columns: instruction, left, left_model, right, right_model, judge, preference (1 left, 2 right, 0 tie; empty: the
    judge gave no readable reply). Two rows that swap the sides are one comparison in both orders. Raises CitingError
    with the row where one is not a judgement, and where the file has several judges or other models.
    """
    judgements = [_judgement(number, raw) for number, raw in enumerate(read_rows(path), start=1)]
    if not judgements:
        raise CitingError(f"{path.name} holds no rows.")
    first = judgements[0]
    model, against = first.right, first.left
    for number, one in enumerate(judgements, start=1):
        if one.judge != first.judge or {one.left, one.right} != {model, against}:
            raise CitingError(
                f"Row {number} is not {first.judge}'s judgement of {model} and {against}; "
                "put each judge and each pair of models into a file of its own."
            )
    outcomes, in_both = _outcomes(judgements, model)
    return _view(win_rate(outcomes), model, against, first.judge, in_both)


def _judgement(number: int, raw: Raw) -> _Judgement:
    if isinstance(raw, str):
        raise CitingError(f"Row {number}: {raw}.")
    if missing := [name for name in _COLUMNS if name not in raw]:
        raise CitingError(f"Row {number} has no {missing[0]}; judgements need {', '.join(_COLUMNS)}.")
    given = {name: _text(raw, name) for name in (*_COLUMNS, "left", "right")}
    left, right = given["left_model"], given["right_model"]
    if not left or not right or left == right:
        raise CitingError(f"Row {number} does not name two different models.")
    if given["preference"] not in _PREFERENCES:
        raise CitingError(f"Row {number}: the preference is 1 (left), 2 (right), 0 (tie), or empty if there is none.")
    task = given["instruction"], frozenset({(left, given["left"]), (right, given["right"])})
    return _Judgement(task, left, right, given["judge"], _PREFERENCES[given["preference"]])


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if isinstance(value, float) and value.is_integer():  # CSV, Parquet and JSON write 1 in several ways
        value = int(value)
    is_missing = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if is_missing else str(value).strip()


def _outcomes(judgements: Sequence[_Judgement], model: str) -> tuple[list[Outcome], int]:
    """One outcome for each comparison, and how many were asked in both orders.

    A task that comes again in the same order is another comparison.
    """
    tasks: dict[object, tuple[list[_Judgement], list[_Judgement]]] = {}
    for one in judgements:
        tasks.setdefault(one.task, ([], []))[one.right == model].append(one)
    pairs = [pair for sides in tasks.values() for pair in zip_longest(*sides)]
    return [_outcome(*pair) for pair in pairs], sum(None not in pair for pair in pairs)


def _outcome(on_the_left: _Judgement | None, on_the_right: _Judgement | None) -> Outcome:
    if on_the_left and on_the_right:
        return of_both(on_the_left.preference, on_the_right.preference)
    if on_the_left:
        return of_one(on_the_left.preference)
    assert on_the_right is not None
    return of_one(on_the_right.preference, "right")


def _view(found: WinRate, model: str, against: str, judge: str, in_both: int) -> ForeignRate:
    return {
        "model": model,
        "against": against,
        "judge": judge,
        "win_rate": _per_cent(found.rate),
        "standard_error": _per_cent(found.standard_error),
        "low": _per_cent(found.low),
        "high": _per_cent(found.high),
        "bounds": found.bounds and (100 * found.bounds[0], 100 * found.bounds[1]),
        "wins": found.wins,
        "losses": found.losses,
        "ties": found.ties,
        "inconsistent": found.inconsistent,
        "both_bad": found.both_bad,
        "invalid": found.invalid,
        "n": found.n,
        "in_both_orders": in_both,
    }


def _per_cent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def summary(found: ForeignRate) -> str:
    """The win rate in a sentence."""
    who = f"{found['model']} against {found['against']}, judged by {found['judge'] or 'an unnamed judge'}"
    counts = (
        f"{found['wins']} won, {found['losses']} lost, {found['ties']} tied, {found['inconsistent']} inconsistent, "
        f"{found['both_bad']} both bad, {found['invalid']} invalid"
    )
    if found["win_rate"] is None:
        return f"{who}: no valid comparison; {counts}."
    if found["low"] is None:
        return f"{who}: {undecided(found['ties'], found['n'])}; {counts}."
    return f"{who}: {found['win_rate']:.1f} % [{found['low']:.1f}, {found['high']:.1f}] of {found['n']:,}; {counts}."
