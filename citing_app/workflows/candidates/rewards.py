"""Rewards: what says how good a candidate is. This is the one list of them; another is a class and a line below."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from citing_app.errors import CitingError
from citing_app.kinds import is_student, kinds
from citing_app.method.identity import exact_hash
from citing_app.method.metrics import basis, best, rouge_l
from citing_app.method.prompts import draft_messages
from citing_app.models.names import student_identity
from citing_app.models.student import Student
from citing_app.rounds.adapter import adapter_hash
from citing_app.types import Instruction, Message
from citing_app.workflows.students import REFERENCE, adapter_of, reward_model_of, round_with_adapter
from citing_app.workflows.studio import Studio

BETA = 0.1
"""How much a preference round's log-ratio counts, as where it was trained (arXiv 2305.18290)."""


@dataclass(frozen=True)
class Answered:
    """A text to be scored: the instruction that it answers, and the answers that are accepted of that."""

    instruction: Instruction
    text: str
    accepted: Sequence[str]


class Reward(ABC):
    """Says how good texts are; the higher, the better. `name` is what it is asked for and kept by.

    One that `asks_student` needs the device for each batch.
    """

    name: str
    asks_student: ClassVar[bool] = False

    @abstractmethod
    def basis(self, one: Answered) -> str:
        """What the score of this text depends on besides it: where that changes, it is scored again."""

    @abstractmethod
    def score(self, candidates: Sequence[Answered], cancelled: Callable[[], bool]) -> list[float | None]:
        """A value for each candidate; None where there is none. Raises Cancelled, and CitingError as the student."""


@dataclass(frozen=True)
class Likeness(Reward):
    """ROUGE-L F1 against the accepted answer that is nearest, in [0, 1].

    It optimises what evaluations report, so a gain in ROUGE-L after it is no proof of better answers.
    """

    name: str = REFERENCE

    def basis(self, one: Answered) -> str:
        return basis("rouge_l", one.accepted)

    def score(self, candidates: Sequence[Answered], cancelled: Callable[[], bool]) -> list[float | None]:
        return [best(rouge_l, one.text, one.accepted) if one.accepted else None for one in candidates]


@dataclass(frozen=True)
class Implicit(Reward):
    """β · (log π(y|x) − log π_ref(y|x)) of a round and its parent (DPO, arXiv 2305.18290, equation 5, but for Z(x)).

    It means a reward where the round learned pairs of a better and a worse text; Z(x) is the same for all candidates
    of an instruction.
    """

    asks_student = True
    name: str
    student: Student
    policy: Path
    reference: Path | None
    rests_on: str

    def basis(self, one: Answered) -> str:
        return self.rests_on

    def score(self, candidates: Sequence[Answered], cancelled: Callable[[], bool]) -> list[float | None]:
        pairs = _pairs(candidates)
        policy, reference = (
            self.student.likelihoods(pairs, adapter=adapter, cancelled=cancelled)
            for adapter in (self.policy, self.reference)
        )
        return [
            None if its is None or before is None else BETA * (its - before)
            for its, before in zip(policy, reference, strict=True)
        ]


@dataclass(frozen=True)
class Model(Reward):
    """The score of a reward model (arXiv 1706.03741)."""

    asks_student = True
    name: str
    student: Student
    adapter: Path
    rests_on: str

    def basis(self, one: Answered) -> str:
        return self.rests_on

    def score(self, candidates: Sequence[Answered], cancelled: Callable[[], bool]) -> list[float | None]:
        return self.student.rewards(_pairs(candidates), adapter=self.adapter, cancelled=cancelled)


def reward_of(studio: Studio, name: str) -> Reward:
    """The reward of this name (`students.REWARD`). Raises CitingError for a round that can say none."""
    return Likeness() if name == REFERENCE else _of_round(studio, int(name))


def needs(name: str) -> list[int]:
    """The round whose adapter this reward uses."""
    return [] if name == REFERENCE else [int(name)]


def _of_round(studio: Studio, number: int) -> Reward:
    """What a round says is good: a reward model by its scores, one that learned preferences by its likelihoods."""
    row, student = round_with_adapter(studio.store, number), studio.student
    named = student_identity(studio.settings.student, studio.settings.cache_dir)
    if not is_student(row.kind):
        model = reward_model_of(studio.store, studio.rounds_folder, number)
        return Model(str(number), student, model, exact_hash(named, adapter_hash(model)))
    if not (row.kind in kinds() and kinds()[row.kind].prefers):
        raise CitingError(
            f"Round {number} learned no preferences, so it implies no reward; take a DPO, an APO or a reward round."
        )
    policy, reference = (adapter_of(studio.store, studio.rounds_folder, one) for one in (number, row.parent))
    assert policy is not None  # adapter_of gives none for the base model alone
    weights = [adapter_hash(policy), "" if reference is None else adapter_hash(reference)]
    return Implicit(str(number), student, policy, reference, exact_hash(named, *weights, str(BETA)))


def _pairs(candidates: Sequence[Answered]) -> list[tuple[list[Message], str]]:
    """Each candidate's prompt with its text."""
    return [(draft_messages(one.instruction.text, one.instruction.input), one.text) for one in candidates]
