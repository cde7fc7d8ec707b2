"""What a person chooses for a curriculum, declared once for the page and the command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.kinds import kind_of, kinds
from citing_app.kinds.source import PAIRS
from citing_app.method.parts import DataPart
from citing_app.method.sampling import Sampling
from citing_app.workflows.candidates.requests import CANDIDATES
from citing_app.workflows.evaluation.requests import PART
from citing_app.workflows.evaluation.test_sets import set_name
from citing_app.workflows.request import LARGEST_ID, LONGEST_KNOWN, Flag, Many, Number, Part, Request, Text, Whole, Word
from citing_app.workflows.rounds.choices import Choices, RoundChoices

Rule = Literal["people", "all", "small", "trusted"]
Rest = Literal["people", "leave"]
Later = Literal["same", "gentler"]
LATER: Later = "gentler"
"""How rounds from the second on learn, unless a person chooses."""
_GENTLER_REPLAY = 0.25
LARGEST_SAMPLE = 100_000


class _Course(Request):
    """`rounds` rounds (paper §3.2) of `items` instructions each; `sft` puts round 0 before them.

    `decide`: `people` waits until somebody has decided every revision; `all` accepts them; `small` accepts edits that
    change at most `below` of the draft, `trusted` those of the categories `trusted`. What such a rule leaves open waits
    for `people`, or the round goes on without it (`leave`).
    After each round its drafts and self-revisions are measured on `evaluate_items` answers (0: not measured) of the
    data set `evaluate` (none: the test split), or of a `part` of it, and `judge` (empty: nobody) compares its drafts
    with the round before, with SFT and with the base model. With `stop_when_worse` it is measured on the dev part, and
    ends after a round that is worse there than the round before it (stopping.py).
    `later`: `gentler` rounds from the second on go on with half the learning rate, one epoch and a quarter of replayed
    answers; a new adapter each round begins anew, and stays the same.
    """

    rounds: Annotated[int, Whole("The number of rounds", 1, 100, about="how many rounds")] = 3
    items: Annotated[
        int, Whole("The number of instructions", 1, LARGEST_SAMPLE, about="instructions in each (the paper: 1000)")
    ] = 64
    sampling: Annotated[
        Sampling,
        Word(
            "The sampling",
            get_args(Sampling),
            about="the same instructions (the paper) or fresh ones",
            why="The paper reuses its instructions and its fourth round forgets; fresh ones ask for more drafts and "
            "revisions of new tasks.",
        ),
    ] = "fresh"
    sft: Annotated[bool, Flag("SFT first", about="begin with SFT, round 0, as the paper does")] = False
    decide: Annotated[Rule, Word("The rule", get_args(Rule), about="who decides on revisions")] = "people"
    below: Annotated[float, Number("The largest edit to accept", 0, 1)] = 0.3
    trusted: Annotated[
        tuple[str, ...], Many("The trusted categories", Text("A category", LONGEST_KNOWN), most=1000)
    ] = ()
    rest: Annotated[Rest, Word("The rest", get_args(Rest), about="who decides what the rule leaves open")] = "people"
    evaluate: Annotated[
        str | None,
        Text(
            "The data set",
            LONGEST_KNOWN,
            about="measure rounds on this data set (default: test split)",
            why="Rows that no round has learned; drafts and self-revisions are both measured.",
        ),
    ] = None
    part: Annotated[DataPart, PART] = "all"
    evaluate_items: Annotated[
        int,
        Whole(
            "The number of answers",
            0,
            10_000,
            about="how many answers are measured",
            why="More give a narrower interval and take longer; 0 measures nothing.",
        ),
    ] = 32
    stop_when_worse: Annotated[
        bool,
        Flag(
            "Stopping when worse",
            about="end after a round that is worse than the one before it, by test, on the dev part",
        ),
    ] = False
    later: Annotated[
        Later,
        Word(
            "The later rounds",
            get_args(Later),
            about="how rounds from the second on learn",
            why="The first round brings most. Gentler rounds learn at half the rate, for one epoch, with a quarter of "
            "replayed answers, and so lose less of it.",
        ),
    ] = LATER
    judge: Annotated[
        str,
        Text(
            "The judge",
            LONGEST_KNOWN,
            about="who compares each round with earlier ones",
            why="“reference” is free: the answer that is closer to an accepted answer wins. A model is asked twice for "
            "each pair of answers.",
        ),
    ] = "reference"

    def model_post_init(self, context: Any) -> None:
        if self.decide == "trusted" and not self.trusted:
            raise CitingError("Name the categories whose revisions are accepted.")
        if self.stop_when_worse and self.part == "test":
            raise CitingError(
                "A curriculum that stops when it is worse is measured on dev, since it chooses by what it measures."
            )
        if self.stop_when_worse and self.evaluate_items < 2:
            raise CitingError("A curriculum that stops when it is worse measures at least two answers of each round.")

    @property
    def measured_part(self) -> DataPart:
        """The part that its rounds are measured on."""
        return "dev" if self.stop_when_worse else self.part

    @property
    def measured_on(self) -> str:
        """The name of the test set that its rounds are measured on."""
        return set_name(self.evaluate, self.measured_part)


class StartCurriculum(_Course, RoundChoices):
    """The whole algorithm, with what is chosen for each of its rounds."""

    @property
    def settings(self) -> CurriculumSettings:
        """The settings of the curriculum. Raises CitingError for what no curriculum can be."""
        own = {name: getattr(self, name) for name in _Course.model_fields}
        choices = Choices(**{name: getattr(self, name) for name in RoundChoices.model_fields})
        return CurriculumSettings(**{**own, "evaluate": self.evaluate or None}, choices=choices)


class CurriculumSettings(_Course):
    """A curriculum as it is kept. Raises CitingError for choices that it makes itself.

    One that runs in a race has a `budget` for all of its rounds together (worker/budget.py; 0: none). `k` is how many
    candidates a student writes for each instruction, where the kind of its rounds learns those.
    """

    choices: Annotated[Choices, Part("The choices", Choices)] = Choices()
    budget: Annotated[int, Whole("The budget", 0, LARGEST_ID)] = 0
    k: Annotated[int, CANDIDATES] = 8

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        if kind_of(self.choices.kind).trains != "student":
            students = ", ".join(kind.name for kind in kinds().values() if kind.trains == "student")
            raise CitingError(f"The rounds of a curriculum train a student: their kind is one of {students}.")
        if (self.choices.decisions, self.choices.instructions, self.choices.parent) != (None, None, None):
            raise CitingError("A curriculum chooses its rounds' revisions and parents itself.")

    @property
    def is_left_to_people(self) -> bool:
        """Whether its decisions, or those that its rule leaves open, are people's."""
        if kind_of(self.choices.kind).learns_from is not PAIRS:
            return False
        return self.decide == "people" or (self.decide != "all" and self.rest == "people")

    def of_round(
        self,
        place: int,
        parent: int | None,
        *,
        decisions: tuple[str, ...] | None = None,
        instructions: tuple[str, ...] | None = None,
    ) -> Choices:
        """What is chosen for round `place`, which learns these decisions or instructions (None: all there are)."""
        chosen = {**dict(self.choices), "parent": parent, "decisions": decisions, "instructions": instructions}
        if place > 1 and self.later == "gentler" and self.choices.adapter == "carried":
            chosen |= _gentler(self.choices)
        return Choices(**chosen)

    def to_json(self) -> dict[str, Any]:
        """These settings as plain JSON."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CurriculumSettings:
        """The settings that `to_json` wrote."""
        return cls.of(values)


def _gentler(chosen: Choices) -> dict[str, Any]:
    kind = kind_of(chosen.kind)
    replay = {"replay": max(chosen.replay, _GENTLER_REPLAY)} if "replay" in kind.offers else {}
    return {"learning_rate": (chosen.learning_rate or kind.learning_rate) / 2, "epochs": 1, **replay}
