"""Several answers of a student to one instruction, of which the best is learned (RAFT, arXiv 2304.06767)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal, TypedDict

from citing_app.method.metrics import distinct_2, length
from citing_app.method.training_rows import TrainingRow, answer_rows
from citing_app.types import Instruction

Fault = Literal["empty", "cut", "long"]
_LONG, _SHORT = 2.0, 30


@dataclass(frozen=True)
class Scored:
    """A candidate and what a reward says it is worth; the higher, the better."""

    text: str
    score: float


@dataclass(frozen=True)
class Samples:
    """The scored candidates of one instruction, one at least, in the order of their numbers; `reward` is its name."""

    instruction: Instruction
    reward: str
    candidates: Sequence[Scored]

    @property
    def best(self) -> Scored:
        """The candidate with the highest score, of equals the first."""
        return max(self.candidates, key=lambda one: one.score)

    @property
    def mean(self) -> float:
        """The mean score of all."""
        return fmean(one.score for one in self.candidates)


class SampleFigures(TypedDict):
    """What a round learns of samples, as means over its instructions.

    `reward_all` is of all candidates, `reward_best` of those that are learned; `length` (words) and `distinct_2` are of
    the learned texts, `distinct_2_together` of all of them together: it falls where they become alike.
    """

    instructions: int
    candidates: int
    reward: str
    reward_all: float
    reward_best: float
    length: float
    distinct_2: float
    distinct_2_together: float


def fault(text: str, is_cut: bool, accepted: Sequence[str]) -> Fault | None:
    """Why a candidate is set aside, before it is scored; None where it is not.

    `empty` is also what was only thought. `long` has more than 30 words and more than twice those of the longest
    accepted answer: a reward may like length for its own sake.
    """
    if is_cut:
        return "cut"
    if not text.strip():
        return "empty"
    most = _LONG * max(map(length, accepted), default=float("inf"))
    return "long" if length(text) > max(_SHORT, most) else None


def sample_rows(samples: Iterable[Samples]) -> list[TrainingRow]:
    """The draft task on the best candidate of each instruction, with what it was the best of."""
    return [_row(one) for one in samples]


def sample_figures(rows: Sequence[TrainingRow]) -> SampleFigures | None:
    """The figures of the rows that were made from samples; None where none was."""
    rows = [row for row in rows if "reward" in row]
    if not rows:
        return None
    rewards, texts = [row["reward"] for row in rows], [row["completion"][0]["content"] for row in rows]
    return {
        "instructions": len(rows),
        "candidates": sum(one["candidates"] for one in rewards),
        "reward": rewards[0]["name"],
        "reward_all": fmean(one["mean"] for one in rewards),
        "reward_best": fmean(one["best"] for one in rewards),
        "length": fmean(map(length, texts)),
        "distinct_2": fmean(map(distinct_2, texts)),
        "distinct_2_together": distinct_2(*texts),
    }


def _row(one: Samples) -> TrainingRow:
    (row,) = answer_rows([replace(one.instruction, output=one.best.text)])
    told = {"name": one.reward, "best": one.best.score, "mean": one.mean, "candidates": len(one.candidates)}
    return row | {"reward": told}
