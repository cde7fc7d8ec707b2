"""python benchmarks/assignment.py: how often the mean-inner-product rule agrees with the curriculum's own sorting.

Every instruction of the bundled curriculum is compared with all categories, with its own one without its own vote. The
instruction alone is embedded, and instruction and input together beside it. Prints the agreement, and low quantiles of
the best similarity: what the floor is set from. The embedder must have been prepared (start the app once).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from citing_app.curriculum.assignment import category_means, leave_one_out
from citing_app.models.worker_client import WorkerEmbedder, WorkerProcess
from citing_app.workflows.assigning import members_of
from citing_app.workflows.importing import CURRICULUM

CACHE = Path(os.environ.get("CITING_CACHE_DIR") or user_cache_path("citing-studio"))


def main() -> None:
    rows = list(curriculum())
    categories: list[str | None] = [category for category, _, _ in rows]
    worker = WorkerProcess(Path(os.devnull))
    try:
        embedder = WorkerEmbedder(worker, "bundled", CACHE)
        report("instruction alone", embedder, [text for _, text, _ in rows], categories)
        report("instruction and input", embedder, [f"{text}\n\n{given}" for _, text, given in rows], categories)
    finally:
        worker.stop()


def curriculum() -> list[tuple[str, str, str]]:
    """(category, instruction, input) of every bundled instruction."""
    rows = []
    for folder in sorted(path for path in CURRICULUM.iterdir() if path.is_dir()):
        category = json.loads((folder / "rubric.json").read_text(encoding="utf-8"))["category"]
        for line in (folder / "instructions.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.append((category, row["instruction"], row["input"]))
    return rows


def report(name: str, embedder: WorkerEmbedder, texts: Sequence[str], categories: Sequence[str | None]) -> None:
    """Print one line of figures."""
    vectors = embedder.embed_batch(texts)
    members = members_of(vectors, list(categories))
    names, means = category_means(members)
    found = [
        leave_one_out(vector, names, means, own or "", len(members[own or ""]), floor=-1.0)
        for vector, own in zip(vectors, categories, strict=True)
    ]
    first = np.mean([one.category == own for one, own in zip(found, categories, strict=True)])
    second = np.mean([own in (one.category, one.runner_up) for one, own in zip(found, categories, strict=True)])
    low = ", ".join(f"{q:.2f}" for q in np.quantile([one.similarity for one in found], [0.01, 0.05, 0.5]))
    print(f"{name}: agreement {first:.3f}, first or second {second:.3f}; best similarity at 1 %, 5 %, 50 %: {low}")


if __name__ == "__main__":
    main()
