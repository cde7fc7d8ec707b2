"""The commands `evaluate`, `strengths`, `figures` and `report`: models measured, and all that was measured."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from citing_app.cli.console import prepared
from citing_app.cli.flags import add_flags
from citing_app.workflows.evaluation.figures import exporting, measuring
from citing_app.workflows.evaluation.figures.means import every_figure, interval
from citing_app.workflows.evaluation.figures.strengths import find_strengths, told
from citing_app.workflows.evaluation.report.writing import write_report
from citing_app.workflows.evaluation.requests import Evaluate, FindStrength
from citing_app.workflows.evaluation.views import DifferenceView, FigureView
from citing_app.workflows.student_choice import BASE
from citing_app.workflows.students import number_of
from citing_app.workflows.studio import Studio

Result = tuple[Mapping[str, Any], str]
_SHORT = 12
"""Characters of a hash that tell it from others."""


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """The flags of `evaluate`."""
    parser.add_argument("--round", type=int, action="append", help="a round to measure (repeat for more; 0: base)")
    add_flags(parser, Evaluate, "dataset", "part", "items", items=200)


def evaluate(studio: Studio, flags: argparse.Namespace) -> Result:
    """Measure what is missing, and tell every figure on these rows."""
    asked = Evaluate.of({**vars(flags), "models": flags.round or [BASE]})
    job = prepared(studio)
    numbers = [number_of(model) for model in asked.models]
    found = measuring.evaluate(studio, numbers, asked.dataset or None, asked.items, job, asked.part)
    head = f"{found['dataset']} ({found['test_set'][:_SHORT]}), {found['items']} rows, {found['written']} new answers"
    return found, "\n".join([head, *_lines(found["metrics"]), *found["notes"]])


def add_strengths(parser: argparse.ArgumentParser) -> None:
    """The flags of `strengths`."""
    add_flags(parser, FindStrength, "round", "dataset", "items", items=200)


def strengths(studio: Studio, flags: argparse.Namespace) -> Result:
    """Measure what is missing, and tell the loss at each strength."""
    found = find_strengths(studio, FindStrength.of(vars(flags)), prepared(studio))
    head = f"{found['dataset']} ({found['test_set'][:_SHORT]}), {found['n']} rows, loss"
    lines = [
        f"strength {one['strength']:<5g} {one['mean']:.4f} {interval(one['low'], one['high'])}; "
        f"{one['difference']:+.4f} {interval(one['difference_low'], one['difference_high'])} to strength 1"
        for one in found["strengths"]
    ]
    return found, "\n".join([head, *lines, told(found)])


def add_figures(parser: argparse.ArgumentParser) -> None:
    """The flags of `figures`."""
    parser.add_argument("--csv", type=Path, metavar="FILE.csv", help="write the value of every answer to a file")


def figures(studio: Studio, flags: argparse.Namespace) -> Result:
    """Tell all that was measured, or write every value to a file."""
    if flags.csv:
        rows = exporting.export_figures(studio.store, flags.csv)
        return {"file": str(flags.csv), "rows": rows}, f"{rows:,} values written to {flags.csv}."
    found = every_figure(studio.store)
    lines = [f"{line}  {one['dataset']}" for line, one in zip(_lines(found), found, strict=True)]
    return {"metrics": found}, "\n".join(lines) or "Nothing is measured yet."


def add_report(parser: argparse.ArgumentParser) -> None:
    """The arguments of `report`."""
    parser.add_argument("file", type=Path, metavar="FILE.html|.md", help="what to write; it opens without the app")


def report(studio: Studio, flags: argparse.Namespace) -> Result:
    """Write all that was measured and compared to one file."""
    found = write_report(studio, flags.file)
    counts = {"test_sets": len(found["sets"]), "rounds": len(found["rounds"]), "comparisons": len(found["win_rates"])}
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    return {"file": str(flags.file), **counts}, f"Report written to {flags.file}: {told}."


def _lines(found: Sequence[FigureView]) -> list[str]:
    return [_line(one) for one in found]


def _line(one: FigureView) -> str:
    mean = (
        f"{one['model']:10} {one['answer']:14} {one['name']:12} {one['value']:.4f} {interval(one['low'], one['high'])}"
    )
    differences = [
        f"{other['mean']:+.4f} {interval(other['low'], other['high'])} to {other['model']} ({_on(other)})"
        for other in _distinct(one)
    ]
    return "; ".join([f"{mean} n={one['n']}", *differences, *filter(None, [one["note"]])])


def _distinct(one: FigureView) -> Sequence[DifferenceView]:
    """Its differences, one for each other model: the round before may be the SFT round."""
    return list({other["key"]: other for other in one["differences"]}.values())


def _on(other: DifferenceView) -> str:
    if not other["unshared"]:
        return "same rows"
    return f"other rows: on the {other['n']} shared, {other['unshared']} left out"
