"""What is left of an answer when two are compared: words without case, punctuation and articles."""

from __future__ import annotations

import re
import string
import unicodedata

from citing_app.method.tokens import UNSPACED

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII_MARKS = str.maketrans("", "", string.punctuation)
_UNSPACED = re.compile(f"[{UNSPACED}]")
_UNIT = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")


def normalised(left: str, right: str) -> tuple[list[str], list[str]]:
    """The words of two texts that are compared, by one rule for both.

    The Chinese one where either is mostly in a script without spaces, of which SQuAD's would take a whole sentence for
    one word; else SQuAD's.
    """
    rule = chinese_words if is_unspaced(left) or is_unspaced(right) else squad_words
    return rule(left), rule(right)


def is_unspaced(text: str) -> bool:
    """Whether at least half of a text's words are characters of a script written without spaces, as Chinese is."""
    characters = len(_UNSPACED.findall(text))
    return characters > 0 and 2 * characters >= sum(map(str.isalnum, (unit[0] for unit in _UNIT.findall(text))))


def squad_words(text: str) -> list[str]:
    """Words as the evaluation of SQuAD 1.1 normalises them (Rajpurkar et al. 2016; evaluate-v1.1.py).

    Lower case, then without ASCII punctuation, then without the articles a, an and the, then cut at white space.
    """
    return _ARTICLES.sub(" ", text.lower().translate(_ASCII_MARKS)).split()


def chinese_words(text: str) -> list[str]:
    """Characters, and runs of the rest, as the evaluation of MLQA normalises Chinese (Lewis et al. 2020), after CMRC.

    Lower case, then without ASCII and Unicode punctuation; each Chinese character is a word, and what stands between
    two is cut at white space. Articles stay: `A` is no article there. Kana, Thai and Hangul are cut by character, too
    (KorQuAD; Lim et al. 2019).
    """
    kept = "".join(character for character in text.lower() if not _is_mark(character))
    return _UNIT.findall(kept)


def _is_mark(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")
