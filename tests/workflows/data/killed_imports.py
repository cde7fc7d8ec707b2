"""Imports one file, takes it back, updates and renames, over and over, until it is killed (test_import_kills.py)."""

from __future__ import annotations

import sys
from pathlib import Path

from citing_app.store.data_changes import CHANGES
from citing_app.store.database import Store
from citing_app.store.journal import Journal, reconcile
from citing_app.workflows.data import datasets
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.data.taking_back import imports_view, take_back
from tests.seeding import pairs

ROWS = [{"id": str(n), **row} for n, row in enumerate(pairs(300))]
NEWER = [{**row, "output": "Newer."} for row in ROWS[::2]]


def work(folder: Path) -> None:
    """What a person does, without end; each step is told when it has ended."""
    with Store(folder) as store:
        journal = Journal(folder, "import")
        reconcile(store, journal, CHANGES)
        print("ready", flush=True)
        while True:
            for one in imports_view(store):
                if one["is_left"] and not one["taken_back_at"]:
                    take_back(store, journal, one["number"], "ada")
            import_rows(store, ROWS, "set", journal=journal)
            import_rows(store, NEWER, "set", update=True, journal=journal)
            datasets.rename(store, journal, "set", "other", "ada")
            datasets.rename(store, journal, "other", "set", "ada")


if __name__ == "__main__":
    work(Path(sys.argv[1]))
