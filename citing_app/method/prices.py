"""What a call to a teacher costs, in whole billionths of a dollar, so that sums are exact."""

from __future__ import annotations

import math
from dataclasses import dataclass

BILLIONTHS = 1_000_000_000
FRAMING_TOKENS = 64
"""What a chat template adds around the messages: role names, ends of turns, a default system message."""


@dataclass(frozen=True)
class Price:
    """What a model costs: dollars for a million tokens sent, and for a million tokens answered."""

    sent: float
    answered: float


FREE = Price(0.0, 0.0)
"""What a server of one's own costs: nobody sends a bill."""


def cost(price: Price | None, tokens_in: int, tokens_out: int) -> int | None:
    """The cost of a call, rounded up; None where the price is not known."""
    if price is None:
        return None
    return math.ceil((tokens_in * price.sent + tokens_out * price.answered) * BILLIONTHS / 1_000_000)


def hold(price: Price | None, prompt_bytes: int, max_tokens: int) -> int | None:
    """The most that a call can cost: no tokenizer makes more tokens than there are bytes."""
    return cost(price, prompt_bytes + FRAMING_TOKENS, max_tokens)


def dollars(billionths: int) -> str:
    """An amount as people read it: cents and dollars with two digits, less with as many as it needs."""
    value = billionths / BILLIONTHS
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}"
