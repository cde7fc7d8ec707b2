"""How each student is asked for a draft: as it learned, with the instruction alone or with its rubric in view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citing_app.kinds import kinds
from citing_app.kinds.kind import DraftsWith
from citing_app.method.prompts import draft_messages, draft_prompt_hash, rubric_draft_messages, rubric_prompt_hash
from citing_app.rounds.spec import BLEND
from citing_app.store import rounds, rubrics
from citing_app.store.database import Store
from citing_app.types import Instruction, Message, Rubric


@dataclass(frozen=True)
class DraftPrompt:
    """What a student is shown, the hash of the prompt's file (an instruction alone has none), and the rubric in it."""

    messages: list[Message]
    hash: str
    rubric: Rubric | None = None


def drafts_with(store: Store, number: int | None) -> DraftsWith:
    """What a round's student is shown, or the base model (None); a blend what the round is shown that it is made of.

    How an imported adapter was trained nobody knows: it is shown the instruction alone.
    """
    with store.read() as cursor:
        row = None if number is None else rounds.get(cursor, number)
        while row is not None and row.kind == BLEND and row.parent is not None:
            row = rounds.get(cursor, row.parent)
    return kinds()[row.kind].drafts_with if row is not None and row.kind in kinds() else "instruction"


def draft_prompts(store: Store, number: int | None, rows: Sequence[Instruction]) -> Mapping[str, DraftPrompt]:
    """How the student of this round is asked for a draft of each row, by its hash; a plain rubric where none fits."""
    if drafts_with(store, number) == "instruction":
        return {row.hash: DraftPrompt(draft_messages(row.task), draft_prompt_hash(row.task)) for row in rows}
    with store.read() as cursor:
        rubric_of = rubrics.of_instructions(cursor, [row.id for row in rows])
    return {row.hash: _with_rubric(row, rubric_of[row.id]) for row in rows}


def _with_rubric(row: Instruction, rubric: Rubric | None) -> DraftPrompt:
    messages = rubric_draft_messages(row.task, rubric)
    return DraftPrompt(messages, rubric_prompt_hash("student_answer", rubric, row.task), rubric)
