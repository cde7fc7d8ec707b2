"""What a person chooses for a race, declared once for the page, the endpoint and the command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.kinds import kind_of, kinds
from citing_app.workflows.candidates.requests import CANDIDATES
from citing_app.workflows.curriculum.settings import LARGEST_SAMPLE, CurriculumSettings
from citing_app.workflows.request import (
    LARGEST_ID,
    LARGEST_ROUND,
    LONGEST_KNOWN,
    Many,
    Request,
    Text,
    Whole,
    Word,
)
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.students import REFERENCE, REWARD

METHODS = tuple(kind.name for kind in kinds().values() if kind.trains == "student")
Rates = Literal["three", "own"]
_FACTORS: dict[Rates, tuple[float, ...]] = {"three": (0.5, 1.0, 2.0), "own": (1.0,)}


class StartRace(Request):
    """Methods (kinds of round) that learn the same `items` instructions in `rounds` rounds each, within one `budget`.

    The first method is the one that all others are compared with. A `budget` (worker/budget.py) of None is about what
    the first method takes in its usual epochs. Each method is trained at three learning rates, and the rate that is
    best on the dev parts of the `datasets` is trained with each of so many `seeds`, of which `seed` is the first; only
    those are measured on the test parts. Every revision is accepted without a person.
    """

    methods: Annotated[
        tuple[str, ...],
        Many(
            "The methods",
            Word("A method", METHODS),
            most=len(METHODS),
            about="kinds of round; the others are compared with the first",
        ),
    ] = ("citing", "sft", "rrhf", "raft")
    items: Annotated[
        int, Whole("The number of instructions", 1, LARGEST_SAMPLE, about="instructions in each round")
    ] = 64
    rounds: Annotated[int, Whole("The number of rounds", 1, 100, about="rounds of each method")] = 1
    budget: Annotated[
        int | None,
        Whole(
            "The budget",
            1,
            LARGEST_ID,
            about="tokens that each method may spend (default: what the first method usually takes)",
            why="A token that the student reads or writes costs 1, one that it learns from 2. Each method trains for "
            "as many steps as its budget pays for.",
        ),
    ] = None
    seeds: Annotated[
        int,
        Whole(
            "The number of seeds",
            1,
            20,
            about="how often each method is trained",
            why="A method trained with another seed is another student; with one seed the report says nothing of that.",
        ),
    ] = 3
    seed: Annotated[int, Whole("The seed", 0, 2**31, about="decides instructions, samples and weights")] = 17
    rates: Annotated[
        Rates,
        Word(
            "The learning rates",
            get_args(Rates),
            about="try half, once and twice each method's learning rate on dev, or take its own",
            why="A rate that suits one method can spoil another, so each is tried at three and the best on dev races.",
        ),
    ] = "three"
    parent: Annotated[
        int | None,
        Whole("The parent round", 1, LARGEST_ROUND, about="the round that all begin with (default: the base model)"),
    ] = None
    datasets: Annotated[
        tuple[str, ...],
        Many(
            "The data sets",
            Text("A data set", LONGEST_KNOWN),
            most=20,
            about="held-out data sets to choose by and to report (default: all there are, else the test split)",
        ),
    ] = ()
    evaluate_items: Annotated[
        int,
        Whole("The number of answers", 2, 10_000, about="how many rows of each part are measured at most"),
    ] = 100
    judge: Annotated[str, Text("The judge", LONGEST_KNOWN, about="who compares answers with the first method's")] = (
        REFERENCE
    )
    reward: Annotated[str, REWARD] = REFERENCE
    k: Annotated[int, CANDIDATES] = 8

    def model_post_init(self, context: Any) -> None:
        if len(set(self.methods)) < max(2, len(self.methods)):
            raise CitingError("Name two methods or more, each once.")

    @property
    def all_seeds(self) -> list[int]:
        """The seeds, the first one first."""
        return list(range(self.seed, self.seed + self.seeds))

    def rates_of(self, method: str) -> list[float]:
        """The learning rates that the method is tried at."""
        return [kind_of(method).learning_rate * factor for factor in _FACTORS[self.rates]]


class RaceSettings(StartRace):
    """A race as it is kept: its budget is a number and its data sets have names; empty stands for the test split."""

    budget: Annotated[int, Whole("The budget", 1, LARGEST_ID)]

    def of_run(self, method: str, learning_rate: float, seed: int) -> CurriculumSettings:
        """The way of one run."""
        chosen: dict[str, Any] = {"kind": method, "learning_rate": learning_rate, "seed": seed}
        if "reward" in kind_of(method).offers:
            chosen["reward"] = self.reward
        return CurriculumSettings(
            rounds=self.rounds,
            items=self.items,
            decide="all",
            rest="leave",
            evaluate_items=0,
            judge="",
            # The budget ends a round, and nothing before it: a held-out loss would end some methods early.
            choices=Choices(patience=0, **chosen),
            budget=self.budget,
            k=self.k,
        )

    @property
    def runs(self) -> int:
        """How many runs are trained: each method at each of its rates, and at the best one with each other seed."""
        return len(self.methods) * (len(self.rates_of(self.methods[0])) + self.seeds - 1)

    def to_json(self) -> dict[str, Any]:
        """These settings as plain JSON."""
        return self.model_dump(mode="json")


class OneRace(Request):
    """A race."""

    race: Annotated[int, Whole("The race", 1, LARGEST_ROUND)]
