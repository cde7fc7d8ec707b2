"""What is looked at before a round starts, on a device that the test describes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.settings import Settings
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.preflight import FEW, Check
from citing_app.workflows.rounds.training import plan
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import pairs

GB = 10**9


@pytest.fixture
def studio(tmp_path: Path, tiny_student: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student)))
    yield opened
    opened.close()


def accept(studio: Studio, count: int) -> None:
    import_rows(studio.store, pairs(count), "set")
    accept_pending(studio.store, studio.journal, "ada")


def checked(studio: Studio, free: int, held: int = 0) -> list[Check]:
    """What is said of a round on a GPU with so much memory free, and so much held by the generation worker."""
    device = {"device": "cuda:0", "name": "a GPU", "dtype": "bfloat16", "free_bytes": free, "held_bytes": held}
    return plan(studio, Choices(), device).checks


def test_nothing_accepted_stops_a_round_and_few_revisions_are_said(studio: Studio) -> None:
    assert checked(studio, 80 * GB)[0].level == "stops"
    accept(studio, FEW - 1)
    assert checked(studio, 80 * GB)[0].level == "warning"
    import_rows(studio.store, pairs(1, name="Another"), "more")
    accept_pending(studio.store, studio.journal, "ada")
    assert [check.level for check in checked(studio, 80 * GB)] == ["ok", "ok", "ok"]


def test_few_answers_are_said_by_their_name(studio: Studio) -> None:
    import_rows(studio.store, pairs(FEW - 1), "set")
    said = plan(studio, Choices(kind="sft"), {"device": "cpu"}).checks[0].text
    assert said == f"With fewer than {FEW} answers a round learns little; more make a better student."


@pytest.mark.parametrize(
    ("free", "held", "level"),
    [(80 * GB, 0, "ok"), (1 * GB, 0, "warning"), (1000, 0, "stops"), (1000, 80 * GB, "ok")],
)
def test_memory_that_the_generation_worker_holds_counts_as_free(
    studio: Studio, free: int, held: int, level: str
) -> None:
    accept(studio, FEW)
    assert checked(studio, free, held)[2].level == level
