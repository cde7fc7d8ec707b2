"""Which stretches of two texts differ, grouped so that one change is one idea rather than a spray of words.

Words are aligned by their longest common subsequence (rapidfuzz). Then, as in diff-match-patch's semantic cleanup but
by words: a change that could stand at several places slides to the start of a word, sentence, line or paragraph; a
common stretch that is short beside the changes around it is swallowed by them; and a change that runs on into further
sentences on one side only is parted at the end of the first.

"The sky is blue. I like it." and "The sky looks blue." differ in two hunks: "is" → "looks", and " I like it." → "".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from citing_app.method.tokens import PARAGRAPH, SENTENCE, Text, may_end

_MOST_CELLS = 50_000_000
"""The largest table of the exact alignment (7,000 × 7,000 words): some 6 MB and 20 ms."""
_BRIDGE_TOKENS = 5
"""Two words and the spaces around them: so little common text never parts two changes of one sentence."""
_LONGEST_SWALLOWED = 40
"""Characters of common text, some seven words, that part changes however long these are."""
_SENTENCE_RATIO = 8
"""How many times longer than a common stretch with a sentence's end both changes must be to swallow it."""


class Change(NamedTuple):
    """Tokens i1..i2 of the one text became tokens j1..j2 of the other."""

    i1: int
    i2: int
    j1: int
    j2: int


class Block(NamedTuple):
    """`size` equal elements from index i of the one sequence and from index j of the other."""

    i: int
    j: int
    size: int


def changes(before: Text, after: Text) -> list[Change]:
    """The grouped changes in order; between any two of them at least one common token stands."""
    # Settled first, so that a common stretch is weighed where it will be read; and again at the end, since what has
    # grown or was parted may slide on from its new edges.
    raw = _settled(before, after, _gaps(before, after))
    grouped = [_trimmed(before, after, change) for change in _grouped(before, after, raw)]
    return _settled(before, after, [part for change in grouped for part in _parted(before, after, change)])


def aligned(before: Text, after: Text) -> list[Block]:
    """The words that both texts have in the same order, as blocks of indices into `words`.

    A longest common subsequence, up to `_MOST_CELLS` pairs of words between the common beginning and end. Above that
    (two different texts of some 7,000 words or characters each) equal sentences are aligned first and the words only
    between them; and what lies between them and is still above it counts as wholly changed but for its beginning and
    end.
    """
    a, b = _numbered(*([text.tokens[index] for index in text.words] for text in (before, after)))
    blocks = _subsequence(a, b)
    return _aligned_by_sentences(before, after, a, b) if blocks is None else blocks


def respaced(before: Text, after: Text, blocks: Sequence[Block]) -> int:
    """How often two words that stand side by side in both texts have other white space between them.

    `blocks` are those of `aligned`. The beginning and the end of a text count as words.
    """
    found = 0
    i = j = 0
    for block in [*blocks, Block(len(before.words), len(after.words), 0)]:
        if (block.i, block.j) == (i, j):  # else there are changed words before the block, and their space with them
            found += before.space(i) != after.space(j)
        if not _is_spaced_alike(before, after, block):
            inside = range(1, block.size)
            found += sum(before.space(block.i + n) != after.space(block.j + n) for n in inside)
        i, j = block.i + block.size, block.j + block.size
    return found


def _is_spaced_alike(before: Text, after: Text, block: Block) -> bool:
    """Whether the white space within a block is the same in both texts; so it is in most."""
    here, there = before.words[block.i : block.i + block.size], after.words[block.j : block.j + block.size]
    return not here or before.tokens[here[0] : here[-1]] == after.tokens[there[0] : there[-1]]


def _aligned_by_sentences(before: Text, after: Text, a: list[int], b: list[int]) -> list[Block]:
    cut_a, cut_b = _sentence_cuts(before), _sentence_cuts(after)
    sentences = _numbered(
        [tuple(a[start:end]) for start, end in pairwise(cut_a)], [tuple(b[start:end]) for start, end in pairwise(cut_b)]
    )
    blocks: list[Block] = []
    i = j = 0
    # A sentence that stands in both texts is very likely the same one, which a word like "the" is not: only sentences
    # can part the table that would be too large into small ones. The last anchor is the end of both.
    for anchor in [*(_subsequence(*sentences) or _ends(*sentences)), Block(len(cut_a) - 1, len(cut_b) - 1, 0)]:
        to_i, to_j = cut_a[anchor.i], cut_b[anchor.j]
        gap = a[i:to_i], b[j:to_j]
        blocks += [Block(i + block.i, j + block.j, block.size) for block in _subsequence(*gap) or _ends(*gap)]
        i, j = cut_a[anchor.i + anchor.size], cut_b[anchor.j + anchor.size]
        blocks.append(Block(to_i, to_j, i - to_i))
    return blocks


def _numbered(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """Both sequences with a number for each different element: rapidfuzz compares hashes, and numbers never collide."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(element, len(numbers)) for element in a], [
        numbers.setdefault(element, len(numbers)) for element in b
    ]


def _sentence_cuts(text: Text) -> list[int]:
    """The indices into `words` where sentences and lines start, and the number of words."""
    return [n for n, index in enumerate(text.words) if n == 0 or text.starts[index] >= SENTENCE] + [len(text.words)]


def _subsequence(a: list[int], b: list[int]) -> list[Block] | None:
    """The longest common subsequence; None where its table would be too large."""
    head, tail = _ends(a, b)
    i1, i2, j1, j2 = head.size, tail.i, head.size, tail.j
    if (i2 - i1) * (j2 - j1) > _MOST_CELLS:
        return None
    middle = LCSseq.editops(a[i1:i2], b[j1:j2]).as_matching_blocks()
    return [head, *(Block(i1 + block.a, j1 + block.b, block.size) for block in middle), tail]


def _ends(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[Block, Block]:
    """The common beginning, and the common end of the rest."""
    shorter = min(len(a), len(b))
    head = next((n for n in range(shorter) if a[n] != b[n]), shorter)
    tail = next((n for n in range(shorter - head) if a[-1 - n] != b[-1 - n]), shorter - head)
    return Block(0, 0, head), Block(len(a) - tail, len(b) - tail, tail)


def _gaps(before: Text, after: Text) -> list[Change]:
    """The changes between neighbouring common words, white space included."""
    found: list[Change] = []
    i = j = 0
    for to_i, to_j, tokens in _runs(before, after):
        if before.tokens[i:to_i] != after.tokens[j:to_j]:
            found.append(_trimmed(before, after, Change(i, to_i, j, to_j)))
        i, j = to_i + tokens, to_j + tokens
    return found


def _runs(before: Text, after: Text) -> Iterator[Block]:
    """The blocks of `aligned` as tokens, with a word to each block where their white space differs; then the ends."""
    # Words are aligned without the white space between them, or a text that is wrapped anew would be changed all over;
    # where only that space differs, it is a change of its own between two words that stay.
    for i, j, size in aligned(before, after):
        here, there = before.words[i : i + size], after.words[j : j + size]
        if size and _is_spaced_alike(before, after, Block(i, j, size)):
            yield Block(here[0], there[0], here[-1] + 1 - here[0])
        else:
            yield from (Block(word, other, 1) for word, other in zip(here, there, strict=True))
    yield Block(len(before.tokens), len(after.tokens), 0)


def _trimmed(before: Text, after: Text, change: Change) -> Change:
    """The change without the tokens that both its sides begin or end with."""
    i1, i2, j1, j2 = change
    head, tail = _ends(before.tokens[i1:i2], after.tokens[j1:j2])
    return Change(i1 + head.size, i2 - tail.size, j1 + head.size, j2 - tail.size)


def _grouped(before: Text, after: Text, found: Sequence[Change]) -> list[Change]:
    """The changes with the common stretches that they swallow; what grew is weighed again with the one before it."""
    grouped: list[Change] = []
    # What has grown may now be large enough beside the stretch before it: the loop looks back as long as it swallows.
    for change in found:
        grouped.append(change)
        while len(grouped) > 1 and _swallow(before, after, *grouped[-2:]):
            right = grouped.pop()
            left = grouped.pop()
            grouped.append(Change(left.i1, right.i2, left.j1, right.j2))
    return grouped


def _swallow(before: Text, after: Text, left: Change, right: Change) -> bool:
    """Whether the common stretch between two changes is too small to part them."""
    # People decide hunk by hunk: two paragraphs are two decisions, however little stands between them, and so are two
    # sentences, unless next to nothing is common in a passage that was written anew.
    if _crosses(PARAGRAPH, before, after, left, right):
        return False
    common = before.length(left.i2, right.i1)
    smaller = min(
        max(before.length(change.i1, change.i2), after.length(change.j1, change.j2)) for change in (left, right)
    )
    if common > _LONGEST_SWALLOWED:
        return False
    if _crosses(SENTENCE, before, after, left, right):
        return common * _SENTENCE_RATIO <= smaller
    return right.i1 - left.i2 <= _BRIDGE_TOKENS or common <= smaller


def _crosses(kind: int, before: Text, after: Text, left: Change, right: Change) -> bool:
    """Whether a sentence or paragraph starts in or on the edges of the common stretch between two changes.

    At the left edge only what was itself deleted or inserted can have ended one; at the right edge one of the texts
    may end, which starts nothing.
    """
    return (
        (left.i1 < left.i2 and before.starts[left.i2] >= kind)
        or (left.j1 < left.j2 and after.starts[left.j2] >= kind)
        or before.first_start(kind, left.i2 + 1, right.i1 - 1) is not None
        or min(before.starts[right.i1], after.starts[right.j1]) >= kind
    )


def _parted(before: Text, after: Text, change: Change) -> list[Change]:
    """A change from inside a sentence that runs over its end on one side only becomes two: the sentence, the rest.

    Both end with the same mark or line break, `end`, which comes next in both texts: of the two places of `end` on the
    longer side the first is the one meant.
    """
    i1, i2, j1, j2 = change
    # Else whoever rejects the sentence that was added would reject the mending of the one before it as well.
    inside = max(before.starts[i1], after.starts[j1]) < SENTENCE
    if not inside or i1 == i2 or j1 == j2 or i2 == len(before.tokens):
        return [change]
    end = before.tokens[i2]
    at_i, at_j = _first_end(before, end, i1, i2), _first_end(after, end, j1, j2)
    if at_i is not None and at_j is None:
        return [Change(i1, at_i, j1, j2), Change(at_i + 1, i2 + 1, j2 + 1, j2 + 1)]
    if at_j is not None and at_i is None:
        return [Change(i1, i2, j1, at_j), Change(i2 + 1, i2 + 1, at_j + 1, j2 + 1)]
    return [change]


def _first_end(text: Text, end: str, start: int, stop: int) -> int | None:
    """Where in tokens start..stop `end` first ends a sentence or line; None for nowhere."""
    if not may_end(end):
        return None
    ends = (
        index
        for index in range(start, stop)
        if text.tokens[index] == end and text.first_start(SENTENCE, index + 1, index + 2) is not None
    )
    return next(ends, None)


def _settled(before: Text, after: Text, found: Sequence[Change]) -> list[Change]:
    """The changes slid to where they read best; those that then touch are one, and those that vanish are gone."""
    settled: list[Change] = []
    stop = Change(len(before.tokens), len(before.tokens), len(after.tokens), len(after.tokens))
    for change, following in zip(found, [*found, stop][1:], strict=True):
        last = settled[-1] if settled else Change(0, 0, 0, 0)
        slid = _slid(before, after, change, last, following)
        if settled and (last.i2, last.j2) == (slid.i1, slid.j1):
            slid = _trimmed(before, after, Change(last.i1, slid.i2, last.j1, slid.j2))
            settled.pop()
        if slid.i1 < slid.i2 or slid.j1 < slid.j2:
            settled.append(slid)
    return settled


def _slid(before: Text, after: Text, change: Change, last: Change, following: Change) -> Change:
    """An insertion or deletion moved along equal tokens to the best places to begin and end; else as it was."""
    i1, i2, j1, j2 = change
    if i1 == i2:
        by = _best_place(after, j1, j2, last.j2, following.j1) - j1
    elif j1 == j2:
        by = _best_place(before, i1, i2, last.i2, following.i1) - i1
    else:
        return change
    return Change(i1 + by, i2 + by, j1 + by, j2 + by)


def _best_place(text: Text, start: int, end: int, lowest: int, highest: int) -> int:
    """Where tokens start..end may begin instead, without leaving lowest..highest; the last of the best places."""
    length = end - start
    first = start
    while first > lowest and text.tokens[first - 1] == text.tokens[first - 1 + length]:
        first -= 1
    last = start
    while last + length < highest and text.tokens[last] == text.tokens[last + length]:
        last += 1
    # Before another "It", an inserted "It rained. " is just as well "rained. It ": the same text, but nobody would say
    # that this was inserted. So a place counts by what starts at both its edges.
    return max(range(first, last + 1), key=lambda place: (text.starts[place] + text.starts[place + length], place))
