"""Imports and what takes them back, killed at spread points: all of a step or nothing (CITING_TEST_KILLS kills)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from citing_app.processes import worker_environment
from citing_app.store.data_changes import CHANGES
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.data.taking_back import imports_view, take_back
from tests.conftest import ROOT
from tests.seeding import count
from tests.workflows.data.killed_imports import NEWER, ROWS

KILLS = int(os.environ.get("CITING_TEST_KILLS", "5"))


def killed(folder: Path, chance: random.Random) -> None:
    """Work on the folder in a process that is killed somewhere in a cycle."""
    command = [sys.executable, "-m", "tests.workflows.data.killed_imports", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=worker_environment())
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(chance.uniform(0, 1.5))
    process.send_signal(signal.SIGKILL)
    process.communicate()


def found(store: Store) -> tuple[int, int, int, int]:
    """Rows, drafts, rows with the newer answer, and the names of data sets."""
    with store.read() as cursor:
        row = cursor.execute(
            "SELECT count(*), (SELECT count(*) FROM drafts), count(*) FILTER (output = 'Newer.'), "
            "count(DISTINCT dataset) FROM instructions"
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2], row[3]


def test_what_is_killed_while_it_imports_or_takes_back_has_done_all_of_it_or_nothing(tmp_path: Path) -> None:
    chance, folder = random.Random(15), tmp_path / "data"
    all_rows, newer = len(ROWS), len(NEWER)
    for _ in range(KILLS):
        killed(folder, chance)
        with Store(folder) as store:
            journal = Journal(folder, "import")
            reconcile(store, journal, CHANGES)
            assert found(store) in [(0, 0, 0, 0), (all_rows, all_rows, 0, 1), (all_rows, all_rows, newer, 1)]
            assert count(store, "drafts") == count(store, "items") == count(store, "revisions")
            with store.read() as cursor:
                assert CHANGES.ids(cursor) == [line["id"] for line in sorted(journal.read(), key=lambda one: one["at"])]
    with Store(folder) as store:
        for one in imports_view(store):
            if one["is_left"]:
                take_back(store, journal, one["number"], "ada")
        assert found(store) == (0, 0, 0, 0)
        assert import_rows(store, ROWS, "set").imported == all_rows
