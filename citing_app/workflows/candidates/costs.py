"""What a student's writing costs, in tokens that go through it: read and written alike (worker/budget.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from citing_app.errors import CitingError
from citing_app.method.prompts import draft_messages
from citing_app.models.names import resolve_student
from citing_app.models.token_counts import Row, at_most
from citing_app.rounds.spec import MAX_LENGTH
from citing_app.types import Instruction
from citing_app.workflows.studio import Studio


def tokens_of(studio: Studio, written: Iterable[tuple[Instruction, str]]) -> int:
    """The tokens of answers with their prompts."""
    rows = [
        {
            "prompt": draft_messages(instruction.task),
            "completion": [{"role": "assistant", "content": text}],
        }
        for instruction, text in written
    ]
    return tokens_of_rows(studio, rows)


def tokens_of_rows(studio: Studio, rows: Sequence[Row]) -> int:
    """The tokens of rows of a prompt and a completion; where the student's tokenizer is not here, at most so many."""
    try:
        student = resolve_student(studio.chosen.given, studio.settings.cache_dir)
        counted = studio.token_counts.of(student, rows, MAX_LENGTH)
    except CitingError:  # the bundled student is not prepared yet
        counted = None
    return sum(map(at_most, rows) if counted is None else counted)
