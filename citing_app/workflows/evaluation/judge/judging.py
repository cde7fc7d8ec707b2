"""Judging: what a judge is asked about two answers, and what is kept of what it says.

Each comparison is asked in both orders, through the ledger, so a run that stops anywhere is resumed by asking it again
and buys nothing twice. Identical answers, and an empty one, are settled by rule without a call. Every outcome is kept,
also that of a reply which cannot be read: it is invalid, not silently dropped. A reply is not asked to be mended, since
one call per order was agreed on and a judge that cannot be read is a fact about the judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from citing_app.method.evaluation.comparisons import Rule, by_rule, mirrored
from citing_app.method.identity import exact_hash
from citing_app.method.judging import (
    MAX_TOKENS,
    SCHEMA,
    Closeness,
    JudgeTask,
    closer_side,
    judge_messages,
    judge_prompt_hash,
    read_judgement,
)
from citing_app.models.chat_model import Call
from citing_app.models.judge import Judge
from citing_app.running.jobs import Job
from citing_app.store import comparisons
from citing_app.store.answers import Answer
from citing_app.store.comparisons import Comparison, Preference, Side, Source, comparison_of
from citing_app.store.database import Cursor, Store
from citing_app.types import Instruction, Rubric
from citing_app.workflows.calls import asking, questions
from citing_app.workflows.calls.questions import Question
from citing_app.workflows.evaluation.figures.metrics import named

_SETTLED = {
    "identical": "The answers are identical, so no judge was asked.",
    "empty": "One answer is empty, so no judge was asked.",
}


@dataclass(frozen=True)
class Case:
    """One instruction with the answers of two models, the answers that are accepted for it, and its rubric."""

    instruction: Instruction
    first: Answer
    second: Answer
    accepted: tuple[str, ...] = ()
    rubric: Rubric | None = None

    @property
    def comparison(self) -> Comparison:
        one = self.instruction
        return comparison_of(one.hash, one.text, one.input, self.first.key, self.second.key)

    @property
    def rule(self) -> Rule | None:
        """Why no judge is asked; None where one is."""
        found = by_rule(self.first.text, self.second.text)
        return found[1] if found else None


@dataclass(frozen=True)
class JudgedBy:
    """Who said something, and asked how: a judge by its name, or closeness by its measure, which has no prompt."""

    source: Source
    author: str
    prompt_hash: str

    @property
    def name(self) -> str:
        """What people call it: a measure by the name of its metric."""
        return named(self.author)["name"] if self.source == "reference" else self.author


@dataclass(frozen=True)
class Manner:
    """How two answers are compared: by which judge, and what it sees besides the instruction and the answers."""

    judge: Judge
    shows_reference: bool = False
    shows_rubric: bool = False
    closeness: Closeness = "rouge_l"

    @property
    def known_as(self) -> JudgedBy:
        """What it leaves in what is kept."""
        if self.judge.model is None:
            return JudgedBy("reference", self.closeness, "")
        return JudgedBy("judge", self.judge.name, judge_prompt_hash(self.shows_reference, self.shows_rubric))


def judge_all(store: Store, manner: Manner, cases: Sequence[Case], job: Job) -> None:
    """Have these answers compared, and keep what was said as it comes.

    Raises Cancelled, and CitingError where the spending limit stops it; what had been said by then is kept.
    """
    settled = [said for case in cases if case.rule for said in _both_orders(case, manner, _by_rule(case))]
    if manner.judge.model is None:
        judged = [case for case in cases if not case.rule and case.accepted]
        settled += [said for case in judged for said in _both_orders(case, manner, _by_reference(case, manner))]
    with store.write() as cursor:
        comparisons.add(cursor, [case.comparison for case in cases])
        keep(cursor, settled)
    if manner.judge.model is not None:
        asked = judge_questions(cases, manner)

        def keep_answers(answers: list[questions.Answer]) -> None:
            with store.write() as cursor:
                keep(cursor, [preference_of(answer, manner) for answer in answers])

        asking.ask_all(store, manner.judge.model, asked, job, "judging", keep_answers)


def judge_questions(cases: Iterable[Case], manner: Manner) -> list[Question]:
    """Two questions for each comparison that no rule settles: each answer is shown first once."""
    return [
        _question(case, manner, *order)
        for case in cases
        if not case.rule
        for order in ((case.first, case.second), (case.second, case.first))
    ]


def keep(cursor: Cursor, said: Sequence[Preference]) -> None:
    """Append what was said, except what was last said by the same judge of the same order just so."""
    newest = newest_said(comparisons.standing(cursor, [one.comparison for one in said]))
    fresh = []
    for one in said:
        before = newest.get(_slot(one))
        named = replace(one, id=_id_of(one, before))
        if before is None or replace(named, id=before.id, said_at=before.said_at) != before:
            fresh.append(named)
            newest[_slot(one)] = named
    comparisons.say(cursor, fresh)


def newest_said(standing: Iterable[Preference]) -> dict[tuple[str, ...], Preference]:
    """What each judge last said of each order, by comparison, left answer, source, author and prompt hash."""
    return {_slot(one): one for one in standing}


def by_order(
    case: Case, by: JudgedBy, newest: Mapping[tuple[str, ...], Preference]
) -> tuple[Preference | None, Preference | None]:
    """What this judge last said with the first answer on the left, and with the second one; None: not asked yet."""

    def found(left: Answer) -> Preference | None:
        return newest.get((case.comparison.id, left.key, by.source, by.author, by.prompt_hash))

    return found(case.first), found(case.second)


def preference_of(answer: questions.Answer, manner: Manner) -> Preference:
    """What came of one question, as it is kept."""
    comparison, left, rubric = answer.question.about
    judged = answer.value.sides if answer.outcome == "ok" else {}
    return replace(
        _preference(comparison, left, manner, judged, answer.value.reasons if judged else answer.reason),
        outcome=answer.outcome,
        rubric_category=rubric.category if rubric else None,
        rubric_version=rubric.version if rubric else None,
        call_key=answer.key,
    )


def _question(case: Case, manner: Manner, left: Answer, right: Answer) -> Question:
    task = JudgeTask(
        case.instruction.task,
        left.text,
        right.text,
        next(iter(case.accepted), None) if manner.shows_reference else None,
        case.rubric if manner.shows_rubric else None,
    )
    call = Call(judge_messages(task), MAX_TOKENS, SCHEMA)
    about = (case.comparison.id, left.key, task.rubric)
    return Question("judge", call, manner.known_as.prompt_hash, read_judgement, about=about, mends=False)


def _both_orders(case: Case, manner: Manner, found: tuple[Mapping[str, Side], str]) -> list[Preference]:
    """What needs no second look, kept as if both orders had been asked: they agree."""
    sides, reason = found
    other = {aspect: mirrored(side) for aspect, side in sides.items()}
    orders = ((case.first, sides), (case.second, other))
    return [_preference(case.comparison.id, left.key, manner, said, reason) for left, said in orders]


def _by_rule(case: Case) -> tuple[Mapping[str, Side], str]:
    outcome, rule = by_rule(case.first.text, case.second.text) or ("tie", "identical")
    side: Side = {"win": "left", "loss": "right"}.get(outcome, "tie")  # type: ignore[assignment]
    return dict.fromkeys(("overall", "articulate", "in_depth", "comprehensive"), side), _SETTLED[rule]


def _by_reference(case: Case, manner: Manner) -> tuple[Mapping[str, Side], str]:
    side = closer_side(case.first.text, case.second.text, case.accepted, manner.closeness)
    return {"overall": side}, f"Closer to an accepted answer, measured by {manner.closeness}."


def _preference(
    comparison: str, left: str, manner: Manner, sides: Mapping[str, Side], reason: str | None
) -> Preference:
    return Preference(
        id="",
        comparison=comparison,
        left_answer=left,
        source=manner.known_as.source,
        author=manner.known_as.author,
        said_at=datetime.now(UTC),
        overall=sides.get("overall"),
        articulate=sides.get("articulate"),
        in_depth=sides.get("in_depth"),
        comprehensive=sides.get("comprehensive"),
        reason=reason,
        prompt_hash=manner.known_as.prompt_hash,
    )


def _slot(one: Preference) -> tuple[str, ...]:
    return (one.comparison, one.left_answer, one.source, one.author, one.prompt_hash)


def _id_of(one: Preference, before: Preference | None) -> str:
    """The same content after the same predecessor is the same preference; said again after a change, a new one."""
    content = (one.outcome, one.overall, one.articulate, one.in_depth, one.comprehensive, one.reason, one.call_key)
    return exact_hash(*_slot(one), *(text or "" for text in content), before.id if before else "")
