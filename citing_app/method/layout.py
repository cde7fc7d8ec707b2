"""Whether a text's white space carries meaning: code and tables, which a proportional face makes unreadable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_MOST_LINES, _LONGEST_LINE = 2000, 400
"""What is looked at: a longer line is prose, and what many lines do not show is not there."""
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_RULE = re.compile(r"\|?(?::?-+:?\|)+(?::?-+:?)?")
_RULED = re.compile(r"\s*\+(?:[-=]+\+)+\s*|.*[\u2500-\u257f]{3}.*")
_TABBED = re.compile(r"[^\t]+(?:\t[^\t]+)+")
_CODE = re.compile(
    r"""
    \s*(?:
        .*[;{}]\s*(?://.*|\#.*)?
        | (?:async\s+)?def\s+\w+\s*\(.*:\s*
        | class\s+\w+\s*(?:\(.*\))?\s*:\s*
        | (?:if|elif|for|while|with|except)\b.*[\w)\]"']:\s*
        | (?:else|try|finally)\s*:\s*
        | (?:from\s+[\w.]+\s+)?import\s+[\w.*]+.*
        | return\b.*[\w)\]"']
        | \#include\b.* | \#!/.*
        | (?:const|let|var|public|private|function|fn|func|package|use)\s+[\w<].*[=({;)].*
        | (?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE\s+TABLE|FROM|WHERE|GROUP\s+BY|ORDER\s+BY|JOIN)\s+\S.*
        | </?[A-Za-z][\w-]*(?:\s[^<>]*)?>.*
        | [\w.\[\]'"]+\s*(?:[-+*/%|&]|//|\*\*)?=\s*\S.*
        | [\w.]+\(.*\)\s*
        | [$>]\s+(?:cd|ls|git|pip|npm|python3?|sudo|curl|docker|cat|echo)\b.*
    )""",
    re.VERBOSE,
)
_FEWEST_CODE_LINES, _CODE_SHARE = 2, 0.5


def is_laid_out(text: str) -> bool:
    """Whether the text holds code (fenced, indented, or at least half of its lines) or a table (Markdown, ruled,
    tabbed)."""
    lines = [line if len(line) <= _LONGEST_LINE else "" for line in text.splitlines()[:_MOST_LINES]]
    if any(_FENCE.match(line) or _RULED.fullmatch(line) for line in lines):
        return True
    if any(_is_table(*two) for two in pairwise(lines)) or _has_indented_block(lines):
        return True
    filled = [line for line in lines if line.strip()]
    code = sum(_CODE.fullmatch(line) is not None for line in filled)
    return code >= _FEWEST_CODE_LINES and code >= _CODE_SHARE * len(filled)


def _is_table(first: str, second: str) -> bool:
    """Whether these lines are the head of a Markdown table with its rule, or two rows between tabs."""
    is_ruled = "|" in first and "|" in second and _RULE.fullmatch("".join(second.split())) is not None
    return is_ruled or all(_TABBED.fullmatch(line) for line in (first, second))


def _has_indented_block(lines: Sequence[str]) -> bool:
    """Whether two lines in a row are indented as Markdown indents code, after a blank line or at the beginning."""
    before = ["", *lines]
    indented = [line.startswith(("    ", "\t")) and bool(line.strip()) for line in lines]
    return any(
        first and second and not before[place].strip() for place, (first, second) in enumerate(pairwise(indented))
    )
