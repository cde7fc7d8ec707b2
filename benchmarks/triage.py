"""python benchmarks/triage.py [FILE of rows with drafts and revisions]: does the order of the queue do what it says?

The bundled worked examples and FILE are imported into an empty store, embedded and assigned. Then somebody who rejects
by one rule decides some of the revisions in a random order, and the rest is put in order. Prints for each rule, after
20, 50 and 200 decisions, the share of revisions to be rejected among the first 20 of "likely wrong" and of "likely
fine" beside their share of all that wait. The embedder must have been prepared (start the app once).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from platformdirs import user_cache_path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from citing_app.method.triage import Revisions, score  # noqa: E402
from citing_app.models.worker_client import WorkerProcess  # noqa: E402
from citing_app.models.worker_embedder import WorkerEmbedder  # noqa: E402
from citing_app.running.jobs import Job  # noqa: E402
from citing_app.store import items, triage  # noqa: E402
from citing_app.store.database import Store  # noqa: E402
from citing_app.workflows.data.importing import import_bundled, import_file  # noqa: E402
from citing_app.workflows.rubrics.assigning import assign_all  # noqa: E402

CACHE = Path(os.environ.get("CITING_CACHE_DIR") or user_cache_path("citing-studio"))
FIRST = 20
REPEATS = 10
Mask = npt.NDArray[np.bool_]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        import_bundled(store)
        for path in sys.argv[1:]:
            import_file(store, Path(path), "pairs")
        embed(store)
        revisions, categories = waiting(store)
    print(f"{len(categories)} revisions; share to be rejected among the first {FIRST}: wrong / fine (of all)")
    generator = np.random.default_rng(0)
    for rule, masks in rules(revisions, categories):
        for seen in (20, 50, 200):
            runs = [run(revisions, mask, seen, generator) for mask in masks for _ in range(REPEATS)]
            wrong, fine, base = np.mean([found for found in runs if found is not None], axis=0)
            print(f"{rule:28} {seen:4} decided  {wrong:.2f} / {fine:.2f}  ({base:.2f})")


def embed(store: Store) -> None:
    worker = WorkerProcess(Path(os.devnull))
    try:
        assign_all(store, WorkerEmbedder(worker, "bundled", CACHE), Job("assign", "Assigning"))
    finally:
        worker.stop()


def waiting(store: Store) -> tuple[Revisions, npt.NDArray[np.str_]]:
    """The signs of all that waits, and each one's category."""
    with store.read() as cursor:
        columns = triage.open_items(cursor, "", [], 10**6)
        known = triage.vectors(cursor, columns["instruction_id"].tolist())
        found = items.get_many(cursor, columns["id"].tolist())
    vectors = np.stack([known[number] for number in columns["instruction_id"]])
    categories = [item.sorted_category or (item.assignment and item.assignment.category) or "" for item in found]
    return Revisions(columns["edit_size"], columns["similarity"], vectors), np.array(categories)


def rules(revisions: Revisions, categories: npt.NDArray[np.str_]) -> Iterator[tuple[str, list[Mask]]]:
    """What somebody may reject: each large category, two at once, the largest or smallest edits, or far ones."""
    names, counts = np.unique(categories, return_counts=True)
    common = names[counts >= FIRST]
    sizes, near = revisions.edit_size, revisions.similarity
    yield "one category", [categories == name for name in common]
    yield "two categories", [np.isin(categories, pair) for pair in zip(common, np.roll(common, 1), strict=True)]
    yield "the largest edits (15 %)", [sizes > np.quantile(sizes, 0.85)]
    yield "the smallest edits (15 %)", [sizes < np.quantile(sizes, 0.15)]
    yield "far from the rubric (15 %)", [near < np.quantile(near, 0.15)]
    yield "20 % at random", [np.random.default_rng(1).random(len(categories)) < 0.2]


def run(
    revisions: Revisions, bad: Mask, seen: int, generator: np.random.Generator
) -> tuple[float, float, float] | None:
    """Shares of bad ones first in both orders and of all that is left; None where too few are left."""
    order = generator.permutation(len(bad))
    decided, left = order[:seen], order[seen:]
    if len(left) < 2 * FIRST:
        return None
    scores = score(some(revisions, left), some(revisions, decided), bad[decided])
    wrong, fine = (bad[left][scores.order(name)[:FIRST]].mean() for name in ("likely wrong", "likely fine"))
    return float(wrong), float(fine), float(bad[left].mean())


def some(revisions: Revisions, rows: npt.NDArray[np.int64]) -> Revisions:
    return Revisions(revisions.edit_size[rows], revisions.similarity[rows], revisions.vectors[rows])


if __name__ == "__main__":
    main()
