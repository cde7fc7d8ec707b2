"""Whether an answer contains an accepted one, and no other of the options that its instruction lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from citing_app.method.tokens import UNSPACED

_LABEL = r"(?:\((?P<round>[A-Za-z]|\d{1,2})\)|(?P<plain>[A-Za-z]|\d{1,2})[.):])"
_LINE = re.compile(rf"[ \t]*(?:[-*•‣–][ \t]+|{_LABEL}[ \t]*)(?P<text>\S.*?)[ \t]*")
_INLINE = re.compile(r"(?<!\w)\(?([A-H])\)[ \t]*")
_WORD = re.compile(rf"\d+(?:[.,:]\d+)*|[{UNSPACED}]|[^\W\d_{UNSPACED}]+")
_ARTICLES = frozenset({"a", "an", "the"})


@dataclass(frozen=True)
class Option:
    """One of the answers that an instruction offers; `label` is the letter or number before it, empty for a dash."""

    label: str
    text: str


def contains_answer(answer: str, accepted: Sequence[str], instruction: str = "") -> float:
    """1.0 where the answer contains an accepted one, and no other option that the instruction lists, else 0.0.

    `instruction` is the text with its input, where either may hold the list.

    Contained are whole words, in any case of letters and without articles and punctuation; in a script written
    without spaces, characters. An option is contained by its text, or by its label where the label stands alone or
    as one (`A`, `(A)`, `A.`, `option A`). Words that belong to a longer option count for that one. Without options, or
    where no accepted answer is one of them, any accepted answer will do, as in the accuracy of open-domain question
    answering (Mallen et al. 2023).
    """
    listed = options(instruction)
    right = [option for option in listed if any(_is_named(option, one) for one in accepted)]
    if not right:
        return float(any(_contains(answer, one) for one in accepted))
    chosen = _chosen(answer, listed)
    return float(bool(chosen) and all(option in right for option in chosen))


def options(text: str) -> list[Option]:
    """The options of the last list in a text: lines with a dash or a label, or labels (A) (B) within one line.

    None where there is no such list of two or more.
    """
    lists: list[list[Option]] = [[]]
    for line in filter(str.strip, text.splitlines()):
        found = _LINE.fullmatch(line)
        if found:
            lists[-1].append(Option(found["round"] or found["plain"] or "", found["text"]))
        elif lists[-1]:
            lists.append([])
    listed = next((one for one in reversed(lists) if len(one) > 1), [])
    return listed or _inline(text)


def _inline(text: str) -> list[Option]:
    """Options such as `(A) red (B) blue` within a line, whose labels go on from A."""
    _, *parts = _INLINE.split(text)
    found = [Option(label, said.strip(" ,;\n")) for label, said in zip(parts[::2], parts[1::2], strict=True)]
    is_list = len(found) > 1 and [option.label for option in found] == list("ABCDEFGH"[: len(found)])
    return found if is_list else []


def _is_named(option: Option, accepted: str) -> bool:
    """Whether an accepted answer is this option: its text, its label, or both."""
    named = [option.text, *([option.label, f"{option.label} {option.text}"] if option.label else [])]
    return any((_words(one) or one.split()) == (_words(accepted) or accepted.split()) for one in named)


def _chosen(answer: str, listed: Sequence[Option]) -> list[Option]:
    """The options that an answer contains, longest first."""
    left = _words(answer)
    chosen = []
    for option in sorted(listed, key=lambda option: -len(_words(option.text))):
        wanted = _words(option.text)
        places = _places(left, wanted)
        for place in places:
            left[place : place + len(wanted)] = [""] * len(wanted)
        if places or (not wanted and option.text in answer) or _says_label(answer, option.label):
            chosen.append(option)
    return chosen


def _says_label(answer: str, label: str) -> bool:
    """Whether a label stands in the answer as one: alone, marked, or after a word such as option."""
    if not label:
        return False
    alone = rf"\s*\(?{label}[.):]?\s*"
    marked = rf"\({label}\)|^\s*{label}[.):](?!\w)|(?<!\w)(?:(?i:option|answer|choice)(?: is)?:? ?){label}(?!\w)"
    return bool(re.fullmatch(alone, answer) or re.search(marked, answer, re.MULTILINE))


def _contains(answer: str, accepted: str) -> bool:
    wanted = _words(accepted)
    return bool(_places(_words(answer), wanted)) if wanted else bool(accepted.strip()) and accepted.strip() in answer


def _words(text: str) -> list[str]:
    """Lower-case words, numbers (`1,000` as `1000`) and characters of scripts without spaces, without articles."""
    found = _WORD.findall(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text.lower()))
    return [word for word in found if word not in _ARTICLES] or found


def _places(within: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Where `wanted` stands in `within`, word by word; never where it is empty."""
    n = len(wanted)
    return [place for place in range(len(within) - n + 1) if n and list(within[place : place + n]) == list(wanted)]
