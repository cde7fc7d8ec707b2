"""Adapters: the tree of what was trained from what, their names, and what is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from citing_app.errors import CitingError
from citing_app.models.names import student_name
from citing_app.store import curricula, rounds
from citing_app.store.rounds import RoundRow
from citing_app.workflows.evaluation.figures.means import every_figure
from citing_app.workflows.evaluation.views import FigureView
from citing_app.workflows.rounds.queue import directory_of, open_rounds
from citing_app.workflows.rounds.supervising import import_round
from citing_app.workflows.students import round_name, round_with_adapter
from citing_app.workflows.studio import Studio

_SHOWN = ("finished", "deleted")
SHOWN = ("rouge_l", "loss")
"""The metrics that the tree shows."""
_LONGEST_NAME = 60


class IngredientView(TypedDict):
    """What a blend is made of: a round, the hash of its adapter, and what its ΔW is multiplied by."""

    round: int
    hash: str
    weight: float


class AdapterView(TypedDict):
    """An adapter with what it learned and measured; `children` began as this one."""

    round: int
    name: str | None
    kind: str
    objective: str | None
    state: str
    items: int
    rows: int | None
    hash: str | None
    bytes: int | None
    base: str | None
    student: str
    blend: list[IngredientView]
    loss_before: float | None
    loss_after: float | None
    started_at: str
    started_by: str
    figures: list[FigureView]
    children: list[AdapterView]


class AdaptersView(TypedDict):
    """The tree of adapters, and the figures of the base model of the `student` in use."""

    student: str
    base: list[FigureView]
    adapters: list[AdapterView]


def adapters_view(studio: Studio) -> AdaptersView:
    """Every adapter under its parent, oldest first, with what it learned and measured; `base` is the base model."""
    with studio.store.read() as cursor:
        rows = [row for row in rounds.all_rounds(cursor) if row.state in _SHOWN]
    measured = every_figure(studio.store, SHOWN)
    return {
        "student": studio.chosen.name,
        "base": _figures(measured, studio.chosen.base),
        "adapters": _children(studio, rows, measured, None),
    }


def name_round(studio: Studio, number: int, name: str | None) -> None:
    """Give an adapter a name, or take it away (None). Raises CitingError for a name too long or no such adapter."""
    name = checked_name(name)
    round_with_adapter(studio.store, number)
    with studio.store.write() as cursor:
        rounds.set_name(cursor, number, name)


def checked_name(name: str | None) -> str | None:
    """`name` without the spaces around it; None where nothing is left. Raises CitingError for one that is too long."""
    name = " ".join((name or "").split()) or None
    if name is not None and len(name) > _LONGEST_NAME:
        raise CitingError(f"A name has at most {_LONGEST_NAME} characters.")
    return name


def delete_adapter(studio: Studio, number: int) -> None:
    """Delete a round's adapter. What the round was and measured stays, and so do those that carried it on.

    The revisions it learned wait again, unless a later adapter holds them. Raises CitingError where a round that has
    not ended, or a curriculum, goes on from it.
    """
    round_with_adapter(studio.store, number)
    with studio.starting_round:  # no round may begin on it meanwhile
        _ensure_unused(studio, number)
        directory_of(studio, number).delete_adapter()
        import_round(studio, number)
        with studio.store.write() as cursor:
            rows = rounds.all_rounds(cursor)
            for row in rows:  # this one, and those it had been kept for
                if row.state == "deleted" and not _is_carried_on(rows, row.number):
                    rounds.give_back(cursor, row.number)


def _children(
    studio: Studio, rows: list[RoundRow], measured: Sequence[FigureView], parent: int | None
) -> list[AdapterView]:
    shown = {row.number for row in rows}
    return [
        _view(row, measured, _children(studio, rows, measured, row.number))
        for row in reversed(rows)
        if (row.parent if row.parent in shown else None) == parent
    ]


def _view(row: RoundRow, measured: Sequence[FigureView], children: list[AdapterView]) -> AdapterView:
    result = row.result or {}
    return {
        "round": row.number,
        "name": row.name,
        "kind": row.kind,
        "objective": row.spec.get("objective"),
        "state": row.state,
        "items": row.items,
        "rows": result.get("rows"),
        "hash": result.get("adapter_hash"),
        "bytes": result.get("adapter_bytes"),
        "base": result.get("base"),
        "student": student_name(row.spec.get("student", "")),
        "blend": row.spec.get("blend", []),
        "loss_before": result.get("validation_loss_before"),
        "loss_after": result.get("validation_loss_after"),
        "started_at": row.started_at.isoformat(),
        "started_by": row.started_by,
        "figures": _figures(measured, round_name(row.number)),
        "children": children,
    }


def _figures(measured: Sequence[FigureView], model: str) -> list[FigureView]:
    return [one for one in measured if one["model"] == model]


def _ensure_unused(studio: Studio, number: int) -> None:
    if any(number in job.needs for job in studio.jobs.all() if job.state == "running"):
        raise CitingError("Answers are being written with this adapter; cancel that or wait for it.")
    user = next((row.number for row in open_rounds(studio) if number in _needed(row)), None)
    if user is not None:
        raise CitingError(f"Round {user} goes on from this adapter and has not ended; cancel it or wait for it.")
    with studio.store.read() as cursor:
        for row in curricula.all_curricula(cursor):
            trained = [s.detail.get("number") for s in curricula.stages(cursor, row.id) if s.stage == "train"]
            if row.state in ("running", "paused") and number in trained:
                raise CitingError(
                    f"Curriculum {row.id} has not ended and may go on from this adapter; cancel it first."
                )


def _needed(row: RoundRow) -> tuple[int | None, int | None]:
    """The rounds whose adapters this one trains with: its parent and its reward."""
    return row.parent, (row.spec.get("reward") or {}).get("round")


def _is_carried_on(rows: list[RoundRow], number: int) -> bool:
    """Whether an adapter that is still there began as this one."""
    children = [row for row in rows if row.parent == number]
    return any(row.state == "finished" or _is_carried_on(rows, row.number) for row in children)
