"""Numbers with the word for what they count."""

from __future__ import annotations


def counted(n: int, one: str, many: str = "") -> str:
    """`1 tie`, `2 ties`: the word for one, or for any other number (by default with an s)."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def undecided(ties: int, n: int) -> str:
    """What stands for a win rate where nobody won: a share of one half would sound like a finding."""
    return f"{counted(ties, 'tie')} of {n:,}" if ties == n else f"nobody won any of {n:,}"
