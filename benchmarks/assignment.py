"""python benchmarks/assignment.py: how often the mean-inner-product rule agrees with sorting, and what scale costs.

Every instruction of the bundled curriculum is compared with all categories, with its own one without its own vote. The
instruction alone is embedded, and instruction and input together beside it; then how fast the embedder is. After that
50,000 synthetic vectors are assigned and stored, beside the same rule written one row at a time. The embedder must have
been prepared (start the app once).
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from citing_app.method.assignment import Vectors, category_means
from citing_app.models.worker_client import WorkerProcess
from citing_app.models.worker_embedder import WorkerEmbedder
from citing_app.store import instructions
from citing_app.store.database import Store
from citing_app.workflows.data.importing import CURRICULUM, import_rows
from citing_app.workflows.rubrics.assigning import assigned, members_of

CACHE = Path(os.environ.get("CITING_CACHE_DIR") or user_cache_path("citing-studio"))
MANY, CATEGORIES, DIMENSIONS = 50_000, 24, 384


def main() -> None:
    rows = list(curriculum())
    categories: list[str | None] = [category for category, _, _ in rows]
    worker = WorkerProcess(Path(os.devnull))
    try:
        embedder = WorkerEmbedder(worker, "bundled", CACHE)
        report("instruction alone", embedder, [text for _, text, _ in rows], categories)
        report("instruction and input", embedder, [f"{text}\n\n{given}" for _, text, given in rows], categories)
        started = time.monotonic()
        texts = [f"{number}. {text}" for number in range(4) for _, text, _ in rows]
        embedder.embed_batch(texts)
        rate = len(texts) / (time.monotonic() - started)
        print(f"the embedder: {rate:.0f} texts a second, {MANY / rate / 60:.1f} minutes for {MANY:,}")
    finally:
        worker.stop()
    at_scale()


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
    found, told = assigned(embedder.embed_batch(texts), categories)
    first, second = (sum(row[key] for row in told["agreement"]) / len(texts) for key in ("first", "second"))
    low = ", ".join(f"{q:.2f}" for q in np.quantile([one.similarity for one in found], [0.01, 0.05, 0.5]))
    print(f"{name}: agreement {first:.3f}, first or second {first + second:.3f}; best similarity at 1, 5, 50 %: {low}")


def at_scale() -> None:
    """50,000 instructions, half of them members: the rule, the rule row by row, and the store."""
    vectors = np.random.default_rng(7).normal(size=(MANY, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    own = [f"category {n % CATEGORIES}" if n % 2 else None for n in range(MANY)]
    started = time.monotonic()
    found, _ = assigned(vectors, own)
    together = time.monotonic() - started
    alone = row_by_row(vectors, own)
    print(f"{MANY:,} assigned in {together:.2f} s; by the bare rule row by row {alone:.2f} s")
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        import_rows(store, [{"instruction": f"Instruction {n}"} for n in range(MANY)], "many")
        with store.read() as cursor:
            ids = [one.id for one in instructions.without_embedding(cursor, "e")]
        started = time.monotonic()
        for start in range(0, MANY, 256):
            with store.write() as cursor:
                instructions.add_embeddings(cursor, "e", ids[start : start + 256], vectors[start : start + 256])
        written = time.monotonic() - started
        started = time.monotonic()
        with store.read() as cursor:
            instructions.embeddings(cursor, "e")
        read = time.monotonic() - started
        started = time.monotonic()
        with store.write() as cursor:
            instructions.replace_assignments(cursor, zip(ids, found, strict=True))
        kept = time.monotonic() - started
        print(f"the store: vectors in {written:.1f} s, out {read:.2f} s, assignments {kept:.2f} s")
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def row_by_row(vectors: Vectors, own: Sequence[str | None]) -> float:
    """Seconds that the same rule takes, one instruction at a time."""
    started = time.monotonic()
    members = members_of(vectors, own)
    names, means = category_means(members)
    for vector, category in zip(vectors, own, strict=True):
        row = means @ vector
        if category is not None:
            size, column = len(members[category]), names.index(category)
            row[column] = (size * row[column] - 1) / (size - 1)
        np.argsort(-row, kind="stable")
    return time.monotonic() - started


if __name__ == "__main__":
    main()
