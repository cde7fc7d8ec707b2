"""Every choice that a kind of round offers is one that its trainer takes: the rows it makes are rows of that kind."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from citing_app.kinds import kind_of, kinds
from citing_app.kinds.source import SAMPLES
from citing_app.rounds.events import EventLog
from citing_app.rounds.layout import create
from citing_app.rounds.spec import RoundSpec
from citing_app.settings import Settings
from citing_app.store import candidates, instructions
from citing_app.store.candidates import Candidate, Score
from citing_app.worker.heartbeat import StopRequest
from citing_app.worker.round import build_trainer
from citing_app.worker.run import Run
from citing_app.worker.trainers import own_loop
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.training_set import Material, gather
from citing_app.workflows.studio import Studio
from tests.kinds.test_kinds import CHOSEN
from tests.seeding import pairs, studio_with_accepted
from tests.worker.test_trainer import sigterm  # noqa: F401

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
TAKEN = {name: value for name, value in CHOSEN.items() if name not in ("reward", "criterion", "candidates")}
"""Those that need nothing else in the store."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, tiny_student: Path) -> Iterator[Studio]:
    """A studio in which rounds of all kinds find something to learn."""
    folder = tmp_path_factory.mktemp("choices")
    opened = studio_with_accepted(Settings(folder / "data", folder / "cache", student=str(tiny_student)), 10)
    import_rows(opened.store, pairs(3, "validation"), "watched")
    elsewhere = [{"instruction": f"Elsewhere {n}?", "output": f"Answer {n}."} for n in range(12)]
    import_rows(opened.store, elsewhere, "elsewhere", held_out=True)
    with opened.store.write() as cursor:
        hashes = instructions.train_hashes(cursor, answered=True)
        written = [Candidate(hash, "base", None, hash, "", "", 17, 1, f"Answer to {hash}.") for hash in hashes]
        candidates.add(cursor, written)
        candidates.add_scores(cursor, [Score(hash, "reference", "", 0.5) for hash in hashes])
    yield opened
    opened.close()


def _taken(material: Material, kind: str, student: Path, folder: Path) -> None:
    """Have the worker's own code read these rows, up to the first step. Raises CitingError as it does."""
    spec = RoundSpec(1, "run", str(student), kind=kind, device="cpu", max_length=512, patience=material.patience)
    directory = create(folder / "rounds", spec, material.train, material.validation)
    events, stop, device = EventLog(directory.events), StopRequest(directory), torch.device("cpu")
    if own_loop(kind_of(kind).trainer):
        from citing_app.worker.trainers.rloo import read_prompts

        read_prompts(Run(directory, spec, events, stop, device, torch.float32))
    else:
        build_trainer(directory, spec, device, torch.float32, events, stop)


@pytest.mark.parametrize(
    ("name", "choice"),
    [(name, one) for name, kind in kinds().items() for one in (None, *kind.offers) if one in (None, *TAKEN)],
)
def test_what_a_kind_offers_its_trainer_takes(
    name: str, choice: str | None, studio: Studio, tiny_student: Path, tmp_path: Path
) -> None:
    if kind_of(name).needs and not find_spec("trl"):
        pytest.skip("TRL is not installed")
    chosen = {"kind": name, **({choice: TAKEN[choice]} if choice else {})}
    material = gather(studio.store, Choices.of(chosen))
    assert material.train
    assert bool(material.validation) == (choice != "with_validation")
    _taken(material, name, tiny_student, tmp_path)
    assert (kind_of(name).learns_from is SAMPLES) == ("reward" in material.train[0])
