"""What can be asked of a curriculum."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.curriculum.settings import LARGEST_SAMPLE, CurriculumSettings
from citing_app.workflows.request import LARGEST_ROUND, LONGEST_KNOWN, Flag, Many, Number, Request, Text, Whole
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.requests import LONGEST_WORD, REPLAY

_OF_ROUNDS = ("objective", "adapter", "replay", "tokens", "order", "launcher")
_OWN = ("rounds", "items", "sampling", "sft", "decide", "below", "trusted", "rest", "evaluate_items")


class OneCurriculum(Request):
    """A curriculum."""

    curriculum: Annotated[int, Whole("The curriculum", 1, LARGEST_ROUND)]


class StartCurriculum(Request):
    """The whole algorithm; `CurriculumSettings` and `Choices` say what each means and which words there are."""

    rounds: Annotated[int, Whole("The number of rounds", 1, 100)] = CurriculumSettings.rounds
    items: Annotated[int, Whole("The number of instructions", 1, LARGEST_SAMPLE)] = CurriculumSettings.items
    sampling: Annotated[str, Text("The sampling", LONGEST_WORD)] = CurriculumSettings.sampling
    sft: Annotated[bool, Flag("SFT first")] = CurriculumSettings.sft
    decide: Annotated[str, Text("The rule", LONGEST_WORD)] = CurriculumSettings.decide
    below: Annotated[float, Number("The largest edit to accept", 0, 1)] = CurriculumSettings.below
    trusted: Annotated[
        tuple[str, ...], Many("The trusted categories", Text("A category", LONGEST_KNOWN), most=1000)
    ] = ()
    rest: Annotated[str, Text("The rest", LONGEST_WORD)] = CurriculumSettings.rest
    objective: Annotated[str, Text("The objective", LONGEST_WORD)] = Choices.objective
    adapter: Annotated[str, Text("The adapter", LONGEST_WORD)] = Choices.adapter
    replay: Annotated[float, REPLAY] = Choices.replay
    tokens: Annotated[str, Text("The tokens", LONGEST_WORD)] = Choices.tokens
    order: Annotated[str, Text("The order", LONGEST_WORD)] = Choices.order
    launcher: Annotated[str | None, Text("The launcher", LONGEST_WORD)] = None
    evaluate: Annotated[str, Text("The data set", LONGEST_KNOWN)] = ""
    evaluate_items: Annotated[int, Whole("The number of answers", 0, 10_000)] = CurriculumSettings.evaluate_items

    @property
    def settings(self) -> CurriculumSettings:
        """The settings of the curriculum. Raises CitingError for what no curriculum can be."""
        choices = Choices(**{name: getattr(self, name) for name in _OF_ROUNDS})
        own = {name: getattr(self, name) for name in _OWN}
        return CurriculumSettings(**own, choices=choices, evaluate=self.evaluate or None)
