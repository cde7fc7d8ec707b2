"""What a round learns, from the store: its rows, the decisions they were made from, and the rows that are held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from citing_app.kinds import kind_of
from citing_app.kinds.source import ANSWERS, COMPARED, PAIRS, Source
from citing_app.method.compared_rows import held_apart, reward_rows
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
from citing_app.types import Instruction, Pair
from citing_app.workflows.rounds.choices import Choices

VALIDATION_ROWS = 32
_ALL = 10_000_000
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
    kind = kind_of(choices.kind)
    with store.read() as cursor:
        found, held_out = _FETCHED[kind.learns_from](cursor, choices)
        rows = kind.rows(found, choices)
        if choices.replay and rows:
            rows = with_replay(rows, instructions.in_split(cursor, "train", _ALL), choices.replay, choices.seed)
    return Material(
        len(found),
        rows,
        held_out,
        order=_ORDERS[choices.order],
        epochs=kind.epochs,
        patience=kind.patience if held_out else 0,
        prompts=prompt_hashes(rows),
    )


def _pairs(cursor: Cursor, choices: Choices) -> tuple[list[Pair], list[TrainingRow]]:
    """Accepted revisions; held out are validation answers and imported pairs."""
    named = choices.decisions is not None  # by a curriculum, which may meet what a single round has learned
    pairs = learnable.pairs(cursor, choices.items, choices.decisions, named or choices.adapter == "new")
    learned = rounds.learned_answers(cursor, choices.parent)
    held_out = training_rows(learnable.held_out_pairs(cursor, VALIDATION_ROWS, learned), "revise")
    return by_edit_size(pairs) if choices.order == "edit_size" else pairs, _held_out(cursor, learned) + held_out


def _answers(cursor: Cursor, choices: Choices) -> tuple[list[Instruction], list[TrainingRow]]:
    """Train answers, held out are those of the validation split; or both are learned, as the paper does."""
    found = instructions.in_split(cursor, "train", choices.items or _ALL)
    if choices.with_validation:
        return found + instructions.in_split(cursor, "validation", _ALL), []
    return found, _held_out(cursor, rounds.learned_answers(cursor, choices.parent))


def _compared(cursor: Cursor, choices: Choices) -> tuple[list[Pair], list[TrainingRow]]:
    """Accepted revisions of most instructions; held out are those of the others, which no such round learns."""
    learned, held_out = held_apart(learnable.pairs(cursor, choices.items, choices.decisions, learned=True))
    return learned, reward_rows(held_out)


def _held_out(cursor: Cursor, learned: Sequence[str]) -> list[TrainingRow]:
    """Validation answers, but those that an SFT with the validation answers taught the adapter that is carried on."""
    return answer_rows(instructions.in_split(cursor, "validation", VALIDATION_ROWS, learned))


_FETCHED: Mapping[Source, Callable[[Cursor, Choices], tuple[Sequence[Any], list[TrainingRow]]]] = {
    PAIRS: _pairs,
    ANSWERS: _answers,
    COMPARED: _compared,
}
"""What is learned from each source, and the rows that the loss is watched on."""
