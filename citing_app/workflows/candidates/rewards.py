"""Rewards: what says how good a candidate is. This is the one list of them; another is a class and a line below."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import ClassVar

from citing_app.errors import CitingError
from citing_app.kinds import is_student, kinds
from citing_app.method.evaluation.comparisons import SCORES, by_rule, of_both
from citing_app.method.identity import exact_hash
from citing_app.method.judging import ASPECTS, Judgement
from citing_app.method.metrics import basis, best, rouge_l
from citing_app.method.prompts import draft_messages
from citing_app.models.judge import Judge
from citing_app.models.names import student_identity
from citing_app.models.student import Student
from citing_app.rounds.adapter import adapter_hash
from citing_app.running.jobs import Job
from citing_app.store import answers
from citing_app.store.database import Store
from citing_app.types import Instruction, Message
from citing_app.workflows.calls.asking import ask_all
from citing_app.workflows.calls.questions import Answer, Question
from citing_app.workflows.evaluation.judge.comparing import ensure_answered, judge_of
from citing_app.workflows.evaluation.judge.judging import Case, Manner, judge_questions
from citing_app.workflows.students import JUDGE, REFERENCE, adapter_of, reward_model_of, round_with_adapter
from citing_app.workflows.studio import Studio

BETA = 0.1
"""How much a preference round's log-ratio counts, as where it was trained (arXiv 2305.18290)."""


@dataclass(frozen=True)
class Answered:
    """A text to be scored: the instruction that it answers, the answers that are accepted of that, and its `rival`.

    That is what the same student drafts when nothing is drawn, empty where the reward compares with nothing.
    """

    instruction: Instruction
    text: str
    accepted: Sequence[str]
    rival: str = ""


Keep = Callable[[Mapping[int, float]], None]
"""Takes values as they come, by the places of the candidates that they are of."""


class Reward(ABC):
    """Says how good texts are; the higher, the better. `name` is what it is asked for and kept by.

    One that `asks_student` needs the device for each batch of `at_once` candidates; one that `compares` wants a rival.
    `reads` is how often the student reads each text for it.
    """

    name: str
    asks_student: ClassVar[bool] = False
    reads: ClassVar[int] = 0
    compares: ClassVar[bool] = False
    at_once: ClassVar[int] = 32

    @abstractmethod
    def basis(self, one: Answered) -> str:
        """What the score of this text depends on besides it: where that changes, it is scored again."""

    @abstractmethod
    def score(self, candidates: Sequence[Answered], job: Job, keep: Keep) -> None:
        """Hand over a value for each candidate that has one. Raises Cancelled, and CitingError as who is asked."""


@dataclass(frozen=True)
class Likeness(Reward):
    """ROUGE-L F1 against the accepted answer that is nearest, in [0, 1].

    It optimises what evaluations report, so a gain in ROUGE-L after it is no proof of better answers.
    """

    name: str = REFERENCE

    def basis(self, one: Answered) -> str:
        return basis("rouge_l", one.accepted)

    def score(self, candidates: Sequence[Answered], job: Job, keep: Keep) -> None:
        keep({at: best(rouge_l, one.text, one.accepted) for at, one in enumerate(candidates) if one.accepted})


@dataclass(frozen=True)
class Implicit(Reward):
    """β · (log π(y|x) − log π_ref(y|x)) of a round and its parent (DPO, arXiv 2305.18290, equation 5, but for Z(x)).

    It means a reward where the round learned pairs of a better and a worse text; Z(x) is the same for all candidates
    of an instruction.
    """

    asks_student, reads = True, 2
    name: str
    student: Student
    policy: Path
    reference: Path | None
    rests_on: str

    def basis(self, one: Answered) -> str:
        return self.rests_on

    def score(self, candidates: Sequence[Answered], job: Job, keep: Keep) -> None:
        pairs = _pairs(candidates)
        policy, reference = (
            self.student.likelihoods(pairs, adapter=adapter, cancelled=job.cancelled.is_set)
            for adapter in (self.policy, self.reference)
        )
        both = enumerate(zip(policy, reference, strict=True))
        keep({at: BETA * (its - before) for at, (its, before) in both if its is not None and before is not None})


@dataclass(frozen=True)
class Model(Reward):
    """The score of a reward model (arXiv 1706.03741)."""

    asks_student, reads = True, 1
    name: str
    student: Student
    adapter: Path
    rests_on: str

    def basis(self, one: Answered) -> str:
        return self.rests_on

    def score(self, candidates: Sequence[Answered], job: Job, keep: Keep) -> None:
        values = self.student.rewards(_pairs(candidates), adapter=self.adapter, cancelled=job.cancelled.is_set)
        keep({at: value for at, value in enumerate(values) if value is not None})


@dataclass(frozen=True)
class Judged(Reward):
    """How a judge compares a candidate with the same student's greedy draft: 1 where it wins, ½ for a tie, 0 where not.

    It is the mean over what a judge is asked (overall and the paper's three aspects), each asked in both orders as
    wherever a judge compares; orders that disagree are worth ½. The draft is a rival of about the candidates' strength,
    and the same one whatever was sampled: a reference answer would beat nearly all, and then all are alike. Two calls
    a candidate, through the ledger: bought once, within the spending limit. Where a reply cannot be read there is none.
    """

    compares = True
    at_once = 1_000_000
    name: str
    judge: Judge
    store: Store

    def basis(self, one: Answered) -> str:
        return exact_hash(Manner(self.judge).known_as.prompt_hash, one.rival)

    def score(self, candidates: Sequence[Answered], job: Job, keep: Keep) -> None:
        assert self.judge.model
        cases = [judged_case(one) for one in candidates]
        keep(
            {
                at: SCORES[found[0]]
                for at, case in enumerate(cases)
                if (found := by_rule(case.first.text, case.second.text))
            }
        )
        places: dict[int, tuple[int, int]] = {}  # of each question, its candidate's and which order it asks
        asked: list[Question] = []
        for at, case in enumerate(cases):
            for order, question in enumerate(judge_questions([case], Manner(self.judge))):
                places[id(question)] = (at, order)
                asked.append(question)
        said: dict[int, dict[int, Judgement]] = {}

        def keep_answers(answers: list[Answer]) -> None:
            complete: dict[int, float] = {}
            for answer in answers:
                at, order = places[id(answer.question)]
                if answer.outcome == "ok":
                    said.setdefault(at, {})[order] = answer.value
                    complete |= {at: _worth(said[at][0], said[at][1])} if len(said[at]) == 2 else {}
            keep(complete)

        ensure_answered(self.judge.name, ask_all(self.store, self.judge.model, asked, job, "judging", keep_answers))


def judged_case(one: Answered) -> Case:
    """What a judge compares: the candidate, then its rival."""
    return Case(one.instruction, _as_answer(one, one.text), _as_answer(one, one.rival))


def _as_answer(one: Answered, text: str) -> answers.Answer:
    return answers.Answer(exact_hash(text), "", one.instruction.hash, "draft", text, "", "")


def _worth(first_left: Judgement, first_right: Judgement) -> float:
    """What both orders say of the first answer, the mean over what was asked."""
    return fmean(SCORES[of_both(first_left.sides[one], first_right.sides[one])] for one in ASPECTS)


def reward_of(studio: Studio, name: str) -> Reward:
    """The reward of this name (`students.REWARD`). Raises CitingError where there is none."""
    if name.startswith(JUDGE):
        return Judged(name, judge_of(studio.judges, name.removeprefix(JUDGE)), studio.store)
    return Likeness() if name == REFERENCE else _of_round(studio, int(name))


def needs(name: str) -> list[int]:
    """The round whose adapter this reward uses."""
    return [int(name)] if name.isdecimal() else []


def _of_round(studio: Studio, number: int) -> Reward:
    """What a round says is good: a reward model by its scores, one that learned preferences by its likelihoods."""
    row, student = round_with_adapter(studio.store, number), studio.student
    named = student_identity(studio.chosen.given, studio.settings.cache_dir)
    if not is_student(row.kind):
        model = reward_model_of(studio, number)
        return Model(str(number), student, model, exact_hash(named, adapter_hash(model)))
    if not (row.kind in kinds() and kinds()[row.kind].prefers):
        raise CitingError(
            f"Round {number} learned no preferences, so it implies no reward; take a DPO, an APO or a reward round."
        )
    policy, reference = (adapter_of(studio, one) for one in (number, row.parent))
    assert policy is not None  # adapter_of gives none for the base model alone
    weights = [adapter_hash(policy), "" if reference is None else adapter_hash(reference)]
    return Implicit(str(number), student, policy, reference, exact_hash(named, *weights, str(BETA)))


def _pairs(candidates: Sequence[Answered]) -> list[tuple[list[Message], str]]:
    """Each candidate's prompt with its text."""
    return [(draft_messages(one.instruction.task), one.text) for one in candidates]
