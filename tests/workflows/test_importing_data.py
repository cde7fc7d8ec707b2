"""An import into an open studio: what is imported is assigned, whether that can start or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.settings import Settings
from citing_app.workflows import importing_data
from citing_app.workflows.data.requests import Import
from citing_app.workflows.job_names import ASSIGN_JOB
from citing_app.workflows.studio import Studio, open_studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache"))
    yield opened
    opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"instruction": "Say yes.", "output": "Yes."}), encoding="utf-8")
    return path


def test_what_is_imported_is_assigned(studio: Studio, file: Path) -> None:
    assert importing_data.import_file(studio, file, Import(dataset="mine"), "ada").imported == 1
    assert studio.jobs.get(ASSIGN_JOB) is not None


def test_an_import_stays_imported_where_assigning_cannot_start(studio: Studio, file: Path) -> None:
    studio.jobs.close()  # as while the app closes
    assert importing_data.import_file(studio, file, Import(), "ada").dataset == "rows"
