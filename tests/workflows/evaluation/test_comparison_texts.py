"""What lies behind the win rates of the Comparisons page: the texts of each count, and all models on one scale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.method.evaluation.comparisons import OUTCOMES
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.store import test_sets
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.judge.comparing import compare
from citing_app.workflows.evaluation.judge.comparison_texts import ComparisonTextView, comparison_texts
from citing_app.workflows.evaluation.judge.comparisons_view import comparisons_view
from citing_app.workflows.evaluation.judge.ratings_view import ratings_view
from citing_app.workflows.evaluation.judge.win_rates_view import WinRateView
from citing_app.workflows.evaluation.requests import Compare, ComparisonTexts, ListComparisons, OneJudge
from citing_app.workflows.studio import Studio, open_studio
from tests.compared import JUDGE, compared_studio
from tests.scripted_student import ScriptedStudent, finished
from tests.seeding import pairs

COUNTS = dict(zip(OUTCOMES, ("wins", "ties", "losses", "inconsistent", "both_bad", "invalid"), strict=True))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("compared")
    opened = compared_studio(Settings(folder / "data", folder / "cache"), 16)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def rates(studio: Studio) -> list[WinRateView]:
    return comparisons_view(studio, ListComparisons())["win_rates"]


def judge_of(one: WinRateView) -> dict[str, Any]:
    return {
        "test_set": one["test_set"]["hash"],
        "judge": one["judge"],
        "source": one["source"],
        "prompt_hash": one["prompt_hash"],
    }


def behind(one: WinRateView, **asked: object) -> ComparisonTexts:
    pair = {"first": one["first"]["key"], "second": one["second"]["key"]}
    return ComparisonTexts.of({**judge_of(one), **pair, **asked})


def all_rows(studio: Studio, one: WinRateView, **asked: object) -> list[ComparisonTextView]:
    return comparison_texts(studio.store, behind(one, limit=50, **asked))["rows"]


def test_the_newest_model_comes_first_and_each_pair_is_shown_by_each_judge(rates: list[WinRateView]) -> None:
    assert [(one["first"]["name"], one["second"]["name"], one["judge"]) for one in rates] == [
        ("round 2", "round 1", JUDGE),
        ("round 2", "round 1", "rouge_l"),
        ("round 2", "base", JUDGE),
        ("round 1", "base", JUDGE),
    ]


def test_behind_each_count_are_as_many_texts(studio: Studio, rates: list[WinRateView]) -> None:
    seen = set()
    for one in rates:
        for aspect in one["rates"].keys() & {"overall", "in_depth"}:
            for outcome, count in COUNTS.items():
                found = comparison_texts(studio.store, behind(one, aspect=aspect, outcome=outcome))
                assert found["n"] == one["rates"][aspect][count], (one["judge"], aspect, outcome)  # type: ignore[literal-required]
                assert {row["outcomes"] and row["outcomes"][aspect] for row in found["rows"]} <= {outcome}
                seen |= {outcome} if found["n"] else set()
    assert seen == {"win", "tie", "loss", "inconsistent", "invalid"}


def test_the_worst_is_first_and_pages_hold_each_comparison_once(studio: Studio, rates: list[WinRateView]) -> None:
    for one in rates:
        rows = all_rows(studio, one)
        worth = {"loss": 0, "tie": 1, "inconsistent": 1, "both_bad": 1, "invalid": 2, "win": 3}
        ranks = [worth[row["outcomes"]["overall"]] for row in rows if row["outcomes"]]
        assert ranks == sorted(ranks)
        paged = [
            row
            for place in range(0, 16, 5)
            for row in comparison_texts(studio.store, behind(one, place=place, limit=5))["rows"]
        ]
        assert paged == rows
        assert len({row["hash"] for row in rows}) == len(rows) == 16


def test_each_order_says_whom_the_judge_chose_and_why(studio: Studio, rates: list[WinRateView]) -> None:
    one = rates[0]
    for row in all_rows(studio, one):
        first, second = row["orders"]
        assert (first["shown_first"], second["shown_first"]) == ("first", "second")
        assert row["outcomes"]
        if row["outcomes"]["overall"] == "win":
            assert (first["chosen"]["overall"], second["chosen"]["overall"]) == ("first", "first")
        elif row["outcomes"]["overall"] == "inconsistent":
            assert first["chosen"]["overall"] != second["chosen"]["overall"]
        elif row["outcomes"]["overall"] == "invalid":
            assert "ok" not in (first["outcome"], second["outcome"])
            assert first["chosen"] == {}
            assert not first["is_quoted"]
    quoted = next(row["orders"][1] for row in all_rows(studio, one) if row["orders"][1]["is_quoted"])
    assert quoted["reason"]
    assert quoted["reason"].startswith("A makes")
    empty = next(row for row in all_rows(studio, one) if not row["second"])
    assert empty["orders"][0]["reason"] == "One answer is empty, so no judge was asked."
    assert not empty["orders"][0]["is_quoted"]
    by_reference = all_rows(studio, rates[1])[0]
    assert by_reference["outcomes"]
    assert by_reference["outcomes"].keys() == {"overall"}


def test_what_was_not_compared_is_refused_in_a_sentence(studio: Studio, rates: list[WinRateView]) -> None:
    one = rates[0]
    for wrong in (
        {"judge": "gpt"},
        {"first": one["second"]["key"], "second": one["first"]["key"]},
        {"prompt_hash": "x"},
    ):
        with pytest.raises(CitingError, match="has not compared these two models here"):
            comparison_texts(studio.store, behind(one, **wrong))
    with pytest.raises(CitingError, match="no test set of this name"):
        comparison_texts(studio.store, behind(one, test_set="gone"))
    with pytest.raises(CitingError, match="has compared nothing here"):
        ratings_view(studio.store, OneJudge.of({**judge_of(one), "answer": "self-revision"}))
    with pytest.raises(CitingError, match="The outcome is one of"):
        behind(one, outcome="best")


def test_models_are_rated_by_how_likely_they_beat_sft(studio: Studio, rates: list[WinRateView]) -> None:
    found = ratings_view(studio.store, OneJudge.of(judge_of(rates[0])))
    by_name = {one["name"]: one for one in found["ratings"]}
    assert found["anchor"] == "round 1"
    assert found["ratings"][0]["name"] == "round 2"
    assert by_name["round 1"]["beats_anchor"] == 0.5
    best = by_name["round 2"]
    assert best["low"]
    assert best["beats_anchor"]
    assert 0.5 < best["low"] < best["beats_anchor"]
    played = [
        one for one in rates if one["judge"] == JUDGE and "round 2" in (one["first"]["name"], one["second"]["name"])
    ]
    assert best["games"] == sum(one["rates"]["overall"]["n"] for one in played)


def test_a_model_that_never_lost_is_not_rateable_and_the_base_is_the_anchor_without_sft(tmp_path: Path) -> None:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    opened.student = ScriptedStudent(lambda weights, prompt: "Reference" if weights else "Nothing")
    import_rows(opened.store, pairs(3, "test"), "school")
    finished(opened, 1, "one")
    (shown,) = compare(opened, Compare.of({"model": 1}), Job("compare", "Comparing"))
    found = ratings_view(opened.store, OneJudge.of(judge_of(shown)))
    assert found["anchor"] == "base"
    assert [(one["name"], one["beats_anchor"]) for one in found["ratings"]] == [("base", 0.5), ("round 1", None)]
    assert found["ratings"][1]["why"] == "It never lost or tied, so its rating has no upper limit."
    with opened.store.write() as cursor:
        later = test_sets.freeze(cursor, "another", ["unknown"], "another")
    view = comparisons_view(opened, ListComparisons())
    assert view["test_sets"][0]["hash"] == later
    assert view["test_set"] == shown["test_set"]["hash"]  # the newest with comparisons
    opened.close()
