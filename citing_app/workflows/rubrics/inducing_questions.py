"""The questions of rubric induction: each prompt as a call to a teacher, with how its reply is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from citing_app.method import induction
from citing_app.method.induction import SCHEMAS, Category
from citing_app.method.prompts import prompt_hash
from citing_app.models.chat_model import Call
from citing_app.workflows.calls.questions import Purpose, Question

MAX_TOKENS = 4096
"""The most that a reply may take, thinking included: it bounds what one reply can cost."""


def propose_question(texts: Sequence[str], so_far: Sequence[Category], most: int) -> Question:
    """Which categories these instructions need: a list of Category."""
    return _question("propose", induction.propose_prompt(texts, so_far, most), induction.read_proposal)


def merge_question(proposed: Sequence[Category], known: Sequence[str], most: int) -> Question:
    """Which of the proposed categories are left: a list of Category."""
    prompt = induction.merge_prompt(proposed, most)
    return _question("merge", prompt, lambda reply: induction.read_merge(reply, proposed, known, most))


def sort_question(texts: Sequence[str], categories: Sequence[Category], again: bool) -> Question:
    """Where each instruction belongs: the category's number by the instruction's."""
    prompt = induction.sort_prompt(texts, categories, again)
    sizes = len(texts), len(categories)
    care = "sort_again" if again else "sort_first"
    return _question("sort", prompt, lambda reply: induction.read_sorting(reply, *sizes), "sort", care)


def rubric_question(category: Category, examples: Sequence[str]) -> Question:
    """The rubric of a category: a tuple of Criterion."""
    return _question("rubric", induction.rubric_prompt(category, examples), induction.read_rubric)


def category_question(texts: Sequence[str], categories: Sequence[Category]) -> Question:
    """The one category of these instructions: the number of one that is there, or a Category."""
    prompt = induction.category_prompt(texts, categories)
    return _question(
        "propose", prompt, lambda reply: induction.read_category(reply, len(categories)), "category", schema="category"
    )


def _question(
    purpose: Purpose, prompt: str, read: Callable[[str], Any], *files: str, schema: str | None = None
) -> Question:
    call = Call(({"role": "user", "content": prompt},), MAX_TOKENS, SCHEMAS[schema or purpose])
    return Question(purpose, call, prompt_hash(*(files or (purpose,))), read)
