"""What a round learns, from the store: its rows, the decisions they were made from, and the rows that are held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from citing_app.method.training_rows import (
    TrainingRow,
    answer_rows,
    by_edit_size,
    prompt_hashes,
    training_rows,
    with_replay,
)
from citing_app.store import instructions, learnable, rounds
from citing_app.store.database import Cursor, Store
from citing_app.workflows.rounds.choices import Choices

VALIDATION_ROWS = 32
_ALL = 10_000_000
_SFT_EPOCHS, _SFT_PATIENCE = 3, 1
_ORDERS = {"sampled": "length", "edit_size": "given", "easy": "easy"}


@dataclass(frozen=True)
class Material:
    """`pairs` is how many accepted revisions (or answers) the `train` rows are made from; the rest goes to the spec."""

    pairs: int
    train: list[TrainingRow]
    validation: list[TrainingRow]
    order: str = "length"
    epochs: int = 2
    patience: int = 0
    prompts: Mapping[str, str] = field(default_factory=dict)


def gather(store: Store, choices: Choices) -> Material:
    """The rows of a round with these choices; there may be none."""
    with store.read() as cursor:
        return _answers(cursor, choices) if choices.kind == "sft" else _revisions(cursor, choices)


def _answers(cursor: Cursor, choices: Choices) -> Material:
    """SFT: the train answers with early stopping on the validation answers; or both, as the paper trains them."""
    found = instructions.in_split(cursor, "train", choices.items or _ALL)
    if choices.with_validation:
        found += instructions.in_split(cursor, "validation", _ALL)
        return Material(len(found), answer_rows(found), [], epochs=_SFT_EPOCHS)
    held_out = answer_rows(instructions.in_split(cursor, "validation", VALIDATION_ROWS))
    patience = _SFT_PATIENCE if held_out else 0
    return Material(len(found), answer_rows(found), held_out, epochs=_SFT_EPOCHS, patience=patience)


def _revisions(cursor: Cursor, choices: Choices) -> Material:
    named = choices.decisions is not None  # by a curriculum, which may meet what a single round has learned
    pairs = learnable.pairs(cursor, choices.items, choices.decisions, named or choices.adapter == "new")
    if choices.order == "edit_size":
        pairs = by_edit_size(pairs)
    rows = training_rows(pairs, choices.objective, weigh_changes=choices.tokens == "changed")
    if choices.replay and rows:
        rows = with_replay(rows, instructions.in_split(cursor, "train", _ALL), choices.replay, choices.seed)
    return Material(
        len(pairs), rows, _held_out(cursor, choices.parent), order=_ORDERS[choices.order], prompts=prompt_hashes(rows)
    )


def _held_out(cursor: Cursor, parent: int | None) -> list[TrainingRow]:
    """Validation rows, but what an SFT with the validation answers taught the adapter that is carried on."""
    learned = rounds.learned_answers(cursor, parent)
    answers = instructions.in_split(cursor, "validation", VALIDATION_ROWS, learned)
    return answer_rows(answers) + training_rows(learnable.held_out_pairs(cursor, VALIDATION_ROWS, learned), "revise")
