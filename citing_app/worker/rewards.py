"""What a round by a reward learns from: a reward model's scores, or the likeness to the reference answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from citing_app.method.metrics import rouge_l
from citing_app.types import Message
from citing_app.worker.run import Run
from citing_app.worker.scorer import Scorer
from citing_app.worker.student import folder_of

Reward = Callable[[Sequence[Sequence[Message]], Sequence[str], Sequence[str]], list[float]]
"""(prompts, answers, references) → how good each answer is; the higher, the better."""


def reward_of(run: Run) -> Reward:
    """The reward that the round's spec names. Raises CitingError where that has changed or is no reward model."""
    spec = run.spec
    if spec.reward is None:
        return likeness
    scorer = Scorer(spec.student, folder_of(spec, spec.reward, run.directory.path), run.device, run.dtype)

    def scored(prompts: Sequence[Sequence[Message]], answers: Sequence[str], references: Sequence[str]) -> list[float]:
        rows = scorer.rows(list(zip(prompts, answers, strict=True)))
        size = spec.batch_size
        return [one for start in range(0, len(rows), size) for one in scorer.scores(rows[start : start + size])]

    return scored


def likeness(prompts: Sequence[Sequence[Message]], answers: Sequence[str], references: Sequence[str]) -> list[float]:
    """ROUGE-L F1 with the reference answer, in [0, 1]: what evaluations report, so better figures prove nothing."""
    return [rouge_l(answer, reference) for answer, reference in zip(answers, references, strict=True)]
