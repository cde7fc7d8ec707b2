"""What a pair says beyond its accepted text: what was rejected, what each word counts, and whose text stands above."""

from __future__ import annotations

from dataclasses import replace

import pytest

from citing_app.method.compared_rows import (
    DELETED_WEIGHT,
    NEW_WEIGHT,
    SAME_WEIGHT,
    edit_rows,
    held_apart,
    preference_rows,
    ranked_rows,
    reward_rows,
    serves,
    spans_of,
)
from citing_app.method.training_rows import answers_of, message
from citing_app.types import Edit, Pair

PAIR = Pair("d1", 1, "Why?", "", "The cat sat down.", "The cat slept down there.", None, "train")
TAUGHT = replace(PAIR, proposed=PAIR.revision)


def weighed(pair: Pair) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    revision, draft = spans_of(pair)
    return [(pair.revision[a:b], weight) for a, b, weight in revision], [(pair.draft[a:b], w) for a, b, w in draft]


def test_the_draft_is_rejected_in_both_tasks_and_an_unchanged_one_is_not() -> None:
    rows = preference_rows([TAUGHT, replace(TAUGHT, draft=TAUGHT.revision)], "both")
    assert [row.get("rejected") for row in rows] == [message(PAIR.draft)] * 2 + [None] * 2
    assert [row["task"] for row in rows] == ["draft", "revise"] * 2
    assert {row["decision"] for row in rows} == {"d1"}


def test_each_word_counts_by_what_the_revision_did_to_it() -> None:
    revision, draft = weighed(replace(TAUGHT, revision="The cat slept down.", proposed="The cat slept down."))
    assert revision == [("The cat ", SAME_WEIGHT), ("slept", NEW_WEIGHT), (" down.", SAME_WEIGHT)]
    assert draft == [("sat", DELETED_WEIGHT)]


def test_a_dropped_hunk_counts_nothing_on_either_side() -> None:
    edits = (Edit("sat", "slept"), Edit("down", "down there"))
    taught = replace(PAIR, proposed="The cat slept down there.", edits=edits)
    revision, draft = weighed(replace(taught, revision="The cat sat down there.", kept_hunks=(2,)))
    assert revision == [
        ("The cat ", SAME_WEIGHT), ("sat", 0.0), (" ", SAME_WEIGHT), ("down there", NEW_WEIGHT), (".", SAME_WEIGHT)
    ]  # fmt: skip
    assert draft == [("down", DELETED_WEIGHT)]


def test_only_hunks_of_a_criterion_count_and_the_others_are_as_unchanged_text() -> None:
    edits = (Edit("sat", "slept", "Accurate"), Edit("down", "down there"))
    pair = replace(TAUGHT, edits=edits)
    revision, draft = spans_of(pair, "Accurate")
    assert [(pair.revision[a:b], weight) for a, b, weight in revision if weight != SAME_WEIGHT] == [
        ("slept", NEW_WEIGHT)
    ]
    assert [(pair.draft[a:b], weight) for a, b, weight in draft] == [("sat", DELETED_WEIGHT)]
    assert sum(b - a for a, b, _ in revision) == len(pair.revision)
    corrected = replace(pair, criteria={1: "Short", 2: "Accurate"})  # a person's word goes before the teacher's
    assert [pair.draft[a:b] for a, b, _ in spans_of(corrected, "Accurate")[1]] == ["down"]
    assert [pair.draft[a:b] for a, b, _ in spans_of(corrected)[1]] == ["sat", "down"]
    (row,) = edit_rows([pair], "draft", "Accurate")
    assert (row["criterion"], row["weights"]) == ("Accurate", revision)
    assert "criterion" not in edit_rows([pair], "draft")[0]


def test_a_dropped_hunk_and_a_text_that_was_written_on_serve_no_criterion() -> None:
    edits = (Edit("sat", "slept", "Accurate"), Edit("down", "down there", "Short"))
    pair = replace(TAUGHT, edits=edits)
    assert [serves(pair, name) for name in ("Accurate", "Short", "Kind")] == [True, True, False]
    dropped = replace(pair, revision="The cat sat down there.", kept_hunks=(2,))
    assert [serves(dropped, name) for name in ("Accurate", "Short")] == [False, True]
    assert not serves(replace(pair, revision="The dog slept down there."), "Accurate")


def test_where_a_person_wrote_on_what_counts_is_where_they_got_to() -> None:
    revision, draft = weighed(replace(TAUGHT, revision="The dog sat down."))
    assert revision == [("The ", SAME_WEIGHT), ("dog", NEW_WEIGHT), (" sat down.", SAME_WEIGHT)]
    assert draft == [("cat", DELETED_WEIGHT)]


@pytest.mark.parametrize(
    ("pair", "others", "scores"),
    [
        (replace(PAIR, revision="Mine.", proposed="Yours."), ["Yours.", PAIR.draft], [2, 1, 0]),
        (TAUGHT, [PAIR.draft], [1, 0]),
        (replace(PAIR, revision=PAIR.draft, proposed="Yours."), ["Yours."], [1, 0]),
        (replace(TAUGHT, draft=TAUGHT.revision), [], None),
    ],
)
def test_a_persons_text_stands_above_the_teachers_and_that_above_the_draft(
    pair: Pair, others: list[str], scores: list[int] | None
) -> None:
    (row,) = ranked_rows([pair], "draft")
    assert row.get("candidates", []) == [message(text) for text in others]
    assert row.get("scores") == scores
    assert len(answers_of(row)) == 1 + len(others)


def test_sampled_candidates_stand_below_the_desks_revision_and_above_the_draft_by_their_reward() -> None:
    sampled = {"Low.": 0.1, "High.": 0.9, "Even.": 0.1, PAIR.revision: 0.0}
    (row,) = ranked_rows([replace(PAIR, proposed="Yours.", sampled=sampled)], "draft", "reference")
    assert row["candidates"] == [message(text) for text in ("Yours.", "High.", "Low.", "Even.", PAIR.draft)]
    assert (row["scores"], row["ranked_by"]) == ([4, 3, 2, 1, 1, 0], "reference")
    (scored,) = ranked_rows([replace(TAUGHT, sampled={"Low.": 0.1, PAIR.draft: 0.5})], "draft", "7")
    assert (scored["candidates"], scored["scores"]) == ([message(PAIR.draft), message("Low.")], [2, 1, 0])
    (without,) = ranked_rows([TAUGHT], "draft", "reference")
    assert "ranked_by" not in without


def test_a_revision_that_only_adds_rejects_nothing_word_by_word() -> None:
    (row,) = edit_rows([replace(PAIR, revision="The cat sat down. It slept.", proposed="")], "draft")
    assert "rejected" not in row


@pytest.mark.parametrize(
    ("pair", "worse"),
    [
        (replace(PAIR, revision="Mine.", proposed="Yours."), [PAIR.draft, "Yours."]),
        (TAUGHT, [PAIR.draft]),
        (replace(PAIR, revision=PAIR.draft, proposed="Yours."), ["Yours."]),
        (replace(TAUGHT, draft=TAUGHT.revision), []),
    ],
)
def test_a_reward_model_learns_what_the_accepted_text_is_better_than(pair: Pair, worse: list[str]) -> None:
    rows = reward_rows([pair])
    assert [row["rejected"] for row in rows] == [message(text) for text in worse]
    assert all(row["completion"] == message(pair.revision) and "decision" not in row for row in rows)


def test_a_fifth_of_the_instructions_is_held_apart_and_always_the_same() -> None:
    pairs = [replace(PAIR, instruction=f"Question {number}") for number in range(500)]
    learned, held_out = held_apart([*pairs, *pairs])
    assert 120 < len(held_out) < 280
    assert not {one.instruction for one in learned} & {one.instruction for one in held_out}
    assert held_apart(pairs[250:])[1] == [one for one in held_out[: len(held_out) // 2] if one in pairs[250:]]
