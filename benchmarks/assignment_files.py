"""python benchmarks/assignment_files.py FILE…: how often the rule gives a row back to the file that it came from.

Each file is imported as a data set of its own. A sample of its rows is sorted into a category named after the file; the
other rows are assigned by the mean-inner-product rule. The embedder must have been prepared (start the app once).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.assignment import CACHE
from citing_app.errors import CitingError
from citing_app.method.evaluation.intervals import wilson_interval
from citing_app.method.identity import content_hash
from citing_app.models.worker_client import WorkerProcess
from citing_app.models.worker_embedder import WorkerEmbedder
from citing_app.store import instructions, rubrics
from citing_app.store.database import Store
from citing_app.types import Criterion, Rubric
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.data.rows import Raw, read_rows, to_example
from citing_app.workflows.rubrics.assigning import assigned

_CRITERION = Criterion("Correct", "It is right.", "It is wrong.")


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    asked.add_argument("files", nargs="+", type=Path)
    asked.add_argument("--members", type=int, default=50, help="rows of each file that are sorted into its category")
    asked.add_argument("--rows", type=int, default=10**6, help="rows of each file at most, by their hashes")
    given = asked.parse_args()
    worker = WorkerProcess(Path(os.devnull))
    try:
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
            for path in given.files:
                take(store, path, given.rows, given.members)
            measure(store, WorkerEmbedder(worker, "bundled", CACHE))
    finally:
        worker.stop()


def take(store: Store, path: Path, most: int, members: int) -> None:
    """Import a file, and sort the first of its rows, in the order of their hashes, into its category."""
    known = {raw_hash(raw): raw for raw in read_rows(path)}
    told = import_rows(store, [known[one] for one in sorted(known)[:most]], path.stem)
    with store.write() as cursor:
        rubrics.add(cursor, Rubric(path.stem, (_CRITERION,)), path.name)
        rows = cursor.execute(
            "SELECT id FROM instructions WHERE dataset = ? ORDER BY hash LIMIT ?", [path.stem, members]
        ).fetchall()
        rubrics.add_members(cursor, {row[0]: path.stem for row in rows}, path.stem)
    print(f"{path.name}: {told.imported:,} of {told.read:,} rows imported, {len(rows)} of them members")


def raw_hash(raw: Raw) -> str:
    """The content hash of a row; that of its text where it is no example and will be rejected."""
    try:
        example = to_example(raw)
        return content_hash(example.instruction, example.input)
    except CitingError:
        return content_hash(str(raw), "")


def measure(store: Store, embedder: WorkerEmbedder) -> None:
    """Embed and assign everything, and print the rate and each file's agreement."""
    with store.read() as cursor:
        missing = sorted(instructions.without_embedding(cursor, embedder.name), key=lambda row: -len(row.text))
    started = time.monotonic()
    for start in range(0, len(missing), 256):
        batch = missing[start : start + 256]
        vectors = embedder.embed_batch([row.text for row in batch])
        with store.write() as cursor:
            instructions.add_embeddings(cursor, embedder.name, [row.id for row in batch], vectors)
    took = time.monotonic() - started
    print(f"embedded and stored {len(missing):,} texts in {took:.0f} s: {len(missing) / took:.0f} a second")
    with store.read() as cursor:
        ids, found, own = instructions.embeddings(cursor, embedder.name)
        came_from = dict(cursor.execute("SELECT id, dataset FROM instructions").fetchall())
    started = time.monotonic()
    assignments, _ = assigned(found, own)
    took = time.monotonic() - started
    print(f"assigned {len(ids):,} rows in {took:.3f} s: {len(ids) / took:,.0f} a second")
    rows = [
        (came_from[i], one.nearest, one.category is None)
        for i, one, member in zip(ids, assignments, own, strict=True)
        if member is None
    ]
    for name in sorted({row[0] for row in rows}):
        tell(name, [row for row in rows if row[0] == name])
    tell("all", rows)


def tell(name: str, rows: Sequence[tuple[str, str | None, bool]]) -> None:
    """Print how many rows would go to their own file, with the 95 % Wilson interval."""
    right, below = sum(source == nearest for source, nearest, _ in rows), sum(is_below for _, _, is_below in rows)
    low, high = wilson_interval(right, len(rows))
    taken = Counter(nearest for source, nearest, _ in rows if source != nearest).most_common(1)
    mistaken = f"; else most often {taken[0][0]} ({taken[0][1]})" if taken else ""
    print(
        f"{name}: {right / len(rows):.3f} [{low:.3f}, {high:.3f}] of {len(rows):,}, below the floor {below}{mistaken}"
    )


if __name__ == "__main__":
    main()
