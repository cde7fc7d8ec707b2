"""What is looked at before a round starts, on a device that the test describes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citing_app.errors import CitingError
from citing_app.settings import Settings
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.desk.batches import accept_pending
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.preflight import FEW, Check
from citing_app.workflows.rounds.training import Plan, plan, start_round
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
    assert [check.level for check in checked(studio, 80 * GB)] == ["ok", "ok", "ok", "ok"]
    with pytest.raises(
        CitingError, match="No accepted revision that waits to be learned has an edit of this criterion"
    ):
        start_round(studio, Choices(kind="edits", criterion="Accurate"), "ada")


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


CHINESE = "天空是蓝色的，因为空气会散射光线。"


def long_rows(count: int) -> list[dict[str, Any]]:
    """Train rows whose revisions have some 3,000 bytes and 1,000 characters."""
    return [row | {"revision": CHINESE * 60 + str(n)} for n, row in enumerate(pairs(count, name="Long"))]


def accepted(studio: Studio, rows: list[dict[str, Any]]) -> Plan:
    import_rows(studio.store, rows, "set")
    accept_pending(studio.store, studio.journal, "ada")
    return plan(studio, Choices(objective="draft"), {"device": "cpu"})


def test_rows_that_the_student_cannot_read_are_told_before_the_start(studio: Studio) -> None:
    assert accepted(studio, pairs(FEW)).checks[-1] == Check("ok", "The student reads every row whole.")
    one = accepted(studio, long_rows(1))
    said = "longer than the student reads (512 tokens) and will be left out."
    assert one.checks[-1] == Check("warning", f"1 row is {said}")
    more = accepted(studio, long_rows(13)[1:])
    assert more.checks[-1] == Check("warning", f"13 rows are {said}")
    assert more.is_counted
    assert more.tokens == one.tokens  # what is left out takes no time


def test_a_round_of_nothing_but_long_rows_does_not_start(studio: Studio) -> None:
    long = accepted(studio, long_rows(2))
    told = r"Every row is longer than the student reads \(512 tokens\): nothing would be learned."
    assert long.checks[-1].level == "stops"
    with pytest.raises(CitingError, match=told):
        start_round(studio, Choices(objective="draft"), "ada")


def test_a_student_whose_tokenizer_is_not_here_has_an_upper_estimate_that_says_so(tmp_path: Path) -> None:
    studio = open_studio(Settings(tmp_path / "data", tmp_path / "cache", student="nobody/not-fetched"))
    short = accepted(studio, pairs(FEW))
    assert not short.is_counted
    assert short.checks[-1].level == "ok"  # no row has more bytes than the student reads tokens
    long = accepted(studio, long_rows(2))
    said = "At most 2 of the rows are longer than the student reads (1,024 tokens) and would be left out; its tokenizer"
    assert long.checks[-1].level == "warning"
    assert long.checks[-1].text.startswith(said)
    assert long.tokens == short.tokens + 2 * 1024
    studio.close()


def test_fewer_epochs_or_steps_are_said_to_take_less(studio: Studio) -> None:
    accept(studio, 40)
    seconds = [
        plan(studio, Choices(**chosen), {"device": "cpu"}).seconds
        for chosen in ({"steps": 2}, {"epochs": 1}, {}, {"steps": 1000}, {"epochs": 4})
    ]
    assert seconds == sorted(seconds)
    assert seconds[2] == seconds[3]
    assert len(set(seconds)) == 4
