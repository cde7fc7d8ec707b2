"""What a person chooses for a round, declared once for the page, the endpoint and the command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.kinds import DEFAULT, kind_of, kinds
from citing_app.kinds.kind import Choice
from citing_app.types import Objective
from citing_app.workflows.request import (
    LARGEST_COUNT,
    LARGEST_ID,
    LARGEST_ROUND,
    LONGEST_KNOWN,
    Flag,
    Many,
    Number,
    Request,
    Text,
    Whole,
    Word,
)
from citing_app.workflows.students import CANDIDATES, JUDGE, REFERENCE, REWARD

Adapter = Literal["carried", "new"]
Tokens = Literal["all", "changed"]
Order = Literal["sampled", "edit_size", "easy"]
OBJECTIVES: tuple[Objective, ...] = ("both", "draft", "revise")
_LEARNED = "what is learned: " + "; ".join(f"{kind.name}, {kind.label}" for kind in kinds().values())


class RoundChoices(Request):
    """What is chosen for one round and for each round of a curriculum alike; the defaults are those of a first round.

    `adapter`: `carried` learns what no round has learned, `new` begins a new adapter on all revisions so far.
    `tokens`: `all` of a revision count alike, or those that were `changed` count more.
    `order`: as `sampled`, by `edit_size`, or `easy` to hard (by the student's own loss).
    `launcher`: the name of the host's launcher; None: the first one that it names, else `here`.
    `learning_rate`, `epochs` and `patience`: None is what the kind of round says. `steps`: None sets no such end.
    `validate_on`: a held-out data set, of whose dev part the held-out rows are then; empty: the validation split.
    """

    kind: Annotated[str, Word("The kind of a round", tuple(kinds()), about=_LEARNED)] = DEFAULT
    objective: Annotated[
        Objective,
        Word(
            "The objective",
            OBJECTIVES,
            about="what is learned (the paper: revise)",
            why="On a small student, revising alone made its own revisions worse; both is the default.",
        ),
    ] = "both"
    adapter: Annotated[
        Adapter,
        Word(
            "The adapter",
            get_args(Adapter),
            about="carry one adapter on (the paper), or begin a new one",
            why="Carried on, a round learns its own revisions; a new one learns all revisions so far from the base "
            "model.",
        ),
    ] = "carried"
    replay: Annotated[
        float,
        Number(
            "The share of replayed answers",
            0,
            1,
            about="replayed answers",
            why="Train answers mixed in, as a share of the other rows (0.5: one to every two): what is seen again is "
            "forgotten less.",
        ),
    ] = 0.0
    tokens: Annotated[
        Tokens,
        Word(
            "The weight of tokens",
            get_args(Tokens),
            about="all tokens alike, or changed ones more",
            why="The edits that were kept are known one by one, so what the teacher changed can count more than what "
            "it copied.",
        ),
    ] = "all"
    order: Annotated[
        Order,
        Word(
            "The order",
            get_args(Order),
            about="as sampled, small edits first, or easy to hard",
            why="A curriculum in the older sense: what changes little, or what the student finds likely, comes first.",
        ),
    ] = "sampled"
    launcher: Annotated[
        str | None,
        Text(
            "The launcher",
            LONGEST_KNOWN,
            about="the launcher that runs it (default: the first one)",
            why="How it is started, by the names that this host has given: here, on several GPUs, or on a cluster.",
        ),
    ] = None
    learning_rate: Annotated[
        float | None,
        Number(
            "The learning rate",
            1e-6,
            0.01,
            about="the highest learning rate (default: the kind's)",
            why="How far one step moves the adapter. A lower rate learns less from its rows and forgets less of the "
            "rest.",
        ),
    ] = None
    epochs: Annotated[
        int | None,
        Whole(
            "The number of epochs",
            1,
            100,
            about="how often the rows are learned (default: the kind's)",
            why="More epochs learn the rows more exactly, and too many learn them by heart.",
        ),
    ] = None
    steps: Annotated[
        int | None,
        Whole(
            "The number of steps",
            1,
            1_000_000,
            about="at most this many optimiser steps of eight rows (default: all of its epochs)",
            why="The round ends after this many steps of eight rows, and its learning rate falls to that end.",
        ),
    ] = None
    validate_on: Annotated[
        str,
        Text(
            "The data set to validate on",
            LONGEST_KNOWN,
            about="stop by the loss on the dev part of this held-out data set (default: the validation split)",
            why="The loss on answers like those it learns keeps falling while answers elsewhere get worse. Held-out "
            "rows from elsewhere stop it in time and keep the best adapter.",
        ),
    ] = ""
    patience: Annotated[
        int | None,
        Whole(
            "The patience",
            0,
            100,
            about="stop after this many epochs without a better held-out loss (0: never; default: the kind's, or 1 "
            "with a data set to validate on)",
            why="Training stops after this many epochs without a better held-out loss and keeps the best adapter; 0 "
            "never stops.",
        ),
    ] = None
    seed: Annotated[int, Whole("The seed", 0, 2**32 - 1, about="decides samples and weights")] = 17


class StartRound(RoundChoices):
    """A round on what is accepted and not yet trained, or what else its kind learns from.

    Raises CitingError for a choice that the kind does not take.
    """

    items: Annotated[
        int | None,
        Whole("The number to learn", 1, 1_000_000, about="how many revisions or answers at most (default: all)"),
    ] = None
    parent: Annotated[
        int | None,
        Whole("The parent round", 1, LARGEST_ROUND, about="the round to carry on from (default: the base model)"),
    ] = None
    with_validation: Annotated[
        bool, Flag("Learning the validation answers", about="learn the validation answers too; nothing is held out")
    ] = False
    reward: Annotated[str, REWARD] = REFERENCE
    criterion: Annotated[
        str,
        Text(
            "The criterion",
            LONGEST_KNOWN,
            about="learn only the edits that serve this criterion of the rubric (default: all)",
            why="Only edits that serve it count as new or deleted, by what the person who decided said, else by the "
            "teacher; the others count as unchanged text. Revisions without one wait for another round.",
        ),
    ] = ""
    candidates: Annotated[str | None, CANDIDATES] = None

    def model_post_init(self, context: Any) -> None:
        kind, fields = kind_of(self.kind), type(self).model_fields
        if self.adapter == "new" and self.parent is not None:
            raise CitingError("A new adapter begins at the base model; leave the parent out.")
        if kind.trains == "reward" and self.parent is not None:
            raise CitingError("A reward model begins at the base model; leave the parent out.")
        if kind.asks_reward and self.reward.startswith(JUDGE):
            raise CitingError(
                "Such a round has answers scored while it trains, where no judge can be asked: take reference or a "
                "reward model."
            )
        for name in get_args(Choice):
            nothing = (fields[name].default, 0)  # a patience of 0 is what a kind that cannot stop early has anyway
            if name not in kind.offers and getattr(self, name) not in nothing:
                title = self.takes(name).title
                raise CitingError(f"{title} is no choice of rounds of the kind “{kind.name}”: leave it out.")
        if self.order == "edit_size" and not kind.learns_from.has_edits:
            raise CitingError(f"Rounds of the kind “{kind.name}” learn no edits: take another order.")


class Choices(StartRound):
    """The choices of a round, whoever made them.

    A curriculum also says on which `decisions` or `instructions` (hashes) alone (None: on all), and within which
    `budget` (worker/budget.py; 0: none).
    """

    decisions: Annotated[tuple[str, ...] | None, Many("The decisions", Text("A decision", 100), LARGEST_COUNT)] = None
    instructions: Annotated[
        tuple[str, ...] | None, Many("The instructions", Text("An instruction", 100), LARGEST_COUNT)
    ] = None
    budget: Annotated[int, Whole("The budget", 0, LARGEST_ID)] = 0

    @classmethod
    def by(cls, asked: StartRound) -> Choices:
        """The choices of somebody who asks for a round."""
        return cls(**dict(asked))
