"""A race as lines of text: its plan, and its table in Markdown, which reports and benchmarks keep as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

from citing_app.errors import CitingError
from citing_app.workflows.evaluation.figures.metrics import named
from citing_app.workflows.evaluation.report.writing import cell, replace_text
from citing_app.workflows.race.planning import RacePlan
from citing_app.workflows.race.table import COLUMNS, CellView, SetTable
from citing_app.workflows.race.view import JudgedView, MethodView, RaceView, WholeRace, whole_race
from citing_app.workflows.studio import Studio


class PlanView(TypedDict):
    """A plan as plain JSON; the methods are `MethodPlan`s."""

    settings: dict[str, Any]
    methods: list[dict[str, Any]]
    runs: int
    seconds: float


def plan_view(plan: RacePlan) -> PlanView:
    """The plan as plain JSON."""
    return {
        "settings": plan.settings.to_json(),
        "methods": [vars(method) for method in plan.methods],
        "runs": plan.settings.runs,
        "seconds": plan.seconds,
    }


def plan_told(plan: RacePlan) -> str:
    """The plan, a line for each method."""
    settings = plan.settings
    lines = [
        f"{one.method:12} before each round {one.written:>9,}   a step {one.a_step:>7,}   steps {one.steps:>5,} "
        f"({one.epochs:.1f} epochs of {one.rows} rows)"
        for one in plan.methods
    ]
    head = f"Each method spends {settings.budget:,} in {settings.rounds} rounds of {settings.items} instructions."
    tail = f"{settings.runs} runs, about {plan.seconds / 60:,.0f} minutes with the measuring."
    return "\n".join([head, *lines, tail])


def write_race(studio: Studio, number: int, path: Path) -> None:
    """Write the race to a Markdown file; one that is there is replaced whole.

    Raises CitingError where there is no such race, for another ending, and where the file cannot be written.
    """
    if path.suffix.lower() != ".md":
        raise CitingError(f"A race is written as Markdown, to a file that ends in .md; {path.name} does not.")
    replace_text(path, race_told(whole_race(studio, number)) + "\n")


def race_among(studio: Studio, number: int) -> Path:
    """The race in the folder of the exports that people download; it replaces one like it."""
    studio.exports_folder.mkdir(exist_ok=True)
    path = studio.exports_folder / f"race-{number}.md"
    write_race(studio, number, path)
    return path


def race_told(view: WholeRace) -> str:
    """The whole race in Markdown."""
    settings = view["settings"]
    seeds = "one seed" if settings["seeds"] == 1 else f"{settings['seeds']} seeds"
    sizes = f"{settings['items']} instructions in each of {settings['rounds']} rounds, {seeds}"
    head = f"Race {view['id']} ({view['state']}): {sizes}, a budget of {settings['budget']:,} for each run."
    parts = [head, "\n".join(_spent(view)), *("\n".join(_table(view, one)) for one in view["tables"])]
    parts += ["\n".join(_judged(view))] if view["judged"] else []
    return "\n\n".join(parts + ([cell(view["reason"])] if view["reason"] else []))


def _spent(view: RaceView) -> Iterator[str]:
    names = ("method", "rate (loss on dev)", "steps", "spent", "of budget", "seconds", "other rates spent", "revisions")
    heads = (*names, "teacher's tokens")
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for method in view["methods"]:
        yield _method(view, method)


def _method(view: RaceView, method: MethodView) -> str:
    if method["out"]:
        return f"| {method['method']} | out: {cell(method['out'])} | | | | | | | |"
    rate = method["learning_rate"]
    runs = [one for one in view["runs"] if one["method"] == method["method"] and one["learning_rate"] == rate]
    tried = ", ".join(
        f"{'**' if one == rate else ''}{one:g}{'**' if one == rate else ''} ({loss:.3f})"
        for one, loss in method["losses"]
    )
    if not runs:
        return f"| {method['method']} | {tried} | | | | | | | |"
    steps, cost, seconds = (sum(one[name] for one in runs) / len(runs) for name in ("steps", "cost", "seconds"))
    budget = view["settings"]["budget"]
    return (
        f"| {method['method']} | {tried} | {steps:.0f} | {cost:,.0f} | {100 * cost / budget:.0f} % | {seconds:,.0f} | "
        f"{method['swept']:,} | {method['decisions'] or '–'} | {method['teacher_tokens'] or '–'} |"
    )


def _table(view: RaceView, table: SetTable) -> Iterator[str]:
    first = next((line["method"] for line in table["lines"] if line["method"]), "")
    heads = [f"{named(metric)['name']}, {answer}" for answer, metric in COLUMNS]
    yield f"{cell(table['dataset'])}, {table['rows']} rows: mean [95 %], difference to {first}, rank"
    yield ""
    yield f"| method | {' | '.join(heads)} |"
    yield "|---" * (1 + len(heads)) + "|"
    for line in table["lines"]:
        cells = {(cell["answer"], cell["metric"]): cell for cell in line["cells"]}
        told = [_figures(cells.get(column)) for column in COLUMNS]
        yield f"| {line['method'] or 'where all began'} | {' | '.join(told)} |"


def _figures(one: CellView | None) -> str:
    if one is None:
        return "–"
    mean = f"{one['mean']:.3f} {_interval(one['low'], one['high'])}"
    if one["difference"] is None:
        return f"{mean} #{one['rank']}"
    difference = f"{one['difference']:+.3f} {_interval(one['difference_low'], one['difference_high'])}"
    return f"{mean}, {difference} #{one['rank']}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"


def _judged(view: RaceView) -> Iterator[str]:
    first = view["settings"]["methods"][0]
    yield f"| {first} against | test set | answers | aspect | wins | ties | losses | inconsistent or invalid | judge |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in view["judged"]:
        yield from _rates(one)


def _rates(one: JudgedView) -> Iterator[str]:
    where = f"| {one['second']} | {cell(one['dataset'])} | {one['answer']} |"
    if one["reason"]:
        yield f"{where} {cell(one['reason'])} | | | | | |"
    for aspect, rate in one["rates"].items():
        ties, unsure = rate["ties"] + rate["both_bad"], rate["inconsistent"] + rate["invalid"]
        counts = f"{rate['wins']} | {ties} | {rate['losses']} | {unsure}"
        yield f"{where} {aspect} | {counts} | {cell(one['judge'])} |"
