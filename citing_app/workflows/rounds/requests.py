"""What can be asked of rounds."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import LARGEST_ROUND, Flag, Number, Request, Text, Whole
from citing_app.workflows.rounds.choices import Choices

LONGEST_WORD = 40
"""What is read at all of a word: `Choices` knows which ones there are."""
REPLAY = Number("The share of replayed answers", 0, 1, about="train answers mixed in, as a share of the other rows")
_CHOSEN = ("kind", "objective", "items", "parent", "adapter", "replay", "tokens", "order", "launcher")


class OneRound(Request):
    """A round."""

    round: Annotated[int, Whole("The round", 1, LARGEST_ROUND, about="the round")]


class ListRounds(Request):
    """Every round; `mark` is that of the list that the page has already."""

    mark: Annotated[str, Text("The mark", 40)] = ""


class RoundDetail(OneRound):
    """One round in full, from what was `seen` of its events."""

    seen: Annotated[int, Whole("What was seen", 0, 10**9)] = 0


class MoveRound(OneRound):
    """A round moved one place in the queue: up, or else down."""

    up: Annotated[bool, Flag("Up")] = False


class StartRound(Request):
    """A round on what is accepted and not yet trained, or what else its kind learns from."""

    objective: Annotated[str, Text("The objective", LONGEST_WORD, about="what is learned")] = Choices.objective
    items: Annotated[
        int | None,
        Whole("The number of revisions", 1, 1_000_000, about="how many accepted revisions at most (default: all)"),
    ] = None
    parent: Annotated[
        int | None,
        Whole("The parent round", 1, LARGEST_ROUND, about="the round to carry on from (default: the base model)"),
    ] = None
    kind: Annotated[str, Text("The kind", LONGEST_WORD)] = Choices.kind
    adapter: Annotated[str, Text("The adapter", LONGEST_WORD)] = Choices.adapter
    replay: Annotated[float, REPLAY] = Choices.replay
    tokens: Annotated[str, Text("The tokens", LONGEST_WORD)] = Choices.tokens
    order: Annotated[str, Text("The order", LONGEST_WORD)] = Choices.order
    launcher: Annotated[str | None, Text("The launcher", LONGEST_WORD)] = None
    with_validation: Annotated[bool, Flag("Learning the validation answers")] = False

    @property
    def choices(self) -> Choices:
        """The choices of the round. Raises CitingError for words that no round has."""
        given = {name: getattr(self, name) for name in _CHOSEN}
        return Choices(**given, with_validation=self.kind == "sft" and self.with_validation)
