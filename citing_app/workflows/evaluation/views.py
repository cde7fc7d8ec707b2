"""What pages, commands and reports are shown of test sets and figures."""

from __future__ import annotations

from typing import TypedDict

from citing_app.workflows.evaluation.lineage import Relation


class SetView(TypedDict):
    """A frozen list of `n` instructions; `learned_by` is the SFT round whose own rows they are, None for a test set."""

    hash: str
    name: str
    dataset: str | None
    learned_by: int | None
    n: int
    frozen_at: str


class DifferenceView(TypedDict):
    """How much more a model's mean is than another's on the `n` rows that both have.

    `to` says what the other is to the model, `unshared` how many rows one of the two has and the other has not: with
    any, the two means are of different rows.
    """

    to: Relation
    model: str
    key: str
    mean: float
    low: float | None
    high: float | None
    n: int
    unshared: int


class FigureView(TypedDict):
    """The mean of one metric of one model over `n` rows, with its 95 % interval, which takes two rows.

    `answer` is the kind of answer. `key` and `test_set` are hashes; None in a mean without rows, of which `note` says
    so. Differences are to the base, to the SFT round and to the round before, where those were measured.
    """

    model: str
    key: str | None
    round: int | None
    dataset: str
    test_set: str | None
    answer: str
    name: str
    value: float
    low: float | None
    high: float | None
    n: int
    differences: list[DifferenceView]
    note: str


class ModelView(TypedDict):
    """A model that has answered."""

    key: str
    name: str
    round: int | None
    student: str
    adapter_hash: str | None


class FiguresView(TypedDict):
    """All that was measured on a test set."""

    test_set: SetView
    models: list[ModelView]
    figures: list[FigureView]


class EvaluationView(TypedDict):
    """What an evaluation comes to, on the first `items` rows of a test set of `n`.

    `written` are the answers that were not there before, `notes` what could not be measured and why.
    """

    test_set: str
    dataset: str
    items: int
    written: int
    metrics: list[FigureView]
    notes: list[str]
