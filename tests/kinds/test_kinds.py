"""What every kind of round has to hold, and what is no kind."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from typing import get_args

import pytest

from citing_app.errors import CitingError
from citing_app.kinds import DEFAULT, kind_of, kinds
from citing_app.kinds.kind import Choice
from citing_app.kinds.package import Package
from citing_app.kinds.source import PAIRS
from citing_app.processes import PROJECT_ROOT
from citing_app.store.database import Store
from citing_app.workflows.curriculum.settings import StartCurriculum
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training_set import gather

CHOSEN: dict[str, object] = {
    "objective": "draft",
    "adapter": "new",
    "replay": 0.5,
    "tokens": "changed",
    "order": "easy",
    "with_validation": True,
    "reward": "3",
    "criterion": "Accurate",
    "candidates": "reference",
    "validate_on": "elsewhere",
    "patience": 3,
}


def test_the_files_are_the_kinds_and_the_default_comes_first() -> None:
    files = {path.stem for path in (PROJECT_ROOT / "citing_app" / "kinds").glob("*.py")}
    assert set(kinds()) == files - {"__init__", "kind", "package", "source"}
    assert next(iter(kinds())) == DEFAULT


@pytest.mark.parametrize("name", kinds())
def test_a_kind_has_a_trainer_and_a_source_that_is_fetched(name: str, store: Store) -> None:
    kind = kind_of(name)
    assert (PROJECT_ROOT / "citing_app" / "worker" / "trainers" / f"{kind.trainer}.py").is_file()
    assert gather(store, Choices(kind=name)).train == []


@pytest.mark.parametrize("name", ["kind", "package", "source", "imported", "../sft", "sft.py", ""])
def test_what_is_no_kind_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(CitingError, match=r"one of citing, .*sft"):
        kind_of(name)


@pytest.mark.parametrize("name", kinds())
@pytest.mark.parametrize("choice", get_args(Choice))
def test_a_choice_is_taken_where_the_kind_offers_it_and_refused_elsewhere(name: str, choice: str) -> None:
    given = {"kind": name, choice: CHOSEN[choice]}
    if choice in kind_of(name).offers:
        assert getattr(Choices(**given), choice) == CHOSEN[choice]  # type: ignore[arg-type]
    else:
        with pytest.raises(CitingError, match="is no choice of rounds of the kind"):
            Choices(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", kinds())
def test_a_curriculum_refuses_what_its_kind_does_not_take_and_a_patience_of_0_is_no_choice(name: str) -> None:
    assert Choices(kind=name, patience=0).patience == 0
    if "validate_on" not in kind_of(name).offers:
        with pytest.raises(CitingError, match="The data set to validate on is no choice of rounds of the kind"):
            _ = StartCurriculum(kind=name, validate_on="elsewhere").settings


@pytest.mark.parametrize("name", [name for name, kind in kinds().items() if "order" in kind.offers])
def test_what_has_no_edits_is_not_put_in_order_by_them(name: str) -> None:
    if kind_of(name).learns_from is PAIRS:
        assert Choices(kind=name, order="edit_size").order == "edit_size"
    else:
        with pytest.raises(CitingError, match="learn no edits: take another order"):
            Choices(kind=name, order="edit_size")


@pytest.mark.parametrize("name", kinds())
def test_a_curriculum_is_of_any_kind_that_trains_a_student(name: str) -> None:
    asked = StartCurriculum(kind=name)
    if kind_of(name).trains == "student":
        assert asked.settings.of_round(2, parent=1, decisions=("d1",)).kind == name
    else:
        with pytest.raises(CitingError, match="train a student: their kind is one of citing"):
            _ = asked.settings


def test_a_package_that_is_not_there_in_its_version_is_told_with_how_to_get_it() -> None:
    Package("pytest", "pytest", version("pytest")).ensure_installed()
    for name in ("nothing-of-that-name", "pytest"):
        with pytest.raises(CitingError, match=rf"needs Title 0\.1; install it with: pip install {name}==0\.1"):
            Package(name, "Title", "0.1").ensure_installed()


def test_the_pin_of_a_kind_is_the_extra_of_the_project() -> None:
    extras = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    needed = {f"{kind.needs.name}=={kind.needs.version}" for kind in kinds().values() if kind.needs}
    assert needed == {"trl==1.16.0"} == set(extras["rl"])
