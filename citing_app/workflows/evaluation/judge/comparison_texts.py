"""The comparisons behind a win rate: both answers, and what the judge said in each order, the worst first."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal, TypedDict

from citing_app.errors import CitingError
from citing_app.method.evaluation.comparisons import SCORES, Outcome
from citing_app.method.judging import ASPECTS, Aspect
from citing_app.store import comparisons
from citing_app.store.comparisons import Preference
from citing_app.store.database import Store
from citing_app.workflows.evaluation.judge.compared import chosen_set, compared_on
from citing_app.workflows.evaluation.judge.judging import JudgedBy
from citing_app.workflows.evaluation.judge.trust_view import Said
from citing_app.workflows.evaluation.judge.win_rates_view import said_of
from citing_app.workflows.evaluation.requests import ComparisonTexts

Side = Literal["first", "second"]
Chosen = Literal["first", "second", "tie", "both_bad"]
"""Whom a judge preferred: one of the two models, whichever side it stood on."""
_UNREADABLE = 0.75
"""Invalid comparisons stand behind the lost and the undecided ones, before those that were won."""


class OrderView(TypedDict):
    """What the judge said with the first model's answer shown first, or with the second's; by aspect, whom it chose.

    `reason` is the judge's own text where `is_quoted`, else the program's: why nothing readable came, or which rule
    settled it.
    """

    shown_first: Side
    outcome: str
    chosen: dict[str, Chosen]
    reason: str | None
    is_quoted: bool


class ComparisonTextView(TypedDict):
    """One instruction, the answers of the first and of the second model, and what was said of them.

    `outcomes` are the first model's, by aspect; None while one order has not been asked.
    """

    hash: str
    turns: list[dict[str, str]]
    instruction: str
    input: str
    first: str
    second: str
    outcomes: dict[str, Outcome] | None
    orders: list[OrderView]


class ComparisonTextsView(TypedDict):
    """A stretch of the `n` comparisons that were asked for."""

    n: int
    rows: list[ComparisonTextView]


def comparison_texts(store: Store, asked: ComparisonTexts) -> ComparisonTextsView:
    """The comparisons of two models by one judge, those that the first lost first.

    Raises CitingError where this judge has not compared the two.
    """
    said = [one for one in _said(store, asked) if asked.outcome in (None, _outcome(one, asked.aspect))]
    said.sort(key=lambda one: _rank(one, asked.aspect))
    shown = said[asked.place : asked.place + asked.limit]
    return {"n": len(said), "rows": [_view(one) for one in shown]}


def _said(store: Store, asked: ComparisonTexts) -> list[Said]:
    chosen, by = chosen_set(store, asked.test_set), JudgedBy(asked.source, asked.judge, asked.prompt_hash)
    every = compared_on(store, chosen, asked.answer, {asked.first, asked.second}) if chosen else []
    for one in every:
        if one.by == by and [model.key for model in one.models] == [asked.first, asked.second]:
            return said_of(store, by, one.cases)
    raise CitingError("This judge has not compared these two models here.")


def _outcome(one: Said, aspect: Aspect) -> Outcome | None:
    return one.outcome(aspect) if one.is_judged else None


def _aspects(one: Said) -> tuple[Aspect, ...]:
    """Closeness to the reference says nothing of the others."""
    return ASPECTS if any(said and said.source == "judge" for said in one.both) else ("overall",)


def _rank(one: Said, aspect: Aspect) -> tuple[bool, float, float]:
    """What is not judged yet comes last; of one outcome, what was lost in the other aspects too comes first."""
    if not one.is_judged:
        return True, 0.0, 0.0
    others = sum(_worth(one.outcome(other)) for other in _aspects(one))
    return False, _worth(one.outcome(aspect)), others


def _worth(outcome: Outcome) -> float:
    return SCORES.get(outcome, _UNREADABLE)


def _view(one: Said) -> ComparisonTextView:
    row = one.case.instruction
    return {
        "hash": row.hash,
        "turns": [asdict(turn) for turn in row.turns],
        "instruction": row.text,
        "input": row.input,
        "first": one.case.first.text,
        "second": one.case.second.text,
        "outcomes": {aspect: one.outcome(aspect) for aspect in _aspects(one)} if one.is_judged else None,
        "orders": [_order(one, said) for said in one.both if said],
    }


def _order(one: Said, said: Preference) -> OrderView:
    shown_first: Side = "first" if said.left_answer == one.case.first.key else "second"
    found = {aspect: getattr(said, aspect) for aspect in ASPECTS}
    return {
        "shown_first": shown_first,
        "outcome": said.outcome,
        "chosen": {aspect: _chosen(side, shown_first) for aspect, side in found.items() if side},
        "reason": said.reason,
        "is_quoted": said.source == "judge" and said.outcome == "ok" and one.case.rule is None,
    }


def _chosen(side: comparisons.Side, shown_first: Side) -> Chosen:
    """Whom a side stands for, where this model's answer is on the left."""
    other: Side = "second" if shown_first == "first" else "first"
    stands_for: dict[comparisons.Side, Chosen] = {"left": shown_first, "right": other}
    return stands_for.get(side) or ("tie" if side == "tie" else "both_bad")
