"""The ends of lines: a text field of a browser makes every one of them "\n", and an edit in it is no wish for that."""

from __future__ import annotations

import re
from collections import Counter

from rapidfuzz.distance import LCSseq

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")


def with_line_ends(edited: str, original: str) -> str:
    """`edited` with the ends of lines that `original` has: each line that stayed keeps its own, a new one has the most
    common one. A text that brings "\r" itself is left as it is.
    """
    if "\r" in edited or "\r" not in original:
        return edited
    known, lines = _lines(original), edited.split("\n")
    common = Counter(end for _, end in known if end).most_common(1)[0][0]
    ends = [common] * (len(lines) - 1)
    numbers: dict[str, int] = {}
    before, after = (
        [numbers.setdefault(line, len(numbers)) for line in texts] for texts in ([line for line, _ in known], lines)
    )
    for block in LCSseq.editops(before, after).as_matching_blocks():
        for n in range(block.size):
            if block.b + n < len(ends):
                ends[block.b + n] = known[block.a + n][1] or common
    for n, line in enumerate(lines[1:-1]):
        if (ends[n], line, ends[n + 1]) == ("\r", "", "\n"):
            ends[n + 1] = "\r"  # else the two would be read as one
    return "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))


def _lines(text: str) -> list[tuple[str, str]]:
    """The lines of a text, each with its end; the last one has none."""
    found = [(match[1], match[2]) for match in _LINE.finditer(text)]
    return found[:-1] if len(found) > 1 and not found[-2][1] else found
