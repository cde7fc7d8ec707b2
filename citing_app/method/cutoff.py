"""Whether a text looks as if it were cut off: careful, because a warning that is mostly wrong is not read."""

from __future__ import annotations

import re

_LEADING_ON = (
    "a an the and or but nor of to in on at by for from with without into about as than that which who whose because "
    "if when while is are was were be been being has have had will would can could should may might must not very "
    "this these those its his her their our your my"
)
_LEADS_ON = frozenset(_LEADING_ON.split())
"""Words after which an English sentence goes on."""
_NO_PROSE = re.compile(r"\s*([-*•#>|]|\d+[.)]|[A-Z][\w ]{0,30}:)")
_LETTER_AFTER_SENTENCE = re.compile(r"[.!?…][\"'”’)]*\s+[^\W\d_]")
_WORDS_OF_PROSE = 5


def looks_cut_off(text: str, draft: str = "") -> bool:
    """Whether `text` ends in the middle of a sentence, and not because its `draft` ended in the same way.

    It does where its last word leads on ("the", "and") or it ends in a comma; and where its last line is prose, with
    whole sentences before it, and has no mark at its end. A list item, a heading, a hashtag or a line of verse needs
    none. A code block that is never closed is cut off too.
    """
    ending = text.rstrip()
    last = ending.rsplit("\n", 1)[-1].strip()
    if not last or draft.rstrip().endswith(last):
        return False
    if ending.count("```") % 2:
        return True
    word = re.sub(r"\W+$", "", last.rsplit(maxsplit=1)[-1]).casefold()
    if last.endswith(","):
        return True
    if not last[-1].isalnum():
        return False
    if word in _LEADS_ON and len(last.split()) > 2:
        return True
    is_prose = not _NO_PROSE.match(last) and "#" not in last and len(last.split()) >= _WORDS_OF_PROSE
    return is_prose and _LETTER_AFTER_SENTENCE.search(last) is not None
