"""The difference between a draft and its revision, hunk by hunk, and the text that keeping some of the hunks makes.

Words are compared, not characters; scripts written without spaces by character. How words become hunks is in hunks.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from citing_app.errors import CitingError
from citing_app.method.hunks import aligned, changes, respaced
from citing_app.method.tokens import Text
from citing_app.types import Edit


@dataclass(frozen=True)
class Part:
    """A stretch of the diff: `before` and `after` are equal where nothing changed. A changed part is a hunk."""

    before: str
    after: str
    criterion: str | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def diff(draft: str, revision: str) -> list[Part]:
    """The parts of the two texts in order: joined `before` is the draft, joined `after` the revision.

    Changed and unchanged parts alternate. White space belongs to the word before it, so that a text with some of the
    hunks dropped is spaced as it should be. Texts of any length are compared in bounded time (`hunks.aligned`).
    """
    before, after = Text(draft), Text(revision)
    parts: list[Part] = []
    i = 0
    for change in changes(before, after):
        parts += _unchanged(before.tokens[i : change.i1])
        parts.append(Part("".join(before.tokens[change.i1 : change.i2]), "".join(after.tokens[change.j1 : change.j2])))
        i = change.i2
    return parts + _unchanged(before.tokens[i:])


def parts_of(draft: str, revision: str, edits: Sequence[Edit] = ()) -> list[Part]:
    """Which edits lead from the draft to this text: the teacher's own where they do, else the word diff."""
    stated = parts_from_edits(draft, edits) if edits else None
    if stated is not None and "".join(part.after for part in stated) == revision:
        return stated
    return diff(draft, revision)


def kept_text(parts: Sequence[Part], kept: Collection[int]) -> str:
    """The text with only the hunks in `kept` applied; all of them make the revision, none the draft.

    Hunks are the changed parts, numbered from 1 in order. Raises CitingError for a number that no hunk has.
    """
    hunks = sum(part.changed for part in parts)
    if any(not 1 <= number <= hunks for number in kept):
        raise CitingError(
            f"This revision has {hunks} edits, numbered from 1; load the item again and choose among them."
        )
    numbers = itertools.count(1)
    return "".join(part.after if part.changed and next(numbers) in kept else part.before for part in parts)


def parts_from_edits(draft: str, edits: Iterable[Edit]) -> list[Part] | None:
    """The parts that the teacher's own edits make, each with its criterion; None where an edit does not apply.

    Edits apply left to right, each to the first place of its `before` after the edit before it: a `before` that also
    stands earlier in the draft than meant changes that place.
    """
    parts: list[Part] = []
    position = 0
    for edit in edits:
        at = draft.find(edit.before, position)
        if at < 0 or not edit.before:
            return None
        if at > position:
            parts.append(Part(draft[position:at], draft[position:at]))
        parts.append(Part(edit.before, edit.after, edit.criterion))
        position = at + len(edit.before)
    if position < len(draft):
        parts.append(Part(draft[position:], draft[position:]))
    return parts


def changed_share(draft: str, revision: str) -> float:
    """How much changed: the share of words deleted or inserted, of all words of both texts, in [0, 1]. 0: the same.

    This is 1 − the normalised Indel similarity of the words (above the bound of `hunks.aligned`: at least that). Where
    nothing but the white space between two words changed, that counts as a word in each text.
    """
    if draft == revision:
        return 0.0
    before, after = Text(draft), Text(revision)
    blocks = aligned(before, after)
    spaces = respaced(before, after, blocks)
    common = sum(block.size for block in blocks)
    return 1 - 2 * common / (len(before.words) + len(after.words) + 2 * spaces)


def _unchanged(tokens: Sequence[str]) -> list[Part]:
    text = "".join(tokens)
    return [Part(text, text)] if text else []
