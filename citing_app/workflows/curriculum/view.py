"""What pages and the command line show of a curriculum: its rounds, their stages, and what each round measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from citing_app.store import categories, curricula, instructions, rounds
from citing_app.store.curricula import CurriculumRow, StageRow
from citing_app.workflows.curriculum.judged import JudgedView
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.curriculum.stages import stages_of
from citing_app.workflows.evaluation.figures.means import interval
from citing_app.workflows.rounds.training_set import held_out_sets
from citing_app.workflows.student_choice import is_base
from citing_app.workflows.students import round_name
from citing_app.workflows.studio import Studio

SHOWN = ("loss", "rouge_l")
_TOLD = ("left", "accepted", "revised", "candidates", "number")
"""What stages made and pages tell."""


class PlaceView(TypedDict):
    """One of a curriculum's rounds: its `number` once it is trained, what each stage has made, and its `Metric`s.

    `judged` are its win rates, `not_judged` why there is none.
    """

    place: int
    number: int | None
    trained: str
    held_out_loss: float | None
    stages: dict[str, dict[str, Any]]
    figures: list[dict[str, Any]]
    judged: list[JudgedView]
    not_judged: str | None


class CurriculumView(TypedDict):
    """A curriculum with its rounds; `dataset` is what it is measured on, `base` what that gave of the base model."""

    id: int
    state: str
    reason: str | None
    started_by: str
    started_at: str
    settings: dict[str, Any]
    dataset: str
    stages: list[str]
    rounds: list[PlaceView]
    base: list[dict[str, Any]]


class OfferedView(TypedDict):
    """What a form offers; `held_out` are the data sets to validate on, `available` the instructions that there are to
    take."""

    datasets: list[str]
    held_out: list[str]
    categories: list[str]
    launchers: list[str]
    judges: list[str]
    available: int


def curricula_view(studio: Studio) -> list[CurriculumView]:
    """Every curriculum with its stages and figures, newest first."""
    with studio.store.read() as cursor:
        rows = curricula.all_curricula(cursor)
        stages = {row.id: curricula.stages(cursor, row.id) for row in rows}
        results = {row.number: (row.state, row.result or {}) for row in rounds.all_rounds(cursor)}
    return [_view(row, stages[row.id], results) for row in rows]


def offered(studio: Studio) -> OfferedView:
    """What a form offers: data sets, categories to trust, launchers, and how many instructions there are to take."""
    held_out = held_out_sets(studio.store)
    with studio.store.read() as cursor:
        return {
            "held_out": held_out,
            "datasets": [row[0] for row in instructions.datasets(cursor)],
            "categories": categories.in_use(cursor),
            "launchers": list(studio.launchers.named),
            "judges": [judge.name for judge in studio.judges],
            "available": instructions.count_train(cursor, answered=studio.teaches_answers),
        }


def _view(row: CurriculumRow, stages: list[StageRow], results: dict[int, tuple[str, dict[str, Any]]]) -> CurriculumView:
    settings = CurriculumSettings.from_json(row.settings)
    first = 0 if settings.sft else 1
    places = range(first, settings.rounds + 1)
    return {
        "id": row.id,
        "state": row.state,
        "reason": row.reason,
        "started_by": row.started_by,
        "started_at": row.started_at.isoformat(),
        "settings": row.settings,
        "dataset": settings.measured_on,
        "stages": list(stages_of(settings.choices.kind)),
        "rounds": [_place(place, [s for s in stages if s.round == place], results) for place in places],
        "base": _figures([s for s in stages if s.round == first], is_base),
    }


def _place(
    place: int,
    stages: list[StageRow],
    results: dict[int, tuple[str, dict[str, Any]]],
) -> PlaceView:
    made = {stage.stage: stage for stage in stages}
    number = made["train"].detail.get("number") if "train" in made else None
    state, result = results.get(number, ("", {})) if number else ("", {})
    measured = made["evaluate"].detail if "evaluate" in made else {}
    return {
        "place": place,
        "number": number,
        "trained": state,
        "held_out_loss": result.get("validation_loss_after"),
        "stages": {name: _stage(stage) for name, stage in made.items()},
        "figures": _figures(stages, round_name(number).__eq__) if number else [],
        "judged": measured.get("judged", []),
        "not_judged": measured.get("not_judged"),
    }


def _stage(stage: StageRow) -> dict[str, Any]:
    detail = stage.detail
    counts: dict[str, Any] = {name: len(detail[name]) for name in ("hashes", "items") if name in detail}
    told: dict[str, Any] = {name: detail[name] for name in _TOLD if name in detail}
    return {"done": stage.is_done, **counts, **told}


def _figures(stages: list[StageRow], is_model: Callable[[str], bool]) -> list[dict[str, Any]]:
    """What these stages measured of the model that is known by its name."""
    measured = [one for stage in stages if stage.stage == "evaluate" for one in stage.detail.get("figures", [])]
    return [one for one in measured if is_model(one["model"]) and one["name"] in SHOWN]


def table(view: CurriculumView) -> str:
    """The rounds as lines of text: accepted revisions, held-out loss, figures and win rates with their intervals."""
    lines = [f"measured on {view['dataset']}", f"{'base':10} {_told(view['base'])}"]
    for place in view["rounds"]:
        accepted = place["stages"].get("decide", {}).get("accepted", "")
        loss = f"{place['held_out_loss']:.3f}" if place["held_out_loss"] is not None else "–"
        name = f"round {place['number']}" if place["number"] else f"({place['place']})"
        lines.append(f"{name:10} accepted {accepted:>4}  held-out loss {loss}  {_told(place['figures'])}")
        lines += [f"{'':10} {_rate_told(one)}" for one in place["judged"]]
        lines += [f"{'':10} not compared: {place['not_judged']}"] if place["not_judged"] else []
    lines += [view["reason"]] if view["reason"] else []
    return "\n".join(lines)


def _rate_told(one: JudgedView) -> str:
    if one["rate"] is None:
        return f"no valid comparison with {one['other']} ({one['judge']})"
    if one["low"] is None or one["high"] is None:
        return f"no winner in {one['n']} comparisons with {one['other']} ({one['judge']})"
    rate, low, high = (f"{100 * share:.1f}" for share in (one["rate"], one["low"], one["high"]))
    return f"win rate against {one['other']} {rate} % [{low}, {high}] n={one['n']} ({one['judge']})"


def _told(figures: list[dict[str, Any]]) -> str:
    return "  ".join(
        f"{f['answer']} {f['name']} {f['value']:.4f} {interval(f['low'], f['high'])} n={f['n']}" for f in figures
    )
