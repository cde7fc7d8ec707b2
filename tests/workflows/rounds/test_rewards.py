"""Rounds of a reward model and by one: what they learn, what they take, and what their adapter is not offered for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.rounds.layout import create
from citing_app.rounds.spec import Parent, RoundSpec
from citing_app.settings import Settings
from citing_app.workflows.adapters.exporting import start_export
from citing_app.workflows.adapters.tree import adapters_view, delete_adapter, name_round
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.supervising import import_round, record
from citing_app.workflows.rounds.training import plan, start_round
from citing_app.workflows.rounds.training_set import gather
from citing_app.workflows.rounds.view import rounds_list
from citing_app.workflows.status import status
from citing_app.workflows.students import adapter_of, finished_rounds, reward_model_of
from citing_app.workflows.studio import Studio
from tests.seeding import studio_with_accepted
from tests.workflows.adapters.test_tree import ROW, directory_of, trained


@pytest.fixture
def studio(tmp_path: Path, tiny_student: Path) -> Iterator[Studio]:
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(tiny_student))
    opened = studio_with_accepted(settings, 20)
    yield opened
    opened.close()


def test_a_reward_model_learns_four_fifths_of_all_pairs_and_takes_none(studio: Studio) -> None:
    material = gather(studio.store, Choices(kind="reward"))
    assert material.pairs == len(material.train)
    assert len(material.train) + len(material.validation) == 20
    assert 1 <= len(material.validation) <= 8
    asked = [{str(row["prompt"]) for row in rows} for rows in (material.train, material.validation)]
    assert not asked[0] & asked[1]
    assert all("decision" not in row and row["rejected"] != row["completion"] for row in material.train)
    spec = RoundSpec(1, "run", studio.settings.student, kind="reward")
    record(studio, create(studio.rounds_folder, spec, material.train, material.validation), "ada")
    listed = rounds_list(studio)["rows"][0]
    assert (listed.kind, listed.items) == ("reward", len(material.train))
    assert gather(studio.store, Choices()).pairs == 20
    assert gather(studio.store, Choices(kind="reward")) == material


def test_a_reward_model_is_no_student(studio: Studio, tiny_adapter: Path) -> None:
    student = trained(studio, tiny_adapter)
    reward = trained(studio, tiny_adapter, kind="reward")
    assert [row.number for row in finished_rounds(studio)] == [student]
    assert status(studio)["round"] == student
    with pytest.raises(CitingError, match="is a reward model: it scores answers"):
        adapter_of(studio, reward)
    with pytest.raises(CitingError, match="is a reward model"):
        start_export(studio, reward, "adapter")
    with pytest.raises(CitingError, match="is a reward model"):
        start_round(studio, Choices(parent=reward), "ada")
    with pytest.raises(CitingError, match="leave the parent out"):
        Choices(kind="reward", parent=student)
    with pytest.raises(CitingError, match="is not a reward model"):
        reward_model_of(studio, student)


def test_a_reward_model_is_listed_named_and_deleted_but_not_while_a_round_needs_it(
    studio: Studio, tiny_adapter: Path
) -> None:
    reward = trained(studio, tiny_adapter, kind="reward")
    name_round(studio, reward, "judge")
    assert [(one["name"], one["kind"]) for one in adapters_view(studio)["adapters"]] == [("judge", "reward")]
    needed = Parent(reward, str(directory_of(studio, reward).adapter), "hash")
    spec = RoundSpec(2, "run-2", studio.settings.student, kind="rlhf", reward=needed)
    waiting = create(studio.rounds_folder, spec, [ROW], [])
    record(studio, waiting, "ada")
    with pytest.raises(CitingError, match="Round 2 goes on from this adapter"):
        delete_adapter(studio, reward)
    waiting.write_error("cancelled", "The round was cancelled.")
    import_round(studio, 2)
    delete_adapter(studio, reward)
    assert not directory_of(studio, reward).adapter.exists()


@pytest.mark.skipif(find_spec("trl") is not None, reason="TRL is installed here")
def test_without_its_package_a_round_by_a_reward_does_not_start(studio: Studio) -> None:
    checks = plan(studio, Choices(kind="rlhf"), {"device": "cpu"}).checks
    stops = [check.text for check in checks if check.level == "stops"]
    assert stops == ["This kind of round needs TRL 1.16.0; install it with: pip install trl==1.16.0"]
    with pytest.raises(CitingError, match="pip install trl"):
        start_round(studio, Choices(kind="rlhf"), "ada")


def test_a_round_by_a_reward_is_told_to_take_longer_than_its_rows(studio: Studio) -> None:
    device = {"device": "cpu"}
    by_reward, plain = (plan(studio, Choices(kind=kind), device) for kind in ("rlhf", "sft"))
    assert by_reward.rows == plain.rows
    start = 10  # seconds to load the student; three epochs of one pass, and one epoch of twelve
    assert by_reward.seconds - start == pytest.approx(4 * (plain.seconds - start))
