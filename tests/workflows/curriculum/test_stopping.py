"""When a curriculum stops by what it measured, and how gently its later rounds learn."""

from __future__ import annotations

import pytest

from citing_app.method.evaluation.intervals import Estimate
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.curriculum.stopping import Measured, reason_to_stop
from citing_app.workflows.rounds.choices import Choices

FIRST = Measured(4, 2.5)
BETTER = Measured(5, 2.4, Estimate(-0.1, -0.15, -0.05, 32))
UNCLEAR = Measured(6, 2.41, Estimate(0.01, -0.01, 0.03, 32))
WORSE = Measured(7, 2.5, Estimate(0.09, 0.05, 0.12, 32))


@pytest.mark.parametrize("rounds", [[], [FIRST], [FIRST, BETTER], [FIRST, BETTER, UNCLEAR]])
def test_it_goes_on_while_no_round_is_worse_by_test(rounds: list[Measured]) -> None:
    assert reason_to_stop(rounds, "school") is None


def test_it_stops_after_the_round_that_is_worse_and_names_the_best() -> None:
    assert reason_to_stop([FIRST, BETTER, UNCLEAR, WORSE], "school") == (
        "Stopped after round 7: on the dev part of school its loss of reference answers is higher than that of round 6 "
        "by 0.090 [0.050, 0.120]. Round 5 is the best so far."
    )


def test_what_a_stage_keeps_is_what_it_measured() -> None:
    assert [Measured.kept(one.to_keep()) for one in (FIRST, WORSE)] == [FIRST, WORSE]


def settings(**chosen: object) -> CurriculumSettings:
    return CurriculumSettings.of({"later": "gentler", "choices": {"replay": 0.1, **chosen}})


@pytest.mark.parametrize(
    ("chosen", "place", "learned"),
    [
        ({}, 1, (None, None, 0.1)),
        ({}, 2, (1e-4, 1, 0.25)),
        ({"learning_rate": 4e-4, "epochs": 5, "replay": 0.5}, 3, (2e-4, 1, 0.5)),
        ({"adapter": "new"}, 3, (None, None, 0.1)),
    ],
)
def test_gentler_rounds_learn_at_half_the_rate_once_with_replay_unless_each_begins_anew(
    chosen: dict[str, object], place: int, learned: tuple[float | None, int | None, float]
) -> None:
    found = settings(**chosen).of_round(place, None, decisions=("a decision",))
    assert (found.learning_rate, found.epochs, found.replay) == learned
    assert found.decisions == ("a decision",)


def test_later_rounds_are_gentler_where_nothing_is_chosen_and_the_same_where_that_is() -> None:
    assert CurriculumSettings().of_round(3, 2) == settings(replay=0.0).of_round(3, 2)
    assert CurriculumSettings(later="same").of_round(3, 2) == Choices(parent=2)


def test_a_curriculum_that_stops_is_measured_on_dev() -> None:
    names = [
        CurriculumSettings.of({"evaluate": "school", **chosen}).measured_on
        for chosen in ({}, {"part": "test"}, {"stop_when_worse": True})
    ]
    assert names == ["school", "school · test", "school · dev"]
