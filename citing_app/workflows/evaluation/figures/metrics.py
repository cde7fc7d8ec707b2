"""What is measured of each answer, and what people call it: a metric is a line in each of two tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from citing_app.method.evaluation.intervals import Estimate
from citing_app.method.evaluation.turning import Direction, direction
from citing_app.method.metrics import best, distinct_2, exact_match, length, rouge_l, token_f1, unchanged
from citing_app.method.options import contains_answer
from citing_app.method.prompts import question_text
from citing_app.models.student import Student
from citing_app.store.answers import AnswerKind
from citing_app.types import Instruction, Message

SIMILARITY = "similarity"
"""The inner product of the embeddings of an answer and the nearest accepted one: a batch asks the embedder."""
LOSS, FORGETTING = "loss", "forgetting"
"""The loss of the reference answer, on the test set, and on the rows that the SFT round learned."""
KL = "kl"
"""The divergence from the base model's predictions of the reference answer, per token."""
WIN_RATE = "win_rate"
"""The win rate against SFT, which stands among the metrics though a judge says it."""
BOTH: tuple[AnswerKind, ...] = ("draft", "self-revision")


@dataclass(frozen=True)
class Text:
    """A text that a model wrote for an instruction, the answers that are accepted, and the draft that it revised."""

    text: str
    instruction: Instruction
    accepted: Sequence[str]
    draft: str | None = None


@dataclass(frozen=True)
class Metric:
    """A value of a text; `by_reference`: it depends on the accepted answers, of which there is one at least."""

    score: Callable[[Text], float]
    by_reference: bool = False
    kinds: tuple[AnswerKind, ...] = BOTH


def _best(score: Callable[[str, str], float]) -> Metric:
    """The highest value over all accepted answers."""
    return Metric(lambda text: best(score, text.text, text.accepted), by_reference=True)


def _contains(text: Text) -> float:
    return contains_answer(text.text, text.accepted, question_text(text.instruction.task))


METRICS: Mapping[str, Metric] = {
    "rouge_l": _best(rouge_l),
    "token_f1": _best(token_f1),
    "exact_match": _best(exact_match),
    "contains": Metric(_contains, by_reference=True),
    "length": Metric(lambda text: length(text.text)),
    "distinct_2": Metric(lambda text: distinct_2(text.text)),
    "unchanged": Metric(lambda text: unchanged(text.text, text.draft or ""), kinds=("self-revision",)),
}
"""Metrics of a text, by name, in the order that they are shown in."""

Pairs = Sequence[tuple[Sequence[Message], str]]
"""Prompts with their reference answers."""


@dataclass(frozen=True)
class Likelihood:
    """A value of a model for each reference answer, asked of the student; None where one is too long to read."""

    ask: Callable[[Student, Pairs, Path | None, float, Callable[[], bool]], Sequence[float | None]]
    """Of a student, the pairs, an adapter and its strength; what it is asked last is whether it was cancelled."""
    of_base: bool = True
    """Whether the base model has one."""


def _losses(
    student: Student, pairs: Pairs, adapter: Path | None, strength: float, cancelled: Callable[[], bool]
) -> Sequence[float | None]:
    return student.losses(pairs, adapter=adapter, strength=strength, cancelled=cancelled)


def _divergences(
    student: Student, pairs: Pairs, adapter: Path | None, strength: float, cancelled: Callable[[], bool]
) -> Sequence[float | None]:
    return student.divergences(pairs, adapter=adapter, strength=strength, cancelled=cancelled)


LIKELIHOODS: Mapping[str, Likelihood] = {LOSS: Likelihood(_losses), KL: Likelihood(_divergences, of_base=False)}
"""Likelihoods by name."""
HIGHER_IS_BETTER = frozenset({"rouge_l", "token_f1", "exact_match", "contains", SIMILARITY})
LOWER_IS_BETTER = frozenset({LOSS, FORGETTING})
"""Of the other metrics (length, repetition, divergence) neither more nor less is better by itself."""


def says(difference: Estimate, metric: str) -> Direction | None:
    """What a paired difference of this metric says; None where neither more nor less is better."""
    if metric not in HIGHER_IS_BETTER | LOWER_IS_BETTER:
        return None
    return direction(difference, metric in LOWER_IS_BETTER)


class MetricName(TypedDict):
    """What people call a metric, and what it is."""

    name: str
    about: str


def _named(name: str, about: str) -> MetricName:
    return {"name": name, "about": about}


NAMED: Mapping[str, MetricName] = {
    "rouge_l": _named("ROUGE-L", "F1 of the longest common subsequence of words; higher is better"),
    "token_f1": _named("token F1", "F1 of the words that both texts have, in any order; higher is better"),
    "exact_match": _named("exact match", "the share of answers with the same words in the same order"),
    "contains": _named("contains an accepted answer", "the share of answers in which one stands, and no other option"),
    SIMILARITY: _named("embedding similarity", "how near in meaning, by the embedder; higher is better"),
    "length": _named("length", "in words, or in characters where a script is written without spaces"),
    "distinct_2": _named("distinct-2", "the share of different pairs of neighbouring words; 1 repeats nothing"),
    "unchanged": _named("unchanged self-revisions", "the share that only repeats its draft"),
    WIN_RATE: _named("win rate against SFT", "wins and half of what has no winner, over the valid comparisons"),
    LOSS: _named("loss of the reference answer", "negative log-likelihood per token, in nats; lower is better"),
    FORGETTING: _named("loss on the SFT rows", "it rises where a model forgets what SFT taught; lower is better"),
    KL: _named("KL to the base per token", "how far the predictions are from the base model's, in nats"),
}
"""The metrics in the order that they are shown in; of several accepted answers the best counts."""
ORDER = (*NAMED,)


def named(metric: str) -> MetricName:
    """What a metric is called; one that is not known here has its own name."""
    return NAMED.get(metric) or _named(metric, "")


def place(metric: str) -> int:
    """Where a metric stands among all: those not known here come last."""
    return ORDER.index(metric) if metric in NAMED else len(ORDER)
