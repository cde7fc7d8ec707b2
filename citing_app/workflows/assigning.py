"""Assignment: every instruction gets its category and with it a rubric (paper §3.1).

The instruction alone is embedded, without its input: a text to summarise says what it is about, not what to do with
it (docs/assignment.md has the figures).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from citing_app.curriculum.assignment import FLOOR, assign, category_means, leave_one_out
from citing_app.models.embedder import Embedder
from citing_app.store import instructions, rubrics
from citing_app.store.database import Store
from citing_app.types import Assignment, Instruction
from citing_app.workflows.jobs import Job

_BATCH = 256


def assign_all(store: Store, embedder: Embedder, job: Job) -> int:
    """Embed what has no vector yet (each text once ever), then assign every instruction; how many were embedded."""
    name = embedder.name
    embedded = 0
    while missing := _without_vector(store, name):  # again: an import may have brought more meanwhile
        total = embedded + len(missing)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            vectors = embedder.embed_batch([row.text for row in batch])
            with store.write() as cursor:
                instructions.add_embeddings(cursor, name, [row.id for row in batch], vectors)
            embedded += len(batch)
            job.progress(embedded, total, "assigning rubrics")
    with store.read() as cursor:
        ids, vectors, sorted_into = instructions.embeddings(cursor, name)
    assignments = assignments_for(vectors, sorted_into)
    with store.write() as cursor:
        instructions.replace_assignments(cursor, zip(ids, assignments, strict=True))
    return embedded


def _without_vector(store: Store, name: str) -> list[Instruction]:
    with store.read() as cursor:
        return instructions.without_embedding(cursor, name)


def assign_one(store: Store, embedder: Embedder, instruction: str) -> Assignment:
    """The category of an instruction that is not in the store, as on the chat page."""
    with store.read() as cursor:
        _, vectors, sorted_into = instructions.embeddings(cursor, embedder.name)
    names, means = category_means(members_of(vectors, sorted_into))
    (assignment,) = assign(embedder.embed_batch([instruction], priority="chat"), names, means, FLOOR)
    return assignment


def assignments_for(vectors: npt.NDArray[np.float32], sorted_into: list[str | None]) -> list[Assignment]:
    """One assignment per vector; a member is compared with its own category without itself."""
    members = members_of(vectors, sorted_into)
    names, means = category_means(members)
    plain = assign(vectors, names, means, FLOOR)
    sizes = {name: len(rows) for name, rows in members.items()}
    return [
        assignment if own is None else leave_one_out(vector, names, means, own, sizes[own], FLOOR)
        for vector, assignment, own in zip(vectors, plain, sorted_into, strict=True)
    ]


def categories_view(store: Store) -> dict[str, Any]:
    """Every category with its size and its newest rubric, and the floor of assignment, as plain JSON."""
    with store.read() as cursor:
        newest = rubrics.newest(cursor)
        rows = rubrics.overview(cursor)
    return {
        "floor": FLOOR,
        "categories": [
            {"name": name, "description": description, "members": members, "assigned": assigned}
            | {"rubric": asdict(newest[name]) if name in newest else None}
            for name, description, members, assigned in rows
        ],
    }


def members_of(vectors: npt.NDArray[np.float32], sorted_into: list[str | None]) -> dict[str, npt.NDArray[np.float32]]:
    """The vectors of each category's members."""
    rows: dict[str, list[int]] = {}
    for index, category in enumerate(sorted_into):
        if category is not None:
            rows.setdefault(category, []).append(index)
    return {category: vectors[indices] for category, indices in rows.items()}
