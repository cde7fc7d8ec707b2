"""What can be asked of rounds that there are; what is chosen for a new one is in choices.py."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import LARGEST_ROUND, Flag, Request, Text, Whole


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
