"""Which models a model is compared with: the base, the SFT round that it descends from, and the round before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from citing_app.store.answers import Model
from citing_app.store.rounds import ListedRow
from citing_app.workflows.student_choice import is_base

Relation = Literal["base", "sft", "before"]
SFT = "sft"
"""The kind of round that the paper's algorithm begins with (§3.1)."""


class Lineage:
    """The rounds and their parents, and the models that have answered."""

    def __init__(self, rounds: Sequence[ListedRow], models: Sequence[Model] = ()) -> None:
        self._rounds = {row.number: row for row in rounds}
        self._models = {(one.student, one.round): one for one in models if one.round is not None or is_base(one.name)}

    def sft_of(self, number: int) -> int | None:
        """The SFT round that this round is, or descends from most nearly; None where there is none."""
        return next((one for one in (number, *self._ancestors(number)) if self._is_sft(one)), None)

    def others(self, model: Model) -> dict[Relation, Model]:
        """The models to compare with: those of the same student that have answered."""
        if model.round is None:
            return {}
        before = next(self._ancestors(model.round), None)
        sft = next((one for one in self._ancestors(model.round) if self._is_sft(one)), None)
        wanted: dict[Relation, int | None] = {"base": None}
        wanted |= {} if sft is None else {"sft": sft}
        wanted |= {} if before is None else {"before": before}
        found = {relation: self._models.get((model.student, number)) for relation, number in wanted.items()}
        return {relation: other for relation, other in found.items() if other is not None}

    def _ancestors(self, number: int) -> Iterator[int]:
        """The rounds that this one goes on from, nearest first."""
        while (row := self._rounds.get(number)) is not None and row.parent is not None:
            number = row.parent
            yield number

    def _is_sft(self, number: int) -> bool:
        return number in self._rounds and self._rounds[number].kind == SFT
