"""An open studio without models, whose store the tests of this folder use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from citing_app.settings import Settings
from citing_app.store.database import Store
from citing_app.workflows.studio import Studio, open_studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    opened = open_studio(Settings(tmp_path / "data", tmp_path / "cache"))
    yield opened
    opened.close()


@pytest.fixture
def store(studio: Studio) -> Store:
    return studio.store
