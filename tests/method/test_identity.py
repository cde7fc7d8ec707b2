"""Content hashes and the split they fix."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter

from citing_app.method.identity import content_hash, exact_hash, split_of


def test_a_content_hash_ignores_white_space_and_unicode_composition() -> None:
    plain = content_hash("Name a café.", "one two")
    assert content_hash("  Name a\n\tcafé. ", "one  two\n") == plain
    assert content_hash(unicodedata.normalize("NFD", "Name a café."), "one two") == plain
    assert len(plain) == 64


def test_a_content_hash_tells_texts_and_their_places_apart() -> None:
    hashes = [
        content_hash("a", "b"),
        content_hash("b", "a"),
        content_hash("ab", ""),
        content_hash("", "ab"),
        content_hash("a b", ""),
        content_hash("A", "b"),
    ]
    assert len(set(hashes)) == len(hashes)


def test_an_exact_hash_counts_every_space() -> None:
    assert exact_hash("a b") != exact_hash("a  b")
    assert exact_hash("a", "b") != exact_hash("ab")
    assert exact_hash("a", "b") == exact_hash("a", "b")


def test_a_split_depends_on_the_first_eight_digits_alone() -> None:
    for tenth, split in [(0, "train"), (7, "train"), (8, "validation"), (9, "test"), (17, "train"), (19, "test")]:
        assert split_of(f"{tenth:08x}" + "0" * 56) == split
        assert split_of(f"{tenth:08x}" + "f" * 56) == split


def test_splits_are_eight_to_one_to_one() -> None:
    counts = Counter(split_of(content_hash(f"instruction {number}", "")) for number in range(20_000))
    assert abs(counts["train"] / 20_000 - 0.8) < 0.01
    assert abs(counts["validation"] / 20_000 - 0.1) < 0.01
    assert abs(counts["test"] / 20_000 - 0.1) < 0.01


def test_a_row_keeps_its_split_whatever_else_there_is_and_in_whatever_order() -> None:
    texts = [f"instruction {number}" for number in range(300)]
    alone = {text: split_of(content_hash(text, "")) for text in texts}
    more = texts + [f"another {number}" for number in range(300)]
    random.Random(5).shuffle(more)
    together = {text: split_of(content_hash(text, "")) for text in more}
    assert {text: together[text] for text in texts} == alone
