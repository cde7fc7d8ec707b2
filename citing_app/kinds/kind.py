"""What a kind of round has to say of itself. `citing.py` and `sft.py` are models for a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from citing_app.kinds.package import Package
from citing_app.kinds.source import Source
from citing_app.method.training_rows import TrainingRow
from citing_app.types import Objective

Choice = Literal[
    "objective",
    "adapter",
    "replay",
    "tokens",
    "order",
    "with_validation",
    "reward",
    "criterion",
    "candidates",
    "validate_on",
    "patience",
]
WATCHED: tuple[Choice, ...] = ("validate_on", "patience")
"""The choices of a kind whose trainer watches the loss on held-out answers, whatever they are, and can stop by it."""


DraftsWith = Literal["instruction", "rubric"]


class Chosen(Protocol):
    """What of a person's choices the rows of a kind can depend on."""

    @property
    def objective(self) -> Objective:
        """Which tasks a pair teaches."""

    @property
    def tokens(self) -> Literal["all", "changed"]:
        """Whether the tokens that a revision changed count more."""

    @property
    def criterion(self) -> str:
        """The criterion whose edits alone are learned; empty: all."""

    @property
    def candidates(self) -> str | None:
        """The reward by which the parent's sampled candidates are ranked too; None: they are not."""


@dataclass(frozen=True)
class Kind:
    """A kind of round: what it learns from, its rows, its trainer, its defaults and its sentences.

    `name` is that of its file. `learns_from` is what is fetched for it, and `rows` makes training rows of that; rows
    name the `decision` or `instruction` they were made from (docs/rounds.md).
    `trainer` is a file of worker/trainers/: the loss, or a loop of its own (docs/rounds.md). `needs` is a package that
    only such kinds need. `passes` is how many times its rows are read in an epoch, for the estimate.
    `trains` says what its adapter is: a student that answers, or a reward model, which only scores answers and begins
    at the base model. One that `asks_reward` has answers scored while it trains, by the reward that was chosen.
    `drafts_with` is what such a student is shown when it is asked for a draft: the instruction alone, or the rubric of
    its category as well, as it learned.
    `offers` are the choices that a person has beside its number of items, its parent, its launcher, and how long
    and fast it learns; those of `WATCHED` where its trainer can take them. `epochs`, `learning_rate` and `patience` (in
    evaluations, 0: no early stopping) are the defaults. `begins` is true for a round 0: its form proposes the
    base model as parent, and its place in a curriculum is 0.
    `label` is the kind's name in a form, `about` the line below the form's heading, `button` what starts it, without
    the count. `title` stands before the count where rounds are listed; empty, nothing does.
    `prefers` is true where it learns which of two texts is better by their likelihoods, which then imply a reward.
    `task` is what the model card says was learned, "from what → to what", for an objective.
    """

    name: str
    learns_from: Source
    rows: Callable[[Sequence[Any], Chosen], list[TrainingRow]]
    label: str
    about: str
    task: Callable[[Objective], str]
    title: str = ""
    button: str = "Train a round"
    trainer: str = "likelihood"
    trains: Literal["student", "reward"] = "student"
    drafts_with: DraftsWith = "instruction"
    asks_reward: bool = False
    needs: Package | None = None
    passes: int = 1
    offers: tuple[Choice, ...] = WATCHED
    epochs: int = 2
    learning_rate: float = 2e-4
    patience: int = 0
    begins: bool = False
    prefers: bool = False

    @property
    def called(self) -> str:
        """What the kind is called where it stands alone."""
        return self.title or self.label

    def loss_of(self, validates_on: str) -> str:
        """Which held-out rows its loss is of; `validates_on` are those that a person chose (empty: none)."""
        if not validates_on:
            return self.learns_from.watched_on
        return f"{validates_on}, with rubrics" if self.drafts_with == "rubric" else validates_on
