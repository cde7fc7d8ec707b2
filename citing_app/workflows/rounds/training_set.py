"""What a round learns, from the store: its rows, the decisions they were made from, and the rows that are held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from citing_app.errors import CitingError
from citing_app.kinds import kind_of
from citing_app.kinds.source import ANSWERS, COMPARED, PAIRS, RUBRIC_ANSWERS, SAMPLES, Source
from citing_app.method.compared_rows import held_apart, reward_rows, serves
from citing_app.method.identity import task_hash
from citing_app.method.parts import part_name, rows_of
from citing_app.method.samples import Fault, Samples, fault
from citing_app.method.training_rows import (
    TrainingRow,
    answer_rows,
    by_edit_size,
    prompt_hashes,
    rubric_answer_rows,
    training_rows,
    with_replay,
)
from citing_app.store import accepted_answers, candidates, instructions, learnable, rounds, rubrics
from citing_app.store.database import Cursor, Store
from citing_app.types import Instruction, Pair, Rubric
from citing_app.workflows.rounds.choices import Choices

VALIDATION_ROWS = 32
ROWS_ELSEWHERE = 64
"""Held-out rows of a data set that a person chose, at most: all of them are measured after each epoch."""
_ALL = 10_000_000
_WithRubrics = list[tuple[Instruction, Rubric | None]]
_ORDERS = {"sampled": "length", "edit_size": "given", "easy": "easy"}


@dataclass(frozen=True)
class Material:
    """`pairs` is how many accepted revisions (or answers) the `train` rows are made from; the rest goes to the spec.

    `with_candidates` is how many of them have sampled candidates, where those were chosen. Where there could be some,
    and every one that was written was `set_aside`, it says how many for which reason.
    """

    pairs: int
    train: list[TrainingRow]
    validation: list[TrainingRow]
    order: str = "length"
    epochs: int = 2
    learning_rate: float = 2e-4
    patience: int = 0
    validates_on: str = ""
    prompts: Mapping[str, str] = field(default_factory=dict)
    with_candidates: int = 0
    set_aside: SetAside | None = None


@dataclass(frozen=True)
class SetAside:
    """How many candidates of the parent were set aside, by reason: all there are. By `next_seed` it can draw others."""

    counts: Mapping[Fault, int]
    next_seed: int


def gather(store: Store, choices: Choices) -> Material:
    """The rows of a round with these choices; there may be none.

    Raises CitingError for a data set to validate on that is not held out, or has no answers in its dev part.
    """
    kind = kind_of(choices.kind)
    with store.read() as cursor:
        found, held_out = _FETCHED[kind.learns_from](cursor, choices)
        if choices.validate_on:
            elsewhere = rows_elsewhere(cursor, choices.validate_on)
            with_rubric = kind.drafts_with == "rubric"
            held_out = rubric_answer_rows(_rubrics(cursor, elsewhere)) if with_rubric else answer_rows(elsewhere)
        rows = kind.rows(found, choices)
        if choices.replay and rows:
            rows = with_replay(rows, instructions.in_split(cursor, "train", _ALL), choices.replay, choices.seed)
        with_candidates = sum(bool(one.sampled) for one in found) if choices.candidates else 0
        lacks = with_candidates == 0 < len(found) if choices.candidates else kind.learns_from is SAMPLES and not found
        set_aside = _set_aside(cursor, choices, found) if lacks else None
    return Material(
        len(found),
        rows,
        held_out,
        order=_ORDERS[choices.order],
        epochs=choices.epochs or kind.epochs,
        learning_rate=choices.learning_rate or kind.learning_rate,
        patience=_patience(choices) if held_out else 0,
        validates_on=part_name(choices.validate_on, "dev") if choices.validate_on else "",
        prompts=prompt_hashes(rows),
        with_candidates=with_candidates,
        set_aside=set_aside,
    )


def held_out_sets(store: Store) -> list[str]:
    """The data sets that rounds can be validated on: those that were imported only to be measured on."""
    with store.read() as cursor:
        return instructions.held_out_datasets(cursor)


def learned_criteria(store: Store) -> list[str]:
    """The criteria that a round can learn the edits of."""
    with store.read() as cursor:
        return learnable.criteria(cursor)


def ensure_held_out(store: Store, dataset: str) -> None:
    """Raises CitingError where no round can be validated on the data set."""
    with store.read() as cursor:
        rows_elsewhere(cursor, dataset)


def rows_elsewhere(cursor: Cursor, dataset: str) -> list[Instruction]:
    """The rows of a held-out data set that a round is validated on: of its dev part, for by them is chosen.

    Raises CitingError for a data set that is not held out, or without answers there.
    """
    if dataset not in [name for name, *_ in instructions.datasets(cursor)]:
        raise CitingError(f"There is no data set {dataset}.")
    if dataset not in instructions.held_out_datasets(cursor):
        raise CitingError(
            f"“{dataset}” is not a held-out data set, so rounds may learn its rows. Validate on one that was imported "
            "only to measure on."
        )
    rows = rows_of(instructions.never_trained(cursor, dataset, _ALL), "dev", ROWS_ELSEWHERE)
    if not rows:
        raise CitingError(f"There are no reference answers to validate on in the dev part of {dataset}.")
    return rows


def _patience(choices: Choices) -> int:
    """Whoever names rows to validate on wants training to stop by them."""
    if choices.patience is not None:
        return choices.patience
    return max(kind_of(choices.kind).patience, 1 if choices.validate_on else 0)


def _pairs(cursor: Cursor, choices: Choices) -> tuple[list[Pair], list[TrainingRow]]:
    """Accepted revisions; held out are validation answers and imported pairs."""
    named = choices.decisions is not None  # by a curriculum, which may meet what a single round has learned
    limit = None if choices.criterion else choices.items
    pairs = learnable.pairs(cursor, limit, choices.decisions, named or choices.adapter == "new")
    if choices.criterion:
        pairs = [pair for pair in pairs if serves(pair, choices.criterion)][: choices.items]
    if choices.candidates:
        pairs = _with_candidates(cursor, pairs, choices.parent, choices.candidates)
    learned = rounds.learned_answers(cursor, choices.parent)
    held_out = training_rows(learnable.held_out_pairs(cursor, VALIDATION_ROWS, learned), "revise")
    return by_edit_size(pairs) if choices.order == "edit_size" else pairs, _held_out(cursor, learned) + held_out


def _answers(cursor: Cursor, choices: Choices) -> tuple[list[Instruction], list[TrainingRow]]:
    """Train answers, held out are those of the validation split; or both are learned, as the paper does."""
    answered = instructions.in_split(cursor, "train", choices.items or _ALL)
    found = [one for one in answered if _is_named(one, choices)]
    if choices.with_validation:
        return found + instructions.in_split(cursor, "validation", _ALL), []
    return found, _held_out(cursor, rounds.learned_answers(cursor, choices.parent))


def _rubric_answers(cursor: Cursor, choices: Choices) -> tuple[_WithRubrics, list[TrainingRow]]:
    """Train answers and their rubrics; held out are those of the validation split, asked in the same way."""
    answered = instructions.in_split(cursor, "train", choices.items or _ALL)
    found = [one for one in answered if _is_named(one, choices)]
    held_out = _validation_answers(cursor, rounds.learned_answers(cursor, choices.parent))
    return _rubrics(cursor, found), rubric_answer_rows(_rubrics(cursor, held_out))


def _rubrics(cursor: Cursor, rows: Sequence[Instruction]) -> _WithRubrics:
    rubric_of = rubrics.of_instructions(cursor, [row.id for row in rows])
    return [(row, rubric_of[row.id]) for row in rows]


def _samples(cursor: Cursor, choices: Choices) -> tuple[list[Samples], list[TrainingRow]]:
    """What the parent itself wrote and the reward has scored; held out are validation answers."""
    scored = candidates.scored(cursor, _weights(cursor, choices.parent), choices.reward, choices.items or _ALL)
    found = [one for one in scored if _is_named(one.instruction, choices)]
    return found, _held_out(cursor, rounds.learned_answers(cursor, choices.parent))


def _is_named(one: Instruction, choices: Choices) -> bool:
    return choices.instructions is None or one.hash in choices.instructions


def _with_candidates(cursor: Cursor, pairs: Sequence[Pair], parent: int | None, reward: str) -> list[Pair]:
    """The pairs, each with what the parent wrote to its instruction and the reward has scored."""
    found = {one.instruction.hash: one for one in candidates.scored(cursor, _weights(cursor, parent), reward, _ALL)}
    sampled = {hash: {text.text: text.score for text in one.candidates} for hash, one in found.items()}
    return [replace(pair, sampled=sampled.get(task_hash(pair.task), {})) for pair in pairs]


def _set_aside(cursor: Cursor, choices: Choices, pairs: Sequence[Pair]) -> SetAside | None:
    """Why the parent's candidates for these pairs, or what else is learned, have no score; None where one can."""
    among = [task_hash(pair.task) for pair in pairs] or choices.instructions
    wrote = candidates.written(cursor, _weights(cursor, choices.parent))
    written = [one for one in wrote if among is None or one.instruction_hash in among]
    accepted = accepted_answers.accepted(cursor, [one.instruction_hash for one in written])
    faults = [fault(one.text, one.is_cut, accepted.get(one.instruction_hash, ())) for one in written]
    counts = Counter(why for why in faults if why)
    return SetAside(counts, 1 + max(one.seed for one in written)) if faults and None not in faults else None


def _weights(cursor: Cursor, parent: int | None) -> str | None:
    """The sha256 of the parent's adapter, None for the base model; empty for a round that made none."""
    row = None if parent is None else rounds.get(cursor, parent)
    return None if parent is None else ((row and row.result) or {}).get("adapter_hash", "")


def _compared(cursor: Cursor, choices: Choices) -> tuple[list[Pair], list[TrainingRow]]:
    """Accepted revisions of most instructions; held out are those of the others, which no such round learns."""
    learned, held_out = held_apart(learnable.pairs(cursor, choices.items, choices.decisions, learned=True))
    return learned, reward_rows(held_out)


def _held_out(cursor: Cursor, learned: Sequence[str]) -> list[TrainingRow]:
    """Validation answers, but those that an SFT with the validation answers taught the adapter that is carried on."""
    return answer_rows(_validation_answers(cursor, learned))


def _validation_answers(cursor: Cursor, learned: Sequence[str]) -> list[Instruction]:
    return instructions.in_split(cursor, "validation", VALIDATION_ROWS, learned)


_FETCHED: Mapping[Source, Callable[[Cursor, Choices], tuple[Sequence[Any], list[TrainingRow]]]] = {
    PAIRS: _pairs,
    ANSWERS: _answers,
    RUBRIC_ANSWERS: _rubric_answers,
    SAMPLES: _samples,
    COMPARED: _compared,
}
"""What is learned from each source, and the rows that the loss is watched on."""
