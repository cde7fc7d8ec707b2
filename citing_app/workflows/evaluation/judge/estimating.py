"""What a comparison will take, before it starts: answers to write, calls, money, and what so many rows can show."""

from __future__ import annotations

from collections.abc import Sequence

from citing_app.method.evaluation.win_rates import smallest_difference
from citing_app.method.judging import MAX_TOKENS
from citing_app.method.prices import dollars
from citing_app.store import answers, ledger, spending
from citing_app.store.answers import Answer, Model
from citing_app.store.database import Store
from citing_app.workflows.calls.questions import Question, key_of
from citing_app.workflows.calls.spending import Estimate, estimate, price_for
from citing_app.workflows.evaluation.counting import counted
from citing_app.workflows.evaluation.figures.answering import MOST_TOKENS, answerer
from citing_app.workflows.evaluation.judge.comparing import Match, manner_of, opponents, paired
from citing_app.workflows.evaluation.judge.judging import Case, Manner, judge_questions
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.evaluation.test_sets import unfrozen
from citing_app.workflows.students import number_of
from citing_app.workflows.studio import Studio

_USUAL_REPLY = 250
"""Tokens of a judge's reply before there is any to go by."""
LONGEST = 4 * MOST_TOKENS
"""Bytes of an answer that is yet to be written, at most: a token is taken for four."""


class ComparisonEstimate(Estimate):
    """What comparing two models on `n` instructions will take; calls that the ledger can answer are not counted.

    For `unwritten` instructions an answer is missing: it is taken to be as long as an answer can be. `by_rule` ones
    need no call. `smallest_difference` is what `n` valid instructions can show, in shares.
    """

    first: str
    second: str
    judge: str
    n: int
    by_rule: int
    unwritten: int
    smallest_difference: float | None


def estimates(studio: Studio, asked: Compare) -> list[ComparisonEstimate]:
    """What comparing the model with each opponent will take. Nothing is asked or written."""
    manner = manner_of(studio, asked)
    return [_estimate(studio.store, manner, match) for match in _matches(studio, asked)]


def told(one: ComparisonEstimate) -> str:
    """The estimate as a sentence or two, for the command line."""
    price = "price unknown" if one["most"] is None else f"at most {dollars(one['most'])}"
    bought = f"{counted(one['calls'], 'call')}, {price}" if one["calls"] else "no calls"
    shown = one["smallest_difference"]
    can = (
        "too few to show any difference"
        if shown is None
        else f"which can show a difference of {100 * shown:.0f} points"
    )
    written = f"; answers to {counted(one['unwritten'], 'instruction')} are written first" if one["unwritten"] else ""
    return f"{one['first']} against {one['second']}: {bought}; {counted(one['n'], 'instruction')}, {can}{written}."


def price_of(store: Store, manner: Manner, cases: Sequence[Case]) -> Estimate:
    """What having these cases judged will take; calls that the ledger can answer, and those it has twice, are free."""
    questions = _to_buy(store, manner, judge_questions(cases, manner)) if manner.judge.model else []
    with store.read() as cursor:
        price = price_for(cursor, manner.judge.model) if manner.judge.model else None
        usual = spending.typical_answer(cursor, manner.judge.name, "judge")
    answered = _USUAL_REPLY if usual is None else usual
    most = manner.judge.model.most_tokens(MAX_TOKENS) if manner.judge.model else MAX_TOKENS
    return estimate(price, sum(one.call.prompt_bytes for one in questions), len(questions), answered, most)


def _estimate(store: Store, manner: Manner, match: Match) -> ComparisonEstimate:
    return {
        **price_of(store, manner, match.cases),
        "first": match.models[0].name,
        "second": match.models[1].name,
        "judge": manner.known_as.author,
        "n": len(match.cases),
        "by_rule": sum(case.rule is not None for case in match.cases),
        "unwritten": sum(not (case.first.key and case.second.key) for case in match.cases),
        "smallest_difference": smallest_difference(len(match.cases)),
    }


def _matches(studio: Studio, asked: Compare) -> list[Match]:
    """The matches with what is written so far, and a text of the greatest length in the place of what is not."""
    chosen = unfrozen(studio.store, asked.test_set or None, asked.items, asked.part)
    hashes = [row.hash for row in chosen.rows]
    found = []
    for number in (number_of(asked.model), *opponents(studio, asked)):
        model = answerer(studio, number).model
        with studio.store.read() as cursor:
            written = answers.of_model(cursor, model.key, asked.answer, hashes)
        found.append((model, {one: written.get(one) or _unwritten(model, asked, one) for one in hashes}))
    return paired(studio.store, asked.answer, chosen, found)


def _unwritten(model: Model, asked: Compare, instruction_hash: str) -> Answer:
    text = (model.key * LONGEST)[:LONGEST]  # no two models' are the same: that would be a tie by rule
    return Answer("", model.key, instruction_hash, asked.answer, text, "", "")


def _to_buy(store: Store, manner: Manner, questions: Sequence[Question]) -> list[Question]:
    """The questions that the ledger cannot answer."""
    assert manner.judge.model
    by_key = {key_of(manner.judge.model, one.call): one for one in questions}
    with store.read() as cursor:
        known = ledger.known(cursor, list(by_key))
    return [one for key, one in by_key.items() if key not in known]
