"""What a round learns, from the store: its rows, the decisions they were made from, and the rows that are held out."""

from __future__ import annotations

from dataclasses import dataclass

from citing_app.curriculum.lesson import TrainingRow, answer_row, training_rows
from citing_app.errors import CitingError
from citing_app.store import instructions, items
from citing_app.store.database import Store
from citing_app.workflows.choices import Choices

VALIDATION_ROWS = 32


@dataclass(frozen=True)
class Material:
    """`pairs` is how many accepted revisions (or train answers) the `train` rows are made from."""

    pairs: int
    train: list[TrainingRow]
    validation: list[TrainingRow]


def gather(store: Store, choices: Choices) -> Material:
    """The rows of a round with these choices; there may be none.

    Raises CitingError for choices that this version cannot gather.
    """
    _ensure_built(choices)
    with store.read() as cursor:
        pairs = items.untrained_pairs(cursor, choices.items)
        answers = instructions.in_split(cursor, "validation", VALIDATION_ROWS)
        held_out = items.held_out_pairs(cursor, VALIDATION_ROWS)
    validation = [answer_row(row.text, row.input, row.output) for row in answers]
    return Material(len(pairs), training_rows(pairs, choices.objective), validation + training_rows(held_out, "revise"))


def _ensure_built(choices: Choices) -> None:
    plain = Choices(objective=choices.objective, items=choices.items, parent=choices.parent, seed=choices.seed)
    if choices != plain:
        raise CitingError("This round's choices cannot be trained yet.")
