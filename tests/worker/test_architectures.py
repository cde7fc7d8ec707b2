"""Students of many architectures draft, train, chat, and their adapters leave and come back.

A few by default, all with CITING_TEST_ARCHITECTURES=all, or those that it names with spaces between.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.models.worker_client import WorkerProcess
from citing_app.rounds.adapter import adapter_hash
from citing_app.rounds.status import read_status
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.adapters.exporting import export_adapter
from citing_app.workflows.adapters.importing import import_adapter
from citing_app.workflows.job_names import round_job
from citing_app.workflows.rounds.choices import Choices
from citing_app.workflows.rounds.queue import directory_of
from citing_app.workflows.rounds.training import start_round
from citing_app.workflows.students import adapter_of
from citing_app.workflows.studio import Studio
from tests.seeding import served_by, studio_with_accepted
from tests.tiny_models import CHATML
from tests.worker.test_train import eventually
from tests.zoo import ARCHITECTURES, save_architecture

_ASKED = os.environ.get("CITING_TEST_ARCHITECTURES", "gemma2 bloom mamba")
TRIED = list(ARCHITECTURES) if _ASKED == "all" else _ASKED.split()
QUESTIONS = [[{"role": "user", "content": text}] for text in ("Why is the sky blue?", "Hello")]


@pytest.fixture(params=TRIED)
def studio(
    request: pytest.FixtureRequest, warm_worker: WorkerProcess, trainer: str, tmp_path: Path
) -> Iterator[Studio]:
    student = save_architecture(request.param, tmp_path / request.param, CHATML)
    settings = Settings(tmp_path / "data", tmp_path / "cache", student=str(student), launchers={"forking": trainer})
    opened = studio_with_accepted(settings, 5)
    yield served_by(opened, warm_worker)
    opened.close()


def test_it_drafts_trains_chats_and_its_adapter_leaves_and_comes_back(studio: Studio, tmp_path: Path) -> None:
    drafts = dict(studio.student.complete(QUESTIONS, max_new_tokens=8))
    assert sorted(drafts) == [0, 1]
    number = start_round(studio, Choices(epochs=1), "ada")
    assert eventually(lambda: not studio.jobs.running(round_job(number)), 120)
    status = read_status(directory_of(studio, number))
    assert (status.state, status.step) == ("finished", 2), status.message
    adapter = adapter_of(studio, number)
    assert adapter is not None
    said = "".join(studio.student.stream(QUESTIONS[0], adapter=adapter, max_new_tokens=8))
    zipped = tmp_path / "adapter.zip"
    export_adapter(studio, number, "adapter", zipped, Job("export", "export"))
    back = adapter_of(studio, import_adapter(studio, zipped, "back", "ada"))
    assert back is not None
    assert adapter_hash(back) == adapter_hash(adapter)
    assert "".join(studio.student.stream(QUESTIONS[0], adapter=back, max_new_tokens=8)) == said
