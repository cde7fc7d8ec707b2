"""What a round teaches: accepted pairs as training rows (paper §3.2, equation 4, and the draft task beside it)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from citing_app.curriculum.prompts import draft_messages, revise_messages
from citing_app.types import Message, Objective, Pair

TrainingRow = dict[str, Any]
"""{"prompt": [messages], "completion": [messages], "task": "draft" | "revise", "decision": id}; see docs/rounds.md."""


def training_rows(pairs: Iterable[Pair], objective: Objective) -> list[TrainingRow]:
    """The rows of a round.

    `revise` is the paper's task, (instruction, rubric, draft) → revision; `draft` is instruction → revision;
    `both` is both, and the default: on a small student the paper's task alone made self-revisions worse.
    """
    return [row for pair in pairs for row in _rows(pair, objective)]


def answer_row(instruction: str, input: str, answer: str) -> TrainingRow:
    """The draft task on a reference answer: what validation loss is taken on."""
    return _row(draft_messages(instruction, input), answer, "draft")


def _rows(pair: Pair, objective: Objective) -> Iterator[TrainingRow]:
    learned = {"decision": pair.decision_id} if pair.decision_id else {}
    if objective in ("draft", "both"):
        yield _row(draft_messages(pair.instruction, pair.input), pair.revision, "draft") | learned
    if objective in ("revise", "both"):
        prompt = revise_messages(pair.instruction, pair.input, pair.rubric, pair.draft)
        yield _row(prompt, pair.revision, "revise") | learned


def _row(prompt: list[Message], completion: str, task: str) -> TrainingRow:
    return {"prompt": prompt, "completion": [{"role": "assistant", "content": completion}], "task": task}
