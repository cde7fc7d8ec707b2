"""What can be asked about money."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import LONGEST_KNOWN, Number, Request, Text

HIGHEST_PRICE, HIGHEST_LIMIT = 10_000, 1_000_000


class SetPrice(Request):
    """What a million tokens cost in dollars: sent, and answered."""

    teacher: Annotated[str, Text("The teacher", LONGEST_KNOWN)]
    sent: Annotated[float, Number("The price of what is sent", 0, HIGHEST_PRICE)]
    answered: Annotated[float, Number("The price of what is answered", 0, HIGHEST_PRICE)]


class SetLimit(Request):
    """The most that all teachers together may be paid, in dollars; none takes the limit away."""

    dollars: Annotated[float | None, Number("The spending limit", 0, HIGHEST_LIMIT)] = None
