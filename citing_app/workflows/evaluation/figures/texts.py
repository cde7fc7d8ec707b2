"""The texts behind a figure: a model's answers beside another's, those that fall behind most first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.method.diff import diff
from citing_app.store import accepted_answers, answers, figures, instructions, test_sets
from citing_app.store.answers import Answer, AnswerKind
from citing_app.store.database import Cursor, Store
from citing_app.types import Instruction
from citing_app.workflows.evaluation.figures.metrics import LOWER_IS_BETTER
from citing_app.workflows.evaluation.requests import OWN_DRAFT, Texts


class TextView(TypedDict):
    """One instruction with the answer of the model (`mine`) and the one that it is set against (`theirs`).

    `gain` is by how much `mine` is better: the difference of the two values, turned so that more is better. `parts`
    lead from `theirs` to `mine`: a stretch of both texts each, the same where nothing changed.
    """

    hash: str
    turns: list[dict[str, str]]
    instruction: str
    input: str
    accepted: list[str]
    category: str | None
    mine: str
    theirs: str | None
    value: float
    other: float | None
    gain: float | None
    parts: list[tuple[str, str]]


class TextsView(TypedDict):
    """A stretch of the `n` instructions that have such answers."""

    n: int
    rows: list[TextView]


@dataclass(frozen=True)
class _Row:
    """One instruction's two answers, with the values of the metric that they are ordered by."""

    hash: str
    mine: Answer
    theirs: Answer | None
    value: float
    other: float | None

    def gain(self, sign: float) -> float | None:
        return None if self.other is None else sign * (self.value - self.other)


def texts(store: Store, asked: Texts) -> TextsView:
    """The texts behind a point of a chart. Raises CitingError for an unknown test set.

    They come in the order of what the model gained over the other, the greatest loss first (`worst`) or the greatest
    gain; without another, in the order of the value.
    """
    sign = -1.0 if asked.metric in LOWER_IS_BETTER else 1.0
    with store.read() as cursor:
        if asked.test_set not in {one.hash for one in test_sets.everything(cursor)}:
            raise CitingError("There is no test set of this name.")
        rows = _rows(cursor, asked, test_sets.hashes(cursor, asked.test_set))
        rows.sort(key=lambda row: _rank(row, sign), reverse=not asked.worst)
        shown = rows[asked.place : asked.place + asked.limit]
        return {"n": len(rows), "rows": _views(cursor, shown, sign)}


def _rank(row: _Row, sign: float) -> tuple[float, str]:
    gain = row.gain(sign)
    return sign * row.value if gain is None else gain, row.hash


def _rows(cursor: Cursor, asked: Texts, hashes: Sequence[str]) -> list[_Row]:
    values = _values(cursor, hashes, asked.metric)
    mine = answers.of_model(cursor, asked.model, asked.kind, hashes)
    measured = values.get((asked.model, asked.kind), {})
    other_kind: AnswerKind = "draft" if asked.against == OWN_DRAFT else asked.kind
    other_model = asked.model if asked.against == OWN_DRAFT else asked.against
    theirs = answers.of_model(cursor, other_model, other_kind, hashes) if asked.against else {}
    others = values.get((other_model, other_kind), {})
    both = [hash for hash in hashes if hash in mine and hash in measured and (not asked.against or hash in theirs)]
    return [_Row(hash, mine[hash], theirs.get(hash), measured[hash], others.get(hash)) for hash in both]


def _values(cursor: Cursor, hashes: Sequence[str], metric: str) -> dict[tuple[str, AnswerKind], dict[str, float]]:
    """By model and kind of answer, the metric's value for each instruction."""
    return {
        (one.model, one.kind): {hashes[at]: value for at, value in zip(one.places, one.values.tolist(), strict=True)}
        for one in figures.series(cursor, hashes, [metric])
    }


def _views(cursor: Cursor, rows: Sequence[_Row], sign: float) -> list[TextView]:
    hashes = [row.hash for row in rows]
    ids = instructions.known_hashes(cursor, hashes)
    tasks = {one.hash: one for one in instructions.get(cursor, list(ids.values()))}
    categories = instructions.rubric_categories(cursor, list(ids.values()))
    accepted = accepted_answers.accepted(cursor, hashes)
    return [_view(row, tasks[row.hash], accepted, categories, sign) for row in rows if row.hash in tasks]


def _view(
    row: _Row,
    task: Instruction,
    accepted: Mapping[str, Sequence[str]],
    categories: Mapping[int, str | None],
    sign: float,
) -> TextView:
    theirs = row.theirs.text if row.theirs else None
    parts = [] if theirs is None else [(part.before, part.after) for part in diff(theirs, row.mine.text)]
    return {
        "hash": row.hash,
        "turns": [asdict(turn) for turn in task.turns],
        "instruction": task.text,
        "input": task.input,
        "accepted": list(accepted.get(row.hash, ())),
        "category": categories.get(task.id),
        "mine": row.mine.text,
        "theirs": theirs,
        "value": row.value,
        "other": row.other,
        "gain": row.gain(sign),
        "parts": parts,
    }
