"""The pages of rounds and curricula without a browser: what they are sent, and who may ask for what."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from citing_app.settings import Settings
from citing_app.types import Person
from citing_app.ui.curriculum import CurriculumPage
from citing_app.ui.panel import Panel
from citing_app.ui.rounds import RoundsPage
from citing_app.workflows.rounds.choices import StartRound
from citing_app.workflows.rounds.requests import ListRounds
from citing_app.workflows.studio import Studio
from tests.seeding import studio_with_accepted

OWNER, ANNOTATOR = Person("ada", "owner"), Person("ben", "annotator")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("panels")
    opened = studio_with_accepted(Settings(folder / "data", folder / "cache"), 3)
    yield opened
    opened.close()


def from_outside(page: Panel, name: str, body: Any, person: Person) -> Any:
    return getattr(page, f"served_{name}")(body, SimpleNamespace(state=SimpleNamespace(person=person)))


def test_the_list_is_sent_once_with_what_waits(studio: Studio) -> None:
    page = RoundsPage(studio)
    first = page.rounds(ListRounds(), ANNOTATOR)
    assert (first["rows"], first["untrained"], first["launchers"]) == ([], 3, ["here"])
    assert page.rounds(ListRounds(mark=first["mark"]), ANNOTATOR)["rows"] is None


def test_a_plan_comes_with_what_its_form_offers_besides(studio: Studio) -> None:
    plan = RoundsPage(studio).plan(StartRound(), OWNER)
    assert (plan["pairs"], plan["rows"], plan["held_out_sets"]) == (3, 6, [])
    assert isinstance(plan["criteria"], list)


@pytest.mark.parametrize(
    ("page", "name", "body", "what"),
    [
        (RoundsPage, "start_round", {}, "train a round"),
        (RoundsPage, "cancel_round", {"round": 1}, "cancel a round"),
        (RoundsPage, "move_round", {"round": 1}, "reorder the queue"),
        (RoundsPage, "sampling_estimate", {}, "sample candidates"),
        (CurriculumPage, "start_curriculum", {}, "start a curriculum"),
        (CurriculumPage, "cancel_curriculum", {"curriculum": 1}, "cancel a curriculum"),
    ],
)
def test_who_may_not_is_told_so(studio: Studio, page: type[Panel], name: str, body: Any, what: str) -> None:
    panel = page(studio)
    assert from_outside(panel, name, body, ANNOTATOR)["error"].startswith(f"Only an owner may {what}")


def test_what_is_wrong_gets_a_sentence(studio: Studio) -> None:
    assert from_outside(RoundsPage(studio), "round_detail", {"round": 9}, OWNER) == {"error": "There is no round 9."}
    refused = from_outside(CurriculumPage(studio), "start_curriculum", {"rounds": 0}, OWNER)["error"]
    assert refused.startswith("The number of rounds")
