"""Win rates as pages and commands show them: one model against another, for each aspect, with every count.

They are computed from what is kept (store/comparisons.py) and the answers' texts, each time: nothing that was counted
once can differ from what lies behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TypedDict, cast

from citing_app.method.evaluation.comparisons import Outcome, by_rule, of_both
from citing_app.method.evaluation.win_rates import smallest_difference, win_rate
from citing_app.method.judging import ASPECTS, Aspect
from citing_app.store import comparisons
from citing_app.store.answers import AnswerKind, Model
from citing_app.store.comparisons import Preference
from citing_app.store.database import Store
from citing_app.workflows.evaluation.judging import Case, Manner, by_order, newest_said


class RateView(TypedDict):
    """A `WinRate`: counts, the rate with its 95 % interval, and its bounds; shares are in [0, 1]."""

    wins: int
    ties: int
    losses: int
    inconsistent: int
    both_bad: int
    invalid: int
    empty: int
    identical: int
    n: int
    rate: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    bounds: tuple[float, float] | None
    crosses_half: bool


class ModelView(TypedDict):
    """A model that answered; `adapter_hash` is None for the base model."""

    key: str
    name: str
    round: int | None
    adapter_hash: str | None


class TestSetView(TypedDict):
    """The test set that the answers are to; `n` of its instructions are compared."""

    name: str
    hash: str
    n: int


class WinRateView(TypedDict):
    """The first model against the second, by one judge, on one test set.

    `source` says what kind of judge: a model ("judge") or closeness to accepted answers ("reference", which only tells
    `overall`). `unasked` instructions have not been judged in both orders; they are in no rate. `replies` counts what
    came back, by outcome: ok, truncated, malformed and so on. `smallest_difference` is what so many valid instructions
    can show, in shares.
    """

    first: ModelView
    second: ModelView
    answer: AnswerKind
    source: str
    judge: str
    prompt_hash: str
    rubric: bool
    test_set: TestSetView
    rates: dict[str, RateView]
    unasked: int
    replies: dict[str, int]
    smallest_difference: float | None
    warnings: list[str]


def win_rate_view(
    store: Store,
    models: tuple[Model, Model],
    answer: AnswerKind,
    manner: Manner,
    test_set: TestSetView,
    cases: Sequence[Case],
    warnings: Sequence[str] = (),
) -> WinRateView:
    """What this judge has said of these answers so far."""
    with store.read() as cursor:
        newest = newest_said(comparisons.standing(cursor, [case.comparison.id for case in cases]))
    said = [(case, by_order(case, manner, newest)) for case in cases]
    rates: dict[str, RateView] = {aspect: _rate(said, aspect) for aspect in _aspects(manner)}
    replies = Counter(one.outcome for case, both in said if not case.rule for one in both if one)
    return {
        "first": _model(models[0]),
        "second": _model(models[1]),
        "answer": answer,
        "source": manner.source,
        "judge": manner.author,
        "prompt_hash": manner.prompt_hash,
        "rubric": manner.shows_rubric,
        "test_set": test_set,
        "rates": rates,
        "unasked": sum(not is_judged(case, both) for case, both in said),
        "replies": dict(replies),
        "smallest_difference": smallest_difference(rates["overall"]["n"]),
        "warnings": [*warnings, *_warnings(rates["overall"])],
    }


def outcome_of(case: Case, both: Sequence[Preference | None], aspect: Aspect) -> Outcome:
    """What an instruction comes to for the first model; only for one that is judged."""
    ruled = by_rule(case.first.text, case.second.text)
    if ruled:
        return ruled[0]
    first_left, first_right = (getattr(one, aspect) if one else None for one in both)
    return of_both(first_left, first_right)


def is_judged(case: Case, both: Sequence[Preference | None]) -> bool:
    """Whether a rule settles the comparison, or both orders were asked."""
    return bool(case.rule) or None not in both


def _rate(said: Iterable[tuple[Case, Sequence[Preference | None]]], aspect: Aspect) -> RateView:
    judged = [(case, both) for case, both in said if is_judged(case, both)]
    rules = Counter(case.rule for case, _ in judged)
    outcomes = [outcome_of(case, both, aspect) for case, both in judged]
    rate = win_rate(outcomes, empty=rules["empty"], identical=rules["identical"])
    return cast(RateView, asdict(rate))


def _warnings(rate: RateView) -> list[str]:
    return ["Inconsistent and invalid comparisons leave open which model is better."] if rate["crosses_half"] else []


def _aspects(manner: Manner) -> tuple[Aspect, ...]:
    return ASPECTS if manner.judge.model else ("overall",)


def _model(model: Model) -> ModelView:
    return {"key": model.key, "name": model.name, "round": model.round, "adapter_hash": model.adapter_hash}


def told(view: WinRateView) -> str:
    """The view in a few lines of text: a line for each aspect, then what is not in the rates."""
    kind = "closeness to the reference, " if view["source"] == "reference" else ""
    test_set = view["test_set"]
    lines = [
        f"{view['first']['name']} against {view['second']['name']}, {view['answer']}s, judged by {kind}{view['judge']} "
        f"on {test_set['name']} ({test_set['n']} instructions)"
    ]
    lines += [f"  {aspect:14} {_rate_line(rate)}" for aspect, rate in view["rates"].items()]
    if view["unasked"]:
        lines.append(f"  {view['unasked']} instructions are not judged yet")
    return "\n".join([*lines, *(f"  {warning}" for warning in view["warnings"])])


def _rate_line(rate: RateView) -> str:
    counts = ", ".join(
        f"{rate[name]} {name.replace('_', ' ')}"
        for name in ("wins", "ties", "losses", "inconsistent", "both_bad", "invalid")
    )
    if rate["rate"] is None or rate["low"] is None or rate["high"] is None or rate["bounds"] is None:
        return f"no valid instruction; {counts}"
    bounds = f"bounds {100 * rate['bounds'][0]:.1f} to {100 * rate['bounds'][1]:.1f} %"
    interval = f"[{100 * rate['low']:.1f}, {100 * rate['high']:.1f}]"
    return f"{100 * rate['rate']:.1f} % {interval} n={rate['n']} ({counts}; {bounds})"
