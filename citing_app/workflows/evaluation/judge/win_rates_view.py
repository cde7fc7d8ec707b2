"""Win rates as pages and commands show them: one model against another, for each aspect, with every count.

They are computed from what is kept (store/comparisons.py) and the answers' texts, each time: nothing that was counted
once can differ from what lies behind it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TypedDict, cast

from citing_app.method.evaluation.win_rates import smallest_difference, win_rate
from citing_app.method.judging import ASPECTS, Aspect, judge_prompt_hash
from citing_app.store import comparisons
from citing_app.store.answers import AnswerKind, Model
from citing_app.store.comparisons import Preference
from citing_app.store.database import Store
from citing_app.workflows.evaluation.counting import counted, undecided
from citing_app.workflows.evaluation.judge.judging import Case, JudgedBy, by_order, newest_said
from citing_app.workflows.evaluation.judge.trust_view import (
    LengthsView,
    RateView,
    Said,
    TrustView,
    lengths_view,
    trust_view,
)
from citing_app.workflows.evaluation.views import ModelView


class ComparedOn(TypedDict):
    """The test set, of whose instructions `n` are compared; `unanswered` ones one of the models cannot read."""

    name: str
    hash: str
    n: int
    unanswered: int


class WinRateView(TypedDict):
    """The first model against the second, by one judge, on one test set.

    `source` says what kind of judge: a model ("judge") or closeness to accepted answers ("reference", which only tells
    `overall`); `judge_name` is `judge` as people call it. `unasked` instructions have not been judged in both orders,
    or have no accepted answer for a judge by reference; they are in no rate. `replies` counts what came back, by
    outcome: ok, truncated, malformed and so on. `smallest_difference` is what so many valid instructions can show, in
    shares. `rubric` and `reference` say whether the judge was shown them; None after a change of the prompt.
    """

    first: ModelView
    second: ModelView
    answer: AnswerKind
    source: str
    judge: str
    judge_name: str
    prompt_hash: str
    rubric: bool | None
    reference: bool | None
    test_set: ComparedOn
    rates: dict[str, RateView]
    unasked: int
    replies: dict[str, int]
    smallest_difference: float | None
    lengths: LengthsView
    trust: TrustView
    warnings: list[str]


def win_rate_view(
    store: Store,
    models: tuple[Model, Model],
    answer: AnswerKind,
    by: JudgedBy,
    test_set: ComparedOn,
    cases: Sequence[Case],
    warnings: Sequence[str] = (),
) -> WinRateView:
    """What this judge has said of these answers so far."""
    said, shown = said_of(store, by, cases), _shown(by)
    judged = [one for one in said if one.is_judged]
    rates: dict[str, RateView] = {aspect: _rate(judged, aspect) for aspect in _aspects(by)}
    return {
        "first": _model(models[0]),
        "second": _model(models[1]),
        "answer": answer,
        "source": by.source,
        "judge": by.author,
        "judge_name": by.name,
        "prompt_hash": by.prompt_hash,
        "rubric": shown["rubric"],
        "reference": shown["reference"],
        "test_set": test_set,
        "rates": rates,
        "unasked": len(said) - len(judged),
        "replies": dict(Counter(one.outcome for row in said if not row.case.rule for one in row.both if one)),
        "smallest_difference": smallest_difference(rates["overall"]["n"]),
        "lengths": lengths_view(judged),
        "trust": trust_view(judged),
        "warnings": [*warnings, *_warnings(rates["overall"])],
    }


def _shown(by: JudgedBy) -> dict[str, bool | None]:
    """Whether the prompt showed the judge a rubric and a reference; None where it is no prompt of today."""
    for reference in (False, True):
        for rubric in (False, True):
            if by.prompt_hash in ("", judge_prompt_hash(reference, rubric)):
                return {"rubric": rubric, "reference": reference}
    return {"rubric": None, "reference": None}


def said_of(store: Store, by: JudgedBy, cases: Sequence[Case]) -> list[Said]:
    """What this judge last said of each case, with people's votes on it."""
    with store.read() as cursor:
        standing = comparisons.standing(cursor, [case.comparison.id for case in cases])
    newest, votes = newest_said(standing), _votes(standing)
    return [Said(case, by_order(case, by, newest), tuple(votes[case.comparison.id])) for case in cases]


def _votes(standing: Iterable[Preference]) -> dict[str, list[Preference]]:
    found: dict[str, list[Preference]] = defaultdict(list)
    for one in standing:
        if one.source == "vote" and one.outcome == "ok":
            found[one.comparison].append(one)
    return found


def _rate(judged: Sequence[Said], aspect: Aspect) -> RateView:
    rules = Counter(one.case.rule for one in judged)
    outcomes = [one.outcome(aspect) for one in judged]
    return cast(RateView, asdict(win_rate(outcomes, empty=rules["empty"], identical=rules["identical"])))


def _warnings(rate: RateView) -> list[str]:
    return (
        ["The inconsistent and invalid comparisons could reverse this result."]
        if rate["n"] and rate["crosses_half"]
        else []
    )


def _aspects(by: JudgedBy) -> tuple[Aspect, ...]:
    return ASPECTS if by.source == "judge" else ("overall",)


def _model(model: Model) -> ModelView:
    return {
        "key": model.key,
        "name": model.name,
        "round": model.round,
        "student": model.student,
        "adapter_hash": model.adapter_hash,
    }


def told(view: WinRateView) -> str:
    """The view in a few lines of text: a line for each aspect, then what is not in the rates."""
    judge = ("closeness to the reference, " if view["source"] == "reference" else "") + view["judge_name"]
    test_set = view["test_set"]
    lines = [
        f"{view['first']['name']} against {view['second']['name']}, {view['answer']}s, judged by {judge} "
        f"on {test_set['name']} ({counted(test_set['n'], 'instruction')})"
    ]
    lines += [f"  {aspect:14} {_rate_line(rate)}" for aspect, rate in view["rates"].items()]
    lines += [f"  {line}" for line in (*_trust_lines(view), *view["warnings"])]
    if view["unasked"]:
        why = "without an accepted answer" if view["source"] == "reference" else "not judged yet"
        lines.append(f"  {counted(view['unasked'], 'instruction')} {why}")
    return "\n".join(lines)


def _rate_line(rate: RateView) -> str:
    won = f"{counted(rate['wins'], 'win')}, {counted(rate['ties'], 'tie')}, {counted(rate['losses'], 'loss', 'losses')}"
    counts = f"{won}, {rate['inconsistent']} inconsistent, {rate['both_bad']} both bad, {rate['invalid']} invalid"
    if rate["rate"] is None or rate["bounds"] is None:
        return f"no valid instruction; {counts}"
    if rate["low"] is None:
        return f"{undecided(rate['ties'], rate['n'])} ({counts})"
    interval = f"[{_percent(rate['low'])}, {_percent(rate['high'])}]"
    bounds = " to ".join(map(_percent, rate["bounds"]))
    return f"{_percent(rate['rate'])} % {interval} n={rate['n']} ({counts}; bounds {bounds} %)"


def _trust_lines(view: WinRateView) -> list[str]:
    trust, lengths, rate = view["trust"], view["lengths"], view["rates"]["overall"]
    settled = f"{rate['identical']} identical and {rate['empty']} with an empty answer, settled without the judge"
    habits = ", ".join(
        f"{name} {_percent(one['mean'])} %"
        for name, one in (
            ("inconsistent", trust["inconsistent"]),
            ("first place chosen", trust["first_place"]),
            ("longer wins", trust["longer_wins"]),
            ("invalid", trust["invalid"]),
        )
    )
    controlled = _percent(lengths["controlled"]["mean"])
    return [settled, f"{habits}; at equal length {controlled} % (no difficulty term)"]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
