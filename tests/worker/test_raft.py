"""RAFT on a tiny random student: it samples, the best are learned, and what it samples then is worth more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from citing_app.method.samples import SampleFigures
from citing_app.rounds.layout import create
from citing_app.rounds.spec import RoundSpec
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.candidates.sampling import sample
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.supervising import import_round, record
from citing_app.workflows.rounds.training_set import gather
from citing_app.workflows.rounds.view import made_from
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import instructions_in
from tests.worker.test_train import train


@pytest.fixture
def studio(tiny_student: Path, tmp_path: Path) -> Iterator[Studio]:
    """Its student ends answers early, with any of a hundred tokens, so that few are cut off."""
    student = shutil.copytree(tiny_student, tmp_path / "student")
    (student / "generation_config.json").write_text(json.dumps({"eos_token_id": list(range(3, 100))}))
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache", student=str(student)))
    texts = islice(instructions_in("train"), 16)
    import_rows(opened.store, [{"instruction": text, "output": "the sky looks blue"} for text in texts], "sky")
    yield opened
    opened.close()


def sampled(studio: Studio, number: int | None) -> SampleFigures:
    figures = sample(studio, Sample(items=16, k=16, round=number), Job("sample", ""))["figures"]
    assert figures is not None
    return figures


def test_the_best_samples_are_learned_and_the_next_ones_are_worth_more(studio: Studio) -> None:
    before = sampled(studio, None)
    assert before["reward_best"] > before["reward_all"] > 0
    rows = gather(studio.store, Choices(kind="raft")).train
    assert len(rows) == before["instructions"]
    spec = RoundSpec(
        1, "run", studio.settings.student, kind="raft", epochs=12, learning_rate=0.02, device="cpu", batch_size=8
    )
    directory = create(studio.rounds_folder, spec, rows, [])
    assert train(directory).state == "finished", directory.log.read_text()
    record(studio, directory, "ada")
    import_round(studio, 1)
    after = sampled(studio, 1)
    assert after["reward_all"] > 1.5 * before["reward_all"]
    assert made_from(studio, 1)["samples"] == before
