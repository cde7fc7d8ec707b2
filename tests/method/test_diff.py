"""The diff: whatever the texts, its parts are the texts."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.method.diff import Part, changed_share, diff, kept_text, parts_from_edits
from citing_app.method.tokens import tokens
from citing_app.types import Edit

CURRICULUM = Path(__file__).resolve().parents[2] / "assets" / "curriculum"
TEXTS = [
    "",
    " ",
    "\n\n",
    "The sky is blue.",
    "The sky looks blue, because air scatters light.",
    "line one\nline two\n\n  indented\ttabbed\r\nwindows",
    "天空是蓝色的，因为空气散射光。",
    "空が青いのは、空気が光を散乱するからです。・ー",
    "하늘은 파랗다 because 빛",
    "👩‍👩‍👧‍👦 family 👍🏽 thumbs 🇨🇭",
    "e\u0301 cafe\u0301 n\u0303 a\u0308\u0323",
    "مرحبا بالعالم \u200f(test)\u200e שלום",
    "don't can’t rock'n'roll snake_case __init__ x=1+2",
    "<script>alert(1)</script> & \u2028 separators \u0085 \x0b \x0c",
    "\ufeffzero\u200bwidth\u00a0nbsp\u3000ideographic",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 \U0010ffff",
]


def joined(parts: list[Part]) -> tuple[str, str]:
    return "".join(part.before for part in parts), "".join(part.after for part in parts)


@pytest.mark.parametrize("text", TEXTS)
def test_joined_tokens_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


@pytest.mark.parametrize("revision", TEXTS)
@pytest.mark.parametrize("draft", TEXTS)
def test_joined_parts_are_both_texts(draft: str, revision: str) -> None:
    check_parts(diff(draft, revision), draft, revision)
    assert 0.0 <= changed_share(draft, revision) <= 1.0


def test_random_texts_survive() -> None:
    alphabet = ["a", "b", "word", " ", "\n", ".", "é", "e\u0301", "中", "👍", "_", "'", "1", "\n\n", "。"]
    chance = random.Random(11)
    for _ in range(600):
        draft, revision = ("".join(chance.choices(alphabet, k=chance.randint(0, 30))) for _ in range(2))
        check_parts(diff(draft, revision), draft, revision)


def test_the_same_text_is_one_unchanged_part() -> None:
    assert diff("The same.", "The same.") == [Part("The same.", "The same.")]
    assert changed_share("The same.", "The same.") == 0.0
    assert changed_share("", "") == 0.0
    assert diff("", "") == []


def test_one_word_is_one_hunk_with_its_surroundings_untouched() -> None:
    assert diff("The sky is blue.", "The sky looks blue.") == [
        Part("The sky ", "The sky "),
        Part("is", "looks"),
        Part(" blue.", " blue."),
    ]


def test_changed_share_is_the_share_of_inserted_and_deleted_words() -> None:
    assert changed_share("a b c d", "a b c e") == pytest.approx(2 / 8)
    assert changed_share("a b", "c d") == 1.0
    assert changed_share("", "a") == 1.0


def test_the_teachers_own_edits_make_the_parts() -> None:
    edits = [Edit("is", "looks", "Accurate"), Edit("!", ".", None)]
    parts = parts_from_edits("The sky is blue!", edits)
    assert parts == [
        Part("The sky ", "The sky "),
        Part("is", "looks", "Accurate"),
        Part(" blue", " blue"),
        Part("!", ".", None),
    ]


def test_edits_apply_left_to_right() -> None:
    assert parts_from_edits("a a", [Edit("a", "b"), Edit("a", "c")]) == [Part("a", "b"), Part(" ", " "), Part("a", "c")]
    assert parts_from_edits("a b", [Edit("b", "c"), Edit("a", "d")]) is None


@pytest.mark.parametrize("edit", [Edit("missing", "x"), Edit("", "x")])
def test_an_edit_that_does_not_apply_gives_no_parts(edit: Edit) -> None:
    assert parts_from_edits("The sky.", [edit]) is None


def test_no_edits_leave_the_draft_whole() -> None:
    assert parts_from_edits("The sky.", []) == [Part("The sky.", "The sky.")]


@pytest.mark.parametrize("rows", ["real", "worked"])
def test_every_pair_survives_with_all_hunks_kept_with_none_and_with_some(
    rows: str, request: pytest.FixtureRequest
) -> None:
    pairs = worked_pairs() if rows == "worked" else real_pairs(request.getfixturevalue("shared_data"))
    chance = random.Random(3)
    for draft, revision in pairs:
        parts = diff(draft, revision)
        check_parts(parts, draft, revision)
        hunks = [part for part in parts if part.changed]
        some = {number for number in range(1, len(hunks) + 1) if chance.random() < 0.5}
        chosen = iter(part.after if number in some else part.before for number, part in enumerate(hunks, 1))
        assert kept_text(parts, some) == "".join(next(chosen) if part.changed else part.before for part in parts)
        assert 0.0 < changed_share(draft, revision) <= 1.0 or draft.split() == revision.split()
    assert len(pairs) == {"real": 805, "worked": 84}[rows]


def test_the_worked_examples_make_about_as_many_hunks_as_their_author_made_edits() -> None:
    rows = worked_rows()
    edits = sum(len(row["edits"]) for row in rows)
    hunks = [part for row in rows for part in diff(row["draft"], row["revision"]) if part.changed]
    assert 0.9 * edits < len(hunks) < 1.1 * edits


def test_a_hunk_that_is_not_there_cannot_be_kept() -> None:
    parts = diff("The sky is blue.", "The sky looks blue.")
    assert kept_text(parts, [1, 1]) == "The sky looks blue."
    for number in (0, 2, -1):
        with pytest.raises(CitingError, match="has 1 edits"):
            kept_text(parts, [number])


def test_equal_hunks_are_told_apart_by_their_number() -> None:
    part = Part("a", "b")
    assert kept_text([part, Part(" ", " "), part], {2}) == "a b"


def test_stated_edits_are_kept_by_number_too() -> None:
    parts = parts_from_edits("a a c", [Edit("a", "b"), Edit(" a", "")])
    assert parts is not None
    assert [kept_text(parts, kept) for kept in ((), {1}, {2}, {1, 2})] == ["a a c", "b a c", "a c", "b c"]


def check_parts(parts: list[Part], draft: str, revision: str) -> None:
    """What holds for every diff: it is both texts, it alternates, and keeping all or none gives them back."""
    assert joined(parts) == (draft, revision)
    assert all(part.before or part.after for part in parts)
    assert all(one.changed != following.changed for one, following in itertools.pairwise(parts))
    hunks = sum(part.changed for part in parts)
    assert kept_text(parts, range(1, hunks + 1)) == revision
    assert kept_text(parts, []) == draft


def real_pairs(shared_data: Path) -> list[tuple[str, str]]:
    lines = (shared_data / "draft_revision_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    return [(row["draft"], row["revision"]) for row in map(json.loads, lines)]


def worked_pairs() -> list[tuple[str, str]]:
    return [(row["draft"], row["revision"]) for row in worked_rows()]


def worked_rows() -> list[dict[str, Any]]:
    files = sorted(CURRICULUM.glob("*/worked_examples.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("before", TEXTS)
@pytest.mark.parametrize("after", TEXTS)
def test_what_differs_has_changed_and_what_has_changed_differs(before: str, after: str) -> None:
    share = changed_share(before, after)
    assert (share > 0) == (before != after)
    assert share <= 1


def test_a_change_of_white_space_alone_is_a_change() -> None:
    texts = ["".join(signs) for n in range(5) for signs in itertools.product("a \n", repeat=n)]
    for before, after in itertools.product(texts, texts):
        assert (changed_share(before, after) > 0) == (before != after)


def test_white_space_counts_where_nothing_else_changed() -> None:
    code = "if a:\n  b()\n  c()\n"
    assert changed_share(code, code.replace("  ", "    ")) == pytest.approx(4 / 22)
    assert changed_share("one two three", "one three") == pytest.approx(1 / 5)
    assert changed_share("one two", "one  three") == pytest.approx(2 / 4)
