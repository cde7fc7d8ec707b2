"""Agreement between people, against figures worked out elsewhere."""

from __future__ import annotations

import pytest

from citing_app.method.agreement import Rating, Verdict, among_all, between_two, pairs

A: Verdict = "accept"
E: Verdict = "edit"
R: Verdict = "reject"


def ratings(**verdicts: list[Verdict | None]) -> list[Rating]:
    """What each person said of revisions 0, 1, …; None: nothing."""
    return [
        (person, revision, verdict)
        for person, given in verdicts.items()
        for revision, verdict in enumerate(given)
        if verdict is not None
    ]


def test_kappa_of_the_textbook_table() -> None:
    # 20 accepted by both, 15 rejected by both, 5 and 10 apart: κ = (0.7 − 0.5) / (1 − 0.5).
    found = between_two(ratings(ada=[A] * 25 + [R] * 25, bob=[A] * 20 + [R] * 5 + [A] * 10 + [R] * 15), "ada", "bob")
    assert (found.n, found.share) == (50, 0.7)
    assert found.coefficient == pytest.approx(0.4)


def test_alpha_of_three_people_with_gaps() -> None:
    # By hand, of the units {A A}, {E E E}, {A R}, {E E}:
    # Do = 2/9, De = 1 − (3·2 + 5·4 + 1·0)/(9·8) = 46/72.
    found = among_all(ratings(ada=[A, E, A, None, R], bob=[A, E, R, E, None], cleo=[None, E, None, E, None]))
    assert found.n == 4
    assert found.people == ("ada", "bob", "cleo")
    assert found.coefficient == pytest.approx(1 - (2 / 9) / (46 / 72))
    assert found.share == pytest.approx(5 / 6)


def test_full_agreement_is_one_and_only_what_both_decided_counts() -> None:
    found = between_two(ratings(ada=[A, R, E, R], bob=[A, R, E, None], cleo=[R, A, A, A]), "ada", "bob")
    assert (found.n, found.share, found.coefficient) == (3, 1.0, pytest.approx(1.0))


def test_one_verdict_only_is_not_told_from_chance() -> None:
    for found in (
        between_two(ratings(ada=[A, A], bob=[A, A]), "ada", "bob"),
        among_all(ratings(ada=[A, A, R], bob=[A, A, None], cleo=[A, None, None])),
    ):
        assert (found.n, found.share, found.coefficient) == (2, 1.0, None)
        assert (
            found.why == "All were accepted as they are: with one verdict only, agreement cannot be told from chance."
        )


def test_one_revision_alone_is_not_told_from_chance() -> None:
    found = between_two(ratings(ada=[A, None], bob=[R, R]), "ada", "bob")
    assert (found.n, found.share, found.coefficient) == (1, 0.0, None)
    assert found.why == "On one revision alone, agreement cannot be told from chance."


def test_nobody_in_common_is_said() -> None:
    found = among_all(ratings(ada=[A, None], bob=[None, R]))
    assert (found.n, found.share, found.coefficient) == (0, None, None)
    assert found.why == "No revision has been decided by two of them."
    assert among_all([]).n == 0


def test_pairs_are_those_with_something_in_common_most_first() -> None:
    found = pairs(ratings(ada=[A, R, None, A], bob=[A, None, None, R], cleo=[A, R, E, R]))
    assert [(one.people, one.n) for one in found] == [
        (("ada", "cleo"), 3),
        (("ada", "bob"), 2),
        (("bob", "cleo"), 2),
    ]
