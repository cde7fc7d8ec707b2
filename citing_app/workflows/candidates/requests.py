"""What can be asked for of candidates."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import LARGEST_ROUND, Flag, Request, Whole
from citing_app.workflows.students import REFERENCE, REWARD

CANDIDATES = Whole("The number of candidates", 1, 64, about="how many answers to each")


class Sample(Request):
    """Have a student write several answers to each instruction, and score them."""

    items: Annotated[int, Whole("The number of instructions", 1, 100_000, about="how many instructions")] = 16
    k: Annotated[int, CANDIDATES] = 8
    round: Annotated[
        int | None,
        Whole("The round", 1, LARGEST_ROUND, about="the round whose adapter answers (default: the base model)"),
    ] = None
    reward: Annotated[str, REWARD] = REFERENCE
    seed: Annotated[int, Whole("The seed", 0, 2**32 - 1, about="decides which instructions, and what is drawn")] = 17
    accepted: Annotated[
        bool, Flag("Only accepted ones", about="only instructions with an accepted revision that no round has learned")
    ] = False
