"""What the rubrics page shows, as plain JSON: the categories in use, a category's history, and its members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from typing import Any, TypedDict

import numpy as np

from citing_app.errors import CitingError
from citing_app.method import rubrics as rules
from citing_app.method.groups import two_groups
from citing_app.store import categories, rubrics, triage
from citing_app.store.categories import Change
from citing_app.store.database import Cursor, Store
from citing_app.store.rubrics import Version
from citing_app.workflows.rubrics.assigning import CategoryView, categories_view
from citing_app.workflows.rubrics.editing import MOST_MEMBERS

_MOST_TEXTS = 200
"""Of how many members of each group the text is shown: the most typical ones."""
_PREVIEW = 160


class CategoryOverview(CategoryView):
    """A category with the number of its stale items."""

    stale: int


class Overview(TypedDict):
    """Every category, the floor of assignment, and the stale items of all."""

    floor: float
    categories: list[CategoryOverview]
    stale: int


class VersionEvent(TypedDict):
    """A version of a rubric: its `Criterion`s and the `CriterionChange`s since the one before (None: the first)."""

    kind: str
    category: str
    version: int
    by: str
    at: str
    criteria: list[dict[str, Any]]
    description: str
    changes: list[dict[str, Any]] | None
    described: bool


class ChangeEvent(TypedDict):
    """What a person did to categories; see `store.categories.Change`."""

    kind: str
    source: str
    version: int
    target: str
    members: int
    by: str
    at: str


class HistoryView(TypedDict):
    """What led to a category as it is, newest first."""

    events: list[VersionEvent | ChangeEvent]


class MemberView(TypedDict):
    """A member with its group (None: the embeddings know no two), and its text where it is shown."""

    id: int
    group: int | None
    text: str | None


class MembersView(TypedDict):
    """A category's members; `left_out` counts those that are not among them."""

    members: list[MemberView]
    left_out: int


def overview(store: Store) -> Overview:
    """Every category in use as `categories_view` gives it, each with the number of its `stale` items; and the sum."""
    view = categories_view(store)
    with store.read() as cursor:
        stale = rubrics.stale_counts(cursor)
    rows: list[CategoryOverview] = [{**row, "stale": stale.get(row["name"], 0)} for row in view["categories"]]
    return {"floor": view["floor"], "categories": rows, "stale": sum(row["stale"] for row in rows)}


def history(store: Store, category: str) -> HistoryView:
    """The `events` that led to the category as it is, newest first: versions, and what people did to categories.

    Those of a category that it was renamed from, split off or merged with are among them, up to then. Raises
    CitingError where there is no category of this name.
    """
    with store.read() as cursor:
        if category not in categories.names(cursor):
            raise CitingError("There is no category of this name.")
        changes = categories.changes(cursor)
        spans = dict(_spans(changes, category))
        versions = rubrics.versions(cursor, list(spans))
    events: list[VersionEvent | ChangeEvent] = [*_version_events(versions, spans), *_change_events(changes, spans)]
    return {"events": sorted(events, key=lambda event: (event["at"], event["version"]), reverse=True)}


def members(store: Store, category: str) -> MembersView:
    """The category's `members`, each with its group: 0, 1, or None where the embeddings know no two groups.

    The most typical of each group come first, with their text; of further ones only the id is given. `left_out` counts
    those beyond the most that can be moved at once.
    """
    with store.read() as cursor:
        found = categories.members(cursor, category)
        shown = found[:MOST_MEMBERS]
        grouped = _grouped(cursor, [number for number, _ in shown])
    order = sorted(shown, key=lambda row: grouped.get(row[0], (2, 0.0)))
    seen: dict[int | None, int] = {}
    view: list[MemberView] = []
    for number, text in order:
        group = grouped[number][0] if number in grouped else None
        seen[group] = seen.get(group, 0) + 1
        view.append({"id": number, "group": group, "text": text[:_PREVIEW] if seen[group] <= _MOST_TEXTS else None})
    return {"members": view, "left_out": len(found) - len(shown)}


def _grouped(cursor: Cursor, members: Sequence[int]) -> dict[int, tuple[int, float]]:
    """Of each member its group and minus its nearness to it; empty where there are no two groups."""
    vectors = triage.vectors(cursor, members)
    known = [number for number in members if number in vectors]
    found = two_groups(np.array([vectors[number] for number in known], dtype=np.float32)) if known else None
    if found is None:
        return {}
    groups, nearness = found
    return {number: (int(groups[row]), -float(nearness[row])) for row, number in enumerate(known)}


def _spans(changes: Sequence[Change], category: str) -> Iterator[tuple[str, datetime | None]]:
    """The category and those that it came from, each with the time until which its past is the category's too."""
    known: dict[str, datetime | None] = {category: None}
    ahead = [category]
    while ahead:
        name = ahead.pop()
        yield name, known[name]
        for change in changes:
            if change.target == name and change.kind != "move" and change.source not in known:
                known[change.source] = change.at
                ahead.append(change.source)


def _within(at: datetime, until: datetime | None) -> bool:
    return until is None or at <= until


def _version_events(versions: Sequence[Version], spans: Mapping[str, datetime | None]) -> Iterator[VersionEvent]:
    """Each version with what changed since the one before it of the same category."""
    for before, one in pairwise([None, *versions]):
        assert one is not None
        rubric = one.rubric
        if not _within(one.at, spans[rubric.category]):
            continue
        same = before is not None and before.rubric.category == rubric.category
        was = before if same else None
        yield {
            "kind": "version",
            "category": rubric.category,
            "version": rubric.version,
            "by": rubric.author,
            "at": one.at.isoformat(),
            "criteria": [asdict(criterion) for criterion in rubric.criteria],
            "description": one.description,
            "changes": None if was is None else _changes(was, one),
            "described": was is not None and was.description != one.description,
        }


def _changes(before: Version, after: Version) -> list[dict[str, Any]]:
    return [asdict(change) for change in rules.changes(before.rubric.criteria, after.rubric.criteria)]


def _change_events(changes: Sequence[Change], spans: Mapping[str, datetime | None]) -> Iterator[ChangeEvent]:
    for change in changes:
        sides = [side for side in (change.source, change.target) if side in spans]
        if any(_within(change.at, spans[side]) for side in sides):
            yield {
                "kind": change.kind,
                "source": change.source,
                "version": change.source_version,
                "target": change.target,
                "members": change.members,
                "by": change.changed_by,
                "at": change.at.isoformat(),
            }
