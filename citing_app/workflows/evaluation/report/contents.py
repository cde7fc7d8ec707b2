"""What a report holds: set-up, data, rounds, figures, comparisons, the items that changed most, and provenance."""

from __future__ import annotations

import platform
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from typing import TypedDict, get_args

from citing_app.errors import CitingError
from citing_app.kinds import is_student, kinds
from citing_app.method.prompts import prompt_hash
from citing_app.models.names import base_name
from citing_app.store import answers, instructions, rounds
from citing_app.store.answers import AnswerKind, Model
from citing_app.store.database import Store
from citing_app.store.rounds import RoundRow
from citing_app.workflows.evaluation.arena.arena_view import AgreementRow, agreements
from citing_app.workflows.evaluation.arena.voted import VotedView, voted_view
from citing_app.workflows.evaluation.figures.summary import METRIC, AfterRoundView, after_round
from citing_app.workflows.evaluation.figures.texts import TextView, texts
from citing_app.workflows.evaluation.judge.comparisons_view import comparisons_view
from citing_app.workflows.evaluation.judge.ratings_view import RatingsView, ratings_view
from citing_app.workflows.evaluation.judge.win_rates_view import WinRateView
from citing_app.workflows.evaluation.lineage import Lineage
from citing_app.workflows.evaluation.requests import ListComparisons, OneJudge, Texts
from citing_app.workflows.evaluation.test_sets import sets_view
from citing_app.workflows.evaluation.view import MeasuredSetView, measured_sets
from citing_app.workflows.evaluation.views import SetView
from citing_app.workflows.studio import Studio

_PACKAGES = ("gradio", "torch", "transformers", "peft", "sentence-transformers", "duckdb", "scikit-learn")
_CHANGED = 10
"""How many items that improved, and that were harmed, most."""


class RoundView(TypedDict):
    """A round of the report. `loss` is of the held-out rows that `loss_of` names; of a reward model it is None."""

    round: int
    kind: str
    name: str
    parent: int | None
    items: int
    loss: float | None
    loss_of: str
    seed: int | None
    adapter_hash: str | None
    started_at: str


class RatedView(TypedDict):
    """All models that one judge compared on a test set, on one scale."""

    test_set: str
    answer: str
    judge_name: str
    rated: RatingsView


class ChangedView(TypedDict):
    """The items of one test set that a round changed most, compared with another model, by the metric's difference."""

    test_set: str
    model: str
    against: str
    answer: str
    metric: str
    improved: list[TextView]
    harmed: list[TextView]


class Report(TypedDict):
    """All that is written; `short` is about the newest round that was measured beside another model; None: none was."""

    made_at: str
    setup: list[tuple[str, str]]
    datasets: list[tuple[str, int, int, int]]
    test_sets: list[SetView]
    rounds: list[RoundView]
    short: AfterRoundView | None
    sets: list[MeasuredSetView]
    win_rates: list[WinRateView]
    ratings: list[RatedView]
    votes: list[VotedView]
    agreement: list[AgreementRow]
    changed: list[ChangedView]
    prompts: list[tuple[str, str]]
    decoding: list[str]


def report(studio: Studio, made_at: datetime) -> Report:
    """Everything measured and compared in this studio. Raises CitingError where that is nothing."""
    known = [one for one in sets_view(studio.store) if one["learned_by"] is None]
    sets, win_rates, votes = measured_sets(studio), _win_rates(studio, known), voted_view(studio.store)
    if not sets and not win_rates and not votes:
        raise CitingError("There is nothing to report yet: measure models on the Evaluate page first.")
    with studio.store.read() as cursor:
        datasets, models = instructions.datasets(cursor), answers.models(cursor)
        decoding, agreement = answers.decodings(cursor), agreements(cursor)
    short = _short(studio.store, models)
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "setup": _setup(studio),
        "datasets": datasets,
        "test_sets": known,
        "rounds": _rounds(studio.store, models),
        "short": short,
        "sets": sets,
        "win_rates": win_rates,
        "ratings": _ratings(studio.store, win_rates),
        "votes": votes,
        "agreement": agreement,
        "changed": _changed(studio.store, known, models, short["round"] if short else None),
        "prompts": [(name, prompt_hash(name)) for name in ("student_revision", "teacher_revision", "judge")],
        "decoding": decoding,
    }


def _short(store: Store, models: list[Model]) -> AfterRoundView | None:
    numbers = sorted({one.round for one in models if one.round is not None}, reverse=True)
    return next((one for one in (after_round(store, number) for number in numbers) if one["against"]), None)


def _setup(studio: Studio) -> list[tuple[str, str]]:
    return [
        ("Student", base_name(studio.chosen.given)),
        ("Teachers", ", ".join(teacher.name for teacher in studio.teachers)),
        ("Judges", ", ".join(judge.name for judge in studio.judges)),
        ("Software", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)),
        ("Python", platform.python_version()),
        ("Machine", f"{platform.system()} {platform.machine()}"),
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # installed without its metadata
        return "unknown"


def _rounds(store: Store, models: list[Model]) -> list[RoundView]:
    with store.read() as cursor:
        rows = {row.number: row for row in rounds.all_rounds(cursor)}
    return [_round(rows[one.round], one) for one in models if one.round in rows]


def _round(row: RoundRow, one: Model) -> RoundView:
    loss = (row.result or {}).get("validation_loss_after") if is_student(row.kind) else None
    kind = kinds().get(row.kind)
    return {
        "round": row.number,
        "kind": kind.called if kind else row.kind,
        "name": row.name or "",
        "parent": row.parent,
        "items": row.items,
        "loss": loss,
        "loss_of": "" if loss is None or kind is None else kind.loss_of(row.spec.get("validates_on", "")),
        "seed": row.spec.get("seed"),
        "adapter_hash": one.adapter_hash,
        "started_at": row.started_at.isoformat(timespec="minutes"),
    }


def _win_rates(studio: Studio, known: list[SetView]) -> list[WinRateView]:
    kinds: tuple[AnswerKind, ...] = get_args(AnswerKind)
    asked = (ListComparisons(test_set=one["hash"], answer=kind) for one, kind in product(known, kinds))
    return [found for one in asked for found in comparisons_view(studio, one)["win_rates"]]


def _ratings(store: Store, win_rates: list[WinRateView]) -> list[RatedView]:
    """By each judge that compared three models or more: of two, the win rate says it all."""
    by_judge = {
        (one["test_set"]["hash"], one["answer"], one["source"], one["judge"], one["prompt_hash"]): one
        for one in win_rates
    }
    rated: list[RatedView] = [
        {
            "test_set": one["test_set"]["name"],
            "answer": one["answer"],
            "judge_name": one["judge_name"],
            "rated": ratings_view(store, OneJudge.of({**one, "test_set": one["test_set"]["hash"]})),
        }
        for one in by_judge.values()
    ]
    return [one for one in rated if len(one["rated"]["ratings"]) > 2]


def _changed(store: Store, known: list[SetView], models: list[Model], number: int | None) -> list[ChangedView]:
    """Of this round, against SFT or the base: drafts, which every model writes of the instruction alone."""
    model = next((one for one in models if one.round is not None and one.round == number), None)
    if model is None:
        return []
    with store.read() as cursor:
        others = Lineage(rounds.listed(cursor), models).others(model)
    against = others.get("sft") or others.get("base")
    if against is None:
        return []
    return [found for one in known if (found := _changed_on(store, one, model, against))["improved"] or found["harmed"]]


def _changed_on(store: Store, test_set: SetView, model: Model, against: Model) -> ChangedView:
    asked = {"test_set": test_set["hash"], "model": model.key, "metric": METRIC, "against": against.key}

    def found(worst: bool) -> list[TextView]:
        return texts(store, Texts.of({**asked, "worst": worst, "limit": _CHANGED}))["rows"]

    return {
        "test_set": test_set["name"],
        "model": model.name,
        "against": against.name,
        "answer": "draft",
        "metric": METRIC,
        "improved": [row for row in found(worst=False) if (row["gain"] or 0) > 0],
        "harmed": [row for row in found(worst=True) if (row["gain"] or 0) < 0],
    }
