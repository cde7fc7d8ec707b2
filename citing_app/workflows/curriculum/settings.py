"""What a person chooses for a curriculum, checked once, wherever it came from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from citing_app.errors import CitingError
from citing_app.kinds import kind_of
from citing_app.kinds.source import PAIRS
from citing_app.method.sampling import Sampling
from citing_app.workflows.rounds.choices import Choices

Rule = Literal["people", "all", "small", "trusted"]
Rest = Literal["people", "leave"]
LARGEST_SAMPLE = 100_000


@dataclass(frozen=True)
class CurriculumSettings:
    """`rounds` rounds (paper §3.2) of `items` instructions each; `sft` puts round 0 before them.

    `decide`: `people` waits until somebody has decided every revision; `all` accepts them; `small` accepts edits that
    change at most `below` of the draft, `trusted` those of the categories `trusted`. What such a rule leaves open waits
    for `people`, or the round goes on without it (`leave`).
    `choices` are those of its rounds; `replay`, `tokens` and the rest are explained there.
    After each round its drafts and self-revisions are measured on `evaluate_items` answers (0: not measured) of the
    data set `evaluate` (None: the test split).
    Raises CitingError for a value that is none of these.
    """

    rounds: int = 3
    items: int = 64
    sampling: Sampling = "fresh"
    sft: bool = False
    decide: Rule = "people"
    below: float = 0.3
    trusted: tuple[str, ...] = ()
    rest: Rest = "people"
    choices: Choices = field(default_factory=Choices)
    evaluate: str | None = None
    evaluate_items: int = 32

    def __post_init__(self) -> None:
        for name, known in {"sampling": get_args(Sampling), "decide": get_args(Rule), "rest": get_args(Rest)}.items():
            if getattr(self, name) not in known:
                raise CitingError(f"The {name} of a curriculum is one of {', '.join(known)}.")
        if not 1 <= self.rounds <= 100:
            raise CitingError("A curriculum has between 1 and 100 rounds.")
        if not 1 <= self.items <= LARGEST_SAMPLE:
            raise CitingError("A round of a curriculum takes between 1 and 100,000 instructions.")
        if not 0 <= self.below <= 1:
            raise CitingError("The largest edit to accept lies between 0 and 1.")
        if self.decide == "trusted" and not self.trusted:
            raise CitingError("Name the categories whose revisions are accepted.")
        if not 0 <= self.evaluate_items <= 10_000:
            raise CitingError("Between 0 and 10,000 answers are measured after a round.")
        chooses_pairs = kind_of(self.choices.kind).learns_from is PAIRS
        if not chooses_pairs or self.choices.decisions is not None or self.choices.parent is not None:
            raise CitingError("A curriculum chooses its rounds' revisions and parents itself.")

    @property
    def is_left_to_people(self) -> bool:
        """Whether its decisions, or those that its rule leaves open, are people's."""
        return self.decide == "people" or (self.decide != "all" and self.rest == "people")

    def to_json(self) -> dict[str, Any]:
        """These settings as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CurriculumSettings:
        """The settings that `to_json` wrote."""
        trusted = tuple(values["trusted"])
        return cls(**{**values, "trusted": trusted, "choices": Choices(**values["choices"])})
