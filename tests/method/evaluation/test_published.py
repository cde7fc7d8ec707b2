"""Figures that others published, worked out again from their rows."""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from citing_app.method.evaluation.comparisons import Outcome, Preference
from citing_app.method.evaluation.intervals import mean, standard_error
from citing_app.method.evaluation.lengths import rates_at_equal_length
from citing_app.method.evaluation.ratings import Game, ratings
from citing_app.method.evaluation.trust import Asked, agreement, trust
from citing_app.method.evaluation.win_rates import win_rate


@pytest.fixture(scope="module")
def evaluation_data(shared_data: Path) -> Path:
    folder = shared_data / "evaluation"
    if not folder.is_dir():
        pytest.skip("the published judgements are not among the real data sets")
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Where each of both orders was won, in the published words.
PLACES: dict[str, Preference | None] = {"A": "left", "B": "right", "tie": "tie", "error": None}
JUDGES = {
    "qwen/judge_7B": ("Qwen-7B", 79.25),
    "qwen/judge_14B": ("Qwen-14B", 45.08),
    "qwen/judge_32B": ("Qwen-32B", 30.97),
    "exaone/judge_32B": ("EXAONE-32B", 42.17),
    "gpt/judge_gpt4omini": ("GPT-4o-mini", 33.45),
    "gemma4/judge_12B": ("Gemma-4-12B-it", 19.83),
}


def test_the_inconsistent_rates_of_six_judges(evaluation_data: Path) -> None:
    folder = evaluation_data / "two_orders"
    published = {row["judge"]: row for row in table(folder / "table5_pairwise_inconsistency.csv")}
    asked = defaultdict(list)
    for row in table(folder / "pairwise_both_orders_en.csv"):
        places = PLACES[row["winner_ab"]], PLACES[row["winner_ba"]]
        asked[row["judge"]].append(Asked(*places, int(row["len_ab"]), int(row["len_ba"])))
    assert set(asked) == set(JUDGES)
    for judge, (name, rate) in JUDGES.items():
        found, theirs = trust(asked[judge]), published[name.removesuffix("-it")]
        assert found.inconsistent.mean is not None
        assert round(100 * found.inconsistent.mean, 2) == rate == float(theirs["en_rate_pct"])
        assert found.inconsistent.n == int(theirs["en_valid"])
        assert (found.first_place.mean or 0) > 0.5
        assert (found.invalid.mean or 0) * len(asked[judge]) == pytest.approx(1200 - int(theirs["en_valid"]))


def test_evalicas_bradley_terry_of_59_models(evaluation_data: Path) -> None:
    folder, scores = evaluation_data / "llmfao", {"left": 1.0, "tie": 0.5, "right": 0.0}
    golden = {
        row["item"]: float(row["score"])
        for row in table(folder / "llmfao-golden.csv")
        if row["algorithm"] == "bradley_terry"
    }
    games = [
        Game(row["prompt"], row["left"], row["right"], scores[row["winner"]])
        for row in table(folder / "crowd-comparisons.csv")
    ]
    found = ratings(games, "GPT 4", draws=3)
    assert (len(games), len(found), {one.model for one in found}) == (8931, 59, set(golden))
    worth = {one.model: math.exp(one.strength) for one in found if one.strength is not None}
    for model, share in golden.items():
        assert worth[model] / sum(worth.values()) == pytest.approx(share, abs=1e-7)
    assert [one.model for one in found[:2]] == sorted(golden, key=lambda model: -golden[model])[:2]


def test_kappa_of_pandalms_three_annotators(evaluation_data: Path) -> None:
    rows = json.loads((evaluation_data / "pandalm" / "testset-v1.json").read_text(encoding="utf-8"))
    words: dict[int, Outcome] = {0: "tie", 1: "win", 2: "loss"}
    first, second, third = ([words[row[f"annotator{number}"]] for row in rows] for number in (1, 2, 3))
    # PandaLM (arXiv 2306.05087), §3: between .85 and .88.
    for one, other, kappa in ((first, second, 0.85), (first, third, 0.88), (second, third, 0.86)):
        found = agreement(one, other)
        assert found.mean is not None
        assert found.low is not None
        assert found.high is not None
        assert (round(found.mean, 2), found.n) == (kappa, 999)
        assert found.low < found.mean < found.high < found.low + 0.07


def of_alpaca_eval(evaluation_data: Path) -> dict[str, list[tuple[float, float]]]:
    """By model, the preferences in [0, 1] and how much longer its answers are than the baseline's."""
    found = defaultdict(list)
    for row in table(evaluation_data / "alpaca_eval_2" / "preferences_57_models.csv"):
        if row["preference"]:
            longer = float(row["len_model"]) - float(row["len_baseline"])
            found[row["model"]].append((float(row["preference"]) - 1, longer))
    return found


def test_57_of_57_rows_of_alpaca_eval_2(evaluation_data: Path) -> None:
    published = {row[""]: row for row in table(evaluation_data / "alpaca_eval_2" / "published_leaderboard_57.csv")}
    rows = of_alpaca_eval(evaluation_data)
    assert len(rows) == len(published) == 57
    for model, theirs in published.items():
        preferences = [preference for preference, _ in rows[model]]
        average, error = mean(preferences), standard_error(preferences)
        assert average is not None
        assert error is not None
        assert 100 * average == pytest.approx(float(theirs["win_rate"]), abs=1e-6)
        assert 100 * error == pytest.approx(float(theirs["standard_error"]), abs=1e-6)
        found = win_rate("win" if one > 0.5 else "loss" if one < 0.5 else "tie" for one in preferences)
        assert found.rate is not None
        assert [found.wins, found.losses, found.ties, found.n] == [
            int(theirs[name]) for name in ("n_wins", "n_wins_base", "n_draws", "n_total")
        ]
        assert 100 * found.rate == pytest.approx(float(theirs["discrete_win_rate"]), abs=1e-9)


def test_the_rate_at_equal_length_is_not_alpaca_evals_but_goes_its_way(evaluation_data: Path) -> None:
    """Theirs knows each instruction's difficulty and is held back where a model is always shorter; ours is not."""
    published = {row[""]: row for row in table(evaluation_data / "alpaca_eval_2" / "published_leaderboard_57.csv")}
    ours, theirs = [], []
    for model, rows in of_alpaca_eval(evaluation_data).items():
        preferences, longer = np.array(rows).T
        ours.append(100 * rates_at_equal_length(longer[None], preferences[None])[0])
        theirs.append(float(published[model]["length_controlled_winrate"]))
    apart = np.abs(np.array(ours) - np.array(theirs))
    assert 0.93 < np.corrcoef(ours, theirs)[0, 1] < 0.95
    assert np.median(apart) < 6
    assert apart.max() > 20
