"""How a report says its figures: names, numbers and the sentences about the newest round."""

from __future__ import annotations

from typing import Any

from citing_app.workflows.evaluation.arena.voted import VotedView
from citing_app.workflows.evaluation.counting import undecided
from citing_app.workflows.evaluation.figures.metrics import MetricName, named, place
from citing_app.workflows.evaluation.figures.summary import AfterRoundView, AgainstView, ChangeView, Says
from citing_app.workflows.evaluation.judge.trust_view import EstimateView, RateView
from citing_app.workflows.evaluation.judge.win_rates_view import WinRateView
from citing_app.workflows.evaluation.report.contents import Report
from citing_app.workflows.evaluation.view import MeasuredSetView, ShownDifference, ShownFigure

_SHORT: dict[Says, str] = {
    "better": "is better than {other}",
    "worse": "is worse than {other}",
    "mixed": "is better than {other} in one way and worse in another",
    "unclear": "shows no clear difference to {other}",
}


def metric_name(metric: str) -> str:
    """The name of a metric for people."""
    return named(metric)["name"]


def in_short(found: Report) -> list[str]:
    """Whether the student got better, than whom, by how much and how sure that is: a sentence each.

    Where no round was measured beside another model: what was measured, and what was compared.
    """
    if found["short"]:
        return _after(found["short"])
    return [*map(_alone, found["sets"]), *map(_compared, found["win_rates"])]


def _alone(measured: MeasuredSetView) -> str:
    models = ", ".join(map(model_name, measured["models"]))
    return f"On {measured['name']}, {models}: measured, but no round beside the one before it, SFT or the base model."


def _compared(one: WinRateView) -> str:
    who = f"{one['first']['name']} against {one['second']['name']}, {one['answer']}s on {one['test_set']['name']}"
    rate = one["rates"]["overall"]
    n = "" if rate["low"] is None else f", n = {rate['n']:,}"
    return f"{who}: by {one['judge_name']}, {rate_told(rate)}{n}."


def _after(found: AfterRoundView) -> list[str]:
    nearest = found["against"][0]
    head = f"Round {found['round']} {_SHORT[nearest['says']].format(other=_other(nearest))}."
    more = (
        [f"About {found['rows_needed']:,} rows would show a difference of this size."] if found["rows_needed"] else []
    )
    return [head, *(_line(found, one) for one in found["against"]), *more]


def _other(one: AgainstView) -> str:
    names = {"base": "the base model", "sft": f"SFT ({one['model']})", "before": f"the round before ({one['model']})"}
    return names[one["to"]]


def _line(found: AfterRoundView, one: AgainstView) -> str:
    changes = "; ".join(map(_change, one["changes"]))
    return f"Against {_other(one)}, {found['metric']} on {found['dataset']}: {changes}."


def _change(one: ChangeView) -> str:
    interval = "" if one["low"] is None else f"95 % interval {signed(one['low'])} to {signed(one['high'])}, "
    return f"{one['answer']}s {signed(one['mean'])} ({interval}n = {one['n']:,}), {one['says']}"


def number(value: float | None) -> str:
    """A value with three decimals."""
    return "–" if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """A difference with its sign."""
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def percent(share: float | None) -> str:
    """A share of one in per cent."""
    return "–" if share is None else f"{100 * share:.1f} %"


def rate_told(found: RateView | VotedView) -> str:
    """A win rate with its interval; where nobody won, how many ties there are."""
    if found["rate"] is None:
        return "–"
    if found["low"] is None:
        return undecided(found["ties"], found["n"])
    return f"{percent(found['rate'])} [{percent(found['low'])}, {percent(found['high'])}]"


def ranged(found: EstimateView) -> str:
    """A share with its interval, where it has one."""
    if found["mean"] is None or found["low"] is None:
        return "–"
    return f"{percent(found['mean'])} [{percent(found['low'])}, {percent(found['high'])}]"


def metrics_named(sets: list[MeasuredSetView]) -> list[MetricName]:
    """What the metrics of these test sets are, each once; a metric of an earlier release says nothing of itself."""
    found = {metric: one for measured in sets for metric, one in measured["metrics"].items() if one["about"]}
    return [found[metric] for metric in sorted(found, key=place)]


def table_rows(found: MeasuredSetView) -> list[dict[str, Any]]:
    """The figures of a test set as a table: a row for each metric and kind of answer, a cell for each model."""
    by_place = {(one["metric"], one["answer"], one["model"]): one for one in found["figures"]}
    keys = sorted({(one["metric"], one["answer"]) for one in found["figures"]}, key=lambda key: (place(key[0]), key))
    return [
        {
            "metric": metric_name(metric),
            "answer": answer,
            "cells": [by_place.get((metric, answer, model)) for model in found["models"]],
        }
        for metric, answer in keys
    ]


def differences(figure: ShownFigure) -> str:
    """The paired differences of a figure in a line."""
    return "; ".join(
        f"{signed(one['mean'])} [{signed(one['low'])}, {signed(one['high'])}] to {one['model']}, n = {one['n']}"
        + (f" ({one['unshared']} rows only one of them has)" if one["unshared"] else "")
        for one in distinct(figure)
    )


def distinct(figure: ShownFigure) -> list[ShownDifference]:
    """The differences of a figure, one for each other model: the round before may be SFT."""
    return list({one["key"]: one for one in reversed(figure["differences"])}.values())[::-1]


def model_name(model: int) -> str:
    """A round's number as a model; 0 is the base."""
    return f"round {model}" if model else "base"
