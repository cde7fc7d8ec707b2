"""Assignment: every instruction gets its category and with it a rubric (paper §3.1).

The instruction alone is embedded, without its input: a text to summarise says what it is about, not what to do with
it (docs/assignment.md has the figures).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import asdict
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from citing_app.errors import CitingError
from citing_app.method import assignment as rule
from citing_app.method.assignment import FLOOR, assign, category_means, data_floor, similarities
from citing_app.models.embedder import Embedder
from citing_app.running.jobs import Job
from citing_app.store import categories, instructions, rubrics, unmatched
from citing_app.store.database import Cursor, Store
from citing_app.types import Assignment, Instruction
from citing_app.workflows.job_names import ASSIGN_JOB, EMBEDDER_JOB
from citing_app.workflows.studio import Studio

_BATCH = 256
_BINS = 120
Vectors = npt.NDArray[np.float32]


def start_assigning(studio: Studio) -> None:
    """Embed and assign what is new, after an import; where that is under way already, it takes the new rows too."""

    def work(job: Job) -> str:
        return f"{assign_everything(studio, job)} instructions assigned."

    if not studio.jobs.running(EMBEDDER_JOB) and not studio.jobs.running(ASSIGN_JOB):
        studio.jobs.start(ASSIGN_JOB, "Assigning rubrics", work)


def assign_anew(studio: Studio) -> None:
    """Have every instruction assigned anew after a change, which stays saved whether that can start or not."""
    with suppress(CitingError):
        start_assigning(studio)


def assign_everything(studio: Studio, job: Job) -> int:
    """A little work on the generation worker: beside a round where that leaves room, as a chat does.

    Where members or the floor change meanwhile, it is done again: whoever changed them found it under way, and
    started none.
    """
    embedded, seen = 0, None
    with studio.device.turn("chat", "assigning rubrics", job.cancelled):
        while seen != (now := _last_change(studio.store)):
            embedded += assign_all(studio.store, studio.embedder, job)
            seen = now
    return embedded


def _last_change(store: Store) -> tuple[int, ...]:
    """What an assignment depends on; it differs once people have changed members, categories or the floor."""
    with store.read() as cursor:
        return (len(categories.changes(cursor)), *unmatched.sorting_mark(cursor))


def assign_all(store: Store, embedder: Embedder, job: Job) -> int:
    """Embed what has no vector yet (each text once ever), then assign every instruction; how many were embedded."""
    name = embedder.name
    embedded = 0
    while missing := _without_vector(store, name):  # again: an import may have brought more meanwhile
        missing.sort(key=lambda row: len(row.text), reverse=True)  # a batch is padded to its longest text
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
        chosen, by_people = unmatched.chosen_floor(cursor), instructions.sorted_by_people(cursor)
    rows = {row for row, instruction_id in enumerate(ids) if instruction_id in by_people}
    assignments, report = assigned(vectors, sorted_into, None if chosen is None else chosen.floor, rows)
    with store.write() as cursor:
        instructions.replace_assignments(cursor, zip(ids, assignments, strict=True))
        unmatched.set_report(cursor, report)
    return embedded


def _without_vector(store: Store, name: str) -> list[Instruction]:
    with store.read() as cursor:
        return instructions.without_embedding(cursor, name)


def assign_one(store: Store, embedder: Embedder, instruction: str) -> Assignment:
    """The category of an instruction that is not in the store, as on the chat page."""
    with store.read() as cursor:
        _, vectors, sorted_into = instructions.embeddings(cursor, embedder.name)
        floor = floor_of(cursor)
    names, means = category_means(members_of(vectors, sorted_into))
    vector = embedder.embed_batch([instruction], priority="chat")
    (assignment,) = assign(vector @ means.T if names else vector, names, floor)
    return assignment


def assigned(
    vectors: Vectors,
    sorted_into: Sequence[str | None],
    floor: float | None = None,
    by_people: Set[int] = frozenset(),
) -> tuple[list[Assignment], dict[str, Any]]:
    """One assignment per vector, a member's without its own vote; and what was found on the way, as plain JSON.

    `floor` None: it follows the members (`data_floor`). The report holds that floor as `floor_from_data`, the
    `agreement` by category with who sorted its members, apart from the rows `by_people`, and how many instructions have
    which best similarity (`counts` between `low` and `high`):
    those that nobody sorted, or where there are none, the members (`counts_members`).
    """
    members = members_of(vectors, sorted_into)
    names, means = category_means(members)
    if not names:
        return assign(vectors, names, FLOOR), {"floor_from_data": FLOOR, "agreement": [], "counts": [], "members": 0}
    found = similarities(vectors, names, means, sorted_into, {name: len(rows) for name, rows in members.items()})
    from_data = data_floor(found, sorted_into)
    assignments = assign(found, names, from_data if floor is None else floor)
    unsorted = np.array([name is None for name in sorted_into])
    counts, edges = np.histogram(found[unsorted if unsorted.any() else ~unsorted].max(axis=1), bins=_BINS)
    by_teachers = [None if row in by_people else name for row, name in enumerate(sorted_into)]
    agreement = [asdict(one) for one in rule.agreement(assignments, by_teachers)]
    return assignments, {
        "floor_from_data": from_data,
        "members": sum(map(len, members.values())),
        "agreement": agreement,
        "by_people": len(by_people),
        "counts": counts.tolist(),
        "counts_members": not unsorted.any(),
        "low": float(edges[0]),
        "high": float(edges[-1]),
    }


def floor_of(cursor: Cursor) -> float:
    """The floor that counts: what a person set, else what the last assignment found in the data."""
    chosen, report = unmatched.chosen_floor(cursor), unmatched.report(cursor)
    if chosen is not None and chosen.floor is not None:
        return chosen.floor
    return FLOOR if report is None else float(report["floor_from_data"])


class CategoryView(TypedDict):
    """A category with its number of members and of assigned instructions, and its newest `Rubric`."""

    name: str
    description: str
    members: int
    assigned: int
    rubric: dict[str, Any] | None


class CategoriesView(TypedDict):
    """Every category, and the floor of assignment."""

    floor: float
    categories: list[CategoryView]


def categories_view(store: Store) -> CategoriesView:
    """Every category with its size and its newest rubric, and the floor of assignment, as plain JSON."""
    with store.read() as cursor:
        newest = rubrics.newest(cursor)
        rows = rubrics.overview(cursor)
        floor = floor_of(cursor)
    return {
        "floor": floor,
        "categories": [
            {
                "name": name,
                "description": description,
                "members": members,
                "assigned": assigned,
                "rubric": asdict(newest[name]) if name in newest else None,
            }
            for name, description, members, assigned in rows
        ],
    }


def members_of(vectors: Vectors, sorted_into: Sequence[str | None]) -> dict[str, Vectors]:
    """The vectors of each category's members."""
    rows: dict[str, list[int]] = {}
    for index, category in enumerate(sorted_into):
        if category is not None:
            rows.setdefault(category, []).append(index)
    return {category: vectors[indices] for category, indices in rows.items()}
