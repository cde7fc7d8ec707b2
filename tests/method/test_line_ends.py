"""An edit in a browser's field, which knows no "\\r", leaves the ends of the lines that it did not touch."""

from __future__ import annotations

import itertools
import re

from citing_app.method.line_ends import with_line_ends

PIECES = ("a", "\n", "\r\n", "\r")
TEXTS = ["".join(pieces) for n in range(5) for pieces in itertools.product(PIECES, repeat=n)]


def typed(text: str) -> str:
    """The text as a browser's field gives it back."""
    return re.sub(r"\r\n?", "\n", text)


def test_a_text_that_was_not_changed_comes_back_whole() -> None:
    for text in TEXTS:
        assert with_line_ends(typed(text), text) == text


def test_nothing_but_ends_of_lines_is_changed() -> None:
    for edited, original in itertools.product(TEXTS, TEXTS):
        assert typed(with_line_ends(typed(edited), original)) == typed(edited)


def test_a_new_line_gets_the_ends_that_most_lines_have_and_the_others_keep_theirs() -> None:
    assert (
        with_line_ends("one\ntwo!\nnew\nthree\nend", "one\r\ntwo\r\nthree\nend") == "one\r\ntwo!\r\nnew\r\nthree\nend"
    )


def test_an_edit_that_brings_its_own_ends_or_meets_none_is_left_alone() -> None:
    assert with_line_ends("a\r\nb\nc", "a\r\nb\r\nc") == "a\r\nb\nc"
    assert with_line_ends("a\nb", "a b") == "a\nb"
