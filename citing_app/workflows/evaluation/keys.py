"""What makes two answers the same answer: the hash over everything that made it."""

from __future__ import annotations

from citing_app.method.identity import exact_hash
from citing_app.store.answers import AnswerKind
from citing_app.types import Rubric


def model_key(student: str, adapter_hash: str | None, strength: float = 1.0) -> str:
    """The key of a model: its student's weights, by name, and its adapter's, by their sha256 (None: none).

    An adapter at strength 0 is the base model, and so has its key.
    """
    weights = adapter_hash if adapter_hash and strength else ""
    return exact_hash(student, weights, *([str(float(strength))] if weights and strength != 1 else []))


def answer_key(
    model: str,
    instruction_hash: str,
    kind: AnswerKind,
    prompt_hash: str,
    decoding: str,
    rubric: Rubric | None = None,
    draft: str = "",
) -> str:
    """The key of the text that `model` (a key) writes; `draft` is the text that a self-revision revises.

    A category's name and its rubric's version name the criteria: a version is never changed.
    """
    category, version = (rubric.category, str(rubric.version)) if rubric else ("", "")
    return exact_hash(model, instruction_hash, kind, prompt_hash, decoding, category, version, draft)
