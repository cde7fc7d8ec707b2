"""Ratings: strengths against a fit by hand, who cannot be rated and why, and that no order changes a digit."""

from __future__ import annotations

import math
import random

import pytest

from citing_app.method.evaluation.ratings import Game, Rating, ratings


def games_of(*played: tuple[str, str, float], times: int = 1) -> list[Game]:
    return [Game(f"{time}-{index}", *game) for time in range(times) for index, game in enumerate(played)]


def drawn_games(models: str, n: int, seed: int = 1) -> list[Game]:
    """Games of models that are the stronger the earlier they stand, three of them on each instruction."""
    generator = random.Random(seed)
    found = []
    for row in range(n):
        first, second = generator.sample(models, 2)
        chance = 1 / (1 + math.exp((models.index(first) - models.index(second)) / 2))
        won = generator.choices([1.0, 0.5, 0.0], [chance, 0.3, 1 - chance])[0]
        found.append(Game(f"instruction {row // 3}", first, second, won))
    return found


def test_two_models_have_the_odds_of_their_games() -> None:
    found = ratings(games_of(("round 1", "SFT", 1), ("SFT", "round 1", 0), ("SFT", "round 1", 1)), "SFT", draws=20)
    assert [one.model for one in found] == ["round 1", "SFT"]
    assert (found[0].beats_anchor, found[0].strength) == (pytest.approx(2 / 3), pytest.approx(math.log(2)))
    assert (found[1].beats_anchor, found[1].strength, found[1].low, found[1].high) == (0.5, 0.0, 0.5, 0.5)


def test_a_model_is_rated_through_others_and_a_tie_is_half_a_win_for_each() -> None:
    # Two wins and two ties are odds of 3 to 1, from SFT to A and from A to B: 9 to 1 from SFT to B.
    games = [(first, second, won) for first, second in (("SFT", "A"), ("A", "B")) for won in (1.0, 1.0, 0.5, 0.5)]
    found = {one.model: one for one in ratings(games_of(*games), "SFT", draws=5)}
    assert found["A"].beats_anchor == pytest.approx(1 / 4)
    assert found["B"].beats_anchor == pytest.approx(1 / 10)


def test_the_anchor_only_moves_the_scale() -> None:
    games = drawn_games("ABCD", 60)
    by_a = {one.model: one.strength for one in ratings(games, "A", draws=2)}
    by_d = {one.model: one.strength for one in ratings(games, "D", draws=2)}
    for model, strength in by_a.items():
        assert strength is not None
        assert strength == pytest.approx((by_d[model] or 0) - (by_d["A"] or 0), abs=1e-6)


def test_neither_the_order_of_games_nor_their_sides_change_a_digit() -> None:
    games = drawn_games("ABCDE", 60)
    expected = ratings(games, "C", draws=10)
    shuffled = random.Random(2).sample(games, k=len(games))
    turned = [Game(game.instruction, game.second, game.first, 1 - game.score) for game in games]
    assert shuffled != games
    assert ratings(shuffled, "C", draws=10) == ratings(turned, "C", draws=10) == expected


def test_the_interval_holds_the_truth_and_is_drawn_by_instruction() -> None:
    games = drawn_games("AB", 150)
    (better,) = (one for one in ratings(games, "A", draws=40) if one.model == "B")
    assert better.low is not None
    assert better.high is not None
    chance = 1 / (1 + math.exp(0.5))
    assert better.low < (chance + 0.3 / 2) / 1.3 < better.high
    repeated = [Game(game.instruction, game.first, game.second, game.score) for game in games for _ in range(4)]
    (again,) = (one for one in ratings(repeated, "A", draws=40) if one.model == "B")
    assert (again.low, again.high) == (pytest.approx(better.low, abs=1e-6), pytest.approx(better.high, abs=1e-6))


NO_LOWER = "It never won or tied, so its rating has no lower limit."
NO_UPPER = "It never lost or tied, so its rating has no upper limit."
APART = "Wins don't lead from it to SFT and back, so the two have no common scale."


def test_who_cannot_be_rated_is_named_with_the_reason_and_spoils_no_other() -> None:
    rated = [("round 1", "SFT", 1.0), ("round 1", "SFT", 0.5), ("round 2", "round 1", 0.5)]
    apart = [("elsewhere", "far", 1.0), ("far", "elsewhere", 1.0)]
    games = games_of(*rated, ("base", "SFT", 0.0), ("oracle", "SFT", 1.0), ("oracle", "base", 1.0), *apart)
    found = ratings(games, "SFT", draws=5)
    assert [one.model for one in found[:3]] == ["round 1", "round 2", "SFT"]
    assert {one.model: one.why for one in found[3:]} == {
        "base": NO_LOWER,
        "oracle": NO_UPPER,
        "elsewhere": APART,
        "far": APART,
    }
    assert all((one.strength, one.beats_anchor, one.low, one.high) == (None,) * 4 for one in found[3:])
    alone = ratings(games_of(*rated), "SFT", draws=5)
    assert [one.strength for one in found[:3]] == [one.strength for one in alone]
    assert {one.model: one.games for one in found}["SFT"] == 4


def test_an_anchor_that_never_won_leaves_nobody_to_rate() -> None:
    found = ratings(games_of(("round 1", "SFT", 1.0), ("round 2", "round 1", 0.5)), "SFT")
    assert found[0] == Rating("SFT", 1, 0.0, 0.5, None, None)
    assert {one.model: one.why for one in found[1:]} == {"round 1": APART, "round 2": APART}


def test_without_games_there_is_the_anchor_alone() -> None:
    assert ratings([], "SFT") == [Rating("SFT", 0, 0.0, 0.5, None, None)]


def test_one_instruction_has_a_rating_and_no_interval() -> None:
    found = ratings([Game("one", "模型 🙂", "SFT", 0.5)], "SFT")
    assert [(one.model, one.beats_anchor, one.low, one.high) for one in found] == [
        ("SFT", 0.5, None, None),
        ("模型 🙂", 0.5, None, None),
    ]


def test_draws_without_a_model_say_nothing_of_it() -> None:
    often = games_of(("A", "SFT", 1.0), ("A", "SFT", 0.0), times=3)
    rare = [Game(f"rare {row}", "B", "SFT", score) for row in (1, 2) for score in (1.0, 1.0, 1.0, 0.0)]
    once = [Game("once", "C", "SFT", 0.5)]
    found = {one.model: one for one in ratings([*often, *rare, *once], "SFT", draws=60)}
    assert (found["B"].low, found["B"].high) == (pytest.approx(0.75), pytest.approx(0.75))
    assert (found["C"].beats_anchor, found["C"].low, found["C"].high) == (pytest.approx(0.5), None, None)
    assert found["A"].low is not None
    assert found["A"].low < 0.4


def test_draws_in_which_a_model_only_wins_have_an_end() -> None:
    games = [*games_of(("A", "SFT", 1.0), times=9), Game("lost", "A", "SFT", 0.0)]
    (best,) = (one for one in ratings(games, "SFT", draws=60) if one.model == "A")
    assert best.low is not None
    assert best.high is not None
    assert best.beats_anchor == pytest.approx(0.9)
    assert best.low < 0.9 < best.high <= 1.0
