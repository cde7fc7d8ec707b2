"""A text cut into tokens for the diff, and where its words, sentences, lines and paragraphs start.

A token is a word or number, a run of white space, one mark, or one character of a script written without spaces.
A grapheme (a letter with its combining marks, an emoji sequence, a flag) is never cut.
"""

from __future__ import annotations

import bisect
import functools
import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate

_THAI_TO_KHMER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d"
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\uac00-\ud7a3"
UNSPACED = _THAI_TO_KHMER + _KANA + _HAN + _HANGUL
"""Compared by character. Hangul is spaced, but its endings change inside the word."""
_JOINING = (
    "\u200c\u200d"  # joiners
    "\u0e33\u0eb3\uff9e\uff9f"  # Thai and Lao AM, half-width kana marks: letters that belong to the one before
    "\u1160-\u11ff\ud7b0-\ud7ff"  # vowels and ends of a Hangul syllable
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"  # skin tones, tags of flags
)
_ENDS = frozenset(".!?…。！？｡")
_ENDS_WITHOUT_SPACE = frozenset("。！？｡")
_CLOSERS = frozenset("\"'”’)]}»」』）】*")


NOTHING, WORD, SENTENCE, LINE, PARAGRAPH, TEXT = range(6)
"""What starts at a position of a text; the higher, the better a place for a hunk to begin or end."""


class Text:
    """A text as tokens, with what the diff asks about stretches of it."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.words = [index for index, token in enumerate(self.tokens) if not token.isspace()]
        """The indices of the tokens that are not white space."""

    @functools.cached_property
    def starts(self) -> list[int]:
        """What starts before each token, and TEXT for the end of the text: `len(tokens) + 1` entries."""
        return _starts(self.tokens)

    def space(self, word: int) -> list[str]:
        """The white space before the word of this number; for the number of words, that at the end of the text."""
        start = self.words[word - 1] + 1 if word else 0
        return self.tokens[start : self.words[word] if word < len(self.words) else len(self.tokens)]

    def length(self, start: int, end: int) -> int:
        """How many characters tokens start..end have."""
        return self._offsets[end] - self._offsets[start]

    def first_start(self, kind: int, start: int, end: int) -> int | None:
        """The first position in start..end, both included, where this or more starts; None where there is none."""
        positions = self._paragraphs if kind == PARAGRAPH else self._sentences
        place = bisect.bisect_left(positions, start)
        return positions[place] if place < len(positions) and positions[place] <= end else None

    @functools.cached_property
    def _offsets(self) -> list[int]:
        return [0, *accumulate(map(len, self.tokens))]

    @functools.cached_property
    def _sentences(self) -> list[int]:
        return [position for position, start in enumerate(self.starts) if start >= SENTENCE]

    @functools.cached_property
    def _paragraphs(self) -> list[int]:
        return [position for position in self._sentences if self.starts[position] >= PARAGRAPH]


def tokens(text: str) -> list[str]:
    """The text cut into words, spaces, marks and single unspaced characters; joined they are the text again."""
    return _token().findall(text)


def may_end(token: str) -> bool:
    """Whether the token may end a sentence or ends a line."""
    return token in _ENDS or "\n" in token


@functools.cache
def _token() -> re.Pattern[str]:
    """The pattern of a token. It waits for the first text: Unicode's combining marks are looked up for it."""
    joining = _JOINING + _combining_marks()
    plain = r"[A-Za-z]++(?=[ .,\n])|[ ](?=[A-Za-z])"  # most of most texts, five times faster than what follows
    letter = rf"[^\W{UNSPACED}]"
    letters = rf"{letter}++(?:[{joining}]++{letter}*+)*+"
    word = rf"{letters}(?:(?:['’]|[.,:](?<=\d.)(?=\d)){letters})*+"
    space = rf"\s++(?![{joining}])"
    other = rf"(?:[\U0001f1e6-\U0001f1ff]{{2}}|.)[{joining}]*+(?:(?<=\u200d)[^\w\s][{joining}]*+)*+"
    return re.compile(f"{plain}|{word}|{space}|{other}", re.DOTALL)


def _combining_marks() -> str:
    """Unicode's combining marks (category M) as ranges for a character class; planes 0 and 1, and the selectors."""
    codes = [code for code in range(0x300, 0x1F000) if unicodedata.category(chr(code)).startswith("M")]
    firsts = [code for code, before in zip(codes, [0, *codes], strict=False) if code != before + 1]
    lasts = [code for code, after in zip(codes, [*codes[1:], 0], strict=True) if code + 1 != after]
    return (
        "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(firsts, lasts, strict=True))
        + "\U000e0100-\U000e01ef"
    )


def _starts(cut: Sequence[str]) -> list[int]:
    starts = [NOTHING] * (len(cut) + 1)
    ended = False
    for index, token in enumerate(cut):
        if token == " ":
            starts[index + 1] = SENTENCE if ended else WORD
            ended = False
        elif token in _ENDS:
            starts[index + 1] = SENTENCE if token in _ENDS_WITHOUT_SPACE else NOTHING
            ended = not _is_list_number(cut, index)
        elif ended and token in _CLOSERS:
            starts[index : index + 2] = [NOTHING, starts[index]]
        elif token.isspace():
            starts[index + 1] = _after_space(token, ended)
            ended = False
        else:
            ended = False
    starts[0] = starts[-1] = TEXT
    return starts


def _after_space(space: str, ended: bool) -> int:
    if "\n" in space:
        return PARAGRAPH if space.count("\n") > 1 else LINE
    return SENTENCE if ended else WORD


def _is_list_number(cut: Sequence[str], mark: int) -> bool:
    """Whether the mark at this index belongs to a number that opens a line, as in “2. Add the flour”."""
    return mark > 0 and cut[mark - 1].isdigit() and (mark == 1 or "\n" in cut[mark - 2])
