"""The command line: python -m citing_app [--data-dir DIR] [--json] COMMAND. Every command is a workflow."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from citing_app import settings as settings_module
from citing_app.cli import accounts, adapters, comparing, curriculum, evaluation, voting
from citing_app.cli.console import ConsoleJob, prepared, show, tell
from citing_app.cli.flags import add_flags
from citing_app.errors import CitingError
from citing_app.kinds import kinds
from citing_app.types import ImportReport
from citing_app.workflows import status
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.requests import SetLimit, SetPrice
from citing_app.workflows.data import exporting, importing
from citing_app.workflows.data.requests import Import
from citing_app.workflows.desk import batches
from citing_app.workflows.drafts import drafting, revising, starting
from citing_app.workflows.drafts.requests import Draft, Revise
from citing_app.workflows.evaluation.judge import foreign
from citing_app.workflows.evaluation.requests import ReadPreferences
from citing_app.workflows.rounds import training
from citing_app.workflows.rounds.choices import Choices, StartRound
from citing_app.workflows.rounds.supervising import find_rounds, import_rounds, wait
from citing_app.workflows.rounds.view import rounds_view
from citing_app.workflows.rubrics import inducing, inducing_view
from citing_app.workflows.rubrics.assigning import assign_everything
from citing_app.workflows.rubrics.requests import Induce
from citing_app.workflows.studio import Studio, open_studio

Result = Mapping[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, or 1 with one line on standard error (2 for wrong usage)."""
    flags = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR)
    try:
        studio = open_studio(settings_module.from_flags(flags))
        try:
            import_rounds(studio)
            result, sentence = flags.command(studio, flags)
        finally:
            studio.close()
    except CitingError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; what was finished is kept.", file=sys.stderr)
        return 1
    _tell(flags, result, sentence)
    return 0


def _tell(flags: argparse.Namespace, result: Result, sentence: str) -> None:
    tell(json.dumps(result, ensure_ascii=False, default=str) if flags.json else sentence)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m citing_app", description="CITING Studio without a browser.")
    settings_module.add_flags(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = _add(commands, "import", _import, "import a JSON, JSONL, CSV or Parquet file")
    command.add_argument("file", type=Path, metavar="FILE", help="or `bundled`: the bundled curriculum")
    add_flags(command, Import, "dataset", "held_out")
    add_flags(command, ReadPreferences, "preferences")

    command = _add(commands, "draft", _draft, "let the student write drafts")
    add_flags(command, Draft, "items", "round")

    command = _add(commands, "revise", _revise, "let the teacher revise drafts")
    add_flags(command, Revise, "items", items=10_000)
    command.add_argument("--retry", action="store_true", help="ask again, and pay again, for those that failed")

    command = _add(commands, "spending", _spending, "what teachers cost, their prices and the spending limit")
    command.add_argument("--limit", type=_dollars, help="the most that all teachers may be paid, in dollars, or none")
    command.add_argument(
        "--price", nargs=3, metavar=("MODEL", "SENT", "ANSWERED"), help="dollars for a million tokens sent and answered"
    )

    command = _add(commands, "rubrics", _rubrics, "let the teacher make a data set's categories and rubrics")
    add_flags(command, Induce, "dataset", "most")

    command = _add(commands, "decide", _decide, "decide without a person")
    command.add_argument("--accept-pending", action="store_true", required=True, help="accept everything that waits")
    command.add_argument("--as", dest="annotator", help="the name the decisions carry")

    command = _add(commands, "round", _round, "train a round on what is accepted, and wait for it")
    add_flags(command, StartRound, "kind", "items", "parent", "with_validation", "reward")
    curriculum.add_choices(command)

    text = "the whole algorithm: rounds of drafts, revisions and training"
    curriculum.add_arguments(_add(commands, "curriculum", curriculum.act, text))

    evaluation.add_evaluate(_add(commands, "evaluate", evaluation.evaluate, "measure drafts and self-revisions"))
    comparing.add_compare(_add(commands, "compare", comparing.compare, "let a judge compare models' answers"))
    evaluation.add_figures(_add(commands, "figures", evaluation.figures, "all that was measured"))
    evaluation.add_report(_add(commands, "report", evaluation.report, "write the evaluation to one file"))

    voting.add_arguments(_add(commands, "vote", voting.act, "vote on pairs of answers without their models' names"))

    command = _add(commands, "export", _export, "write the accepted revisions to a file")
    command.add_argument("file", type=Path, metavar="FILE.jsonl|.parquet|.csv")
    command.add_argument(
        "--as", dest="shape", choices=exporting.SHAPES, default="full", help="the columns (default: full)"
    )

    adapters.add_actions(_add(commands, "adapter", adapters.act, "adapters out of the studio and into it"))
    _add(commands, "status", _status, "counts, data sets and rounds")
    accounts.add_actions(_add(commands, "user", accounts.act, "the accounts of a team"))
    return parser


def _dollars(text: str) -> float | str:
    return "none" if text == "none" else float(text)


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise CitingError("A price is two numbers: dollars for a million tokens sent, and answered.") from error


Command = Callable[[Studio, argparse.Namespace], tuple[Result, str]]


def _add(commands: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    # After the command, too; where it isn't given here, what stands before the command holds.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    return parser


def _import(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    if flags.preferences:
        if flags.dataset or flags.held_out:
            raise CitingError("Preferences are not imported as a data set: leave --dataset and --held-out out.")
        found = foreign.foreign_rate(flags.file)
        return found, foreign.summary(found)
    if flags.file == Path("bundled"):
        if flags.dataset or flags.held_out:
            raise CitingError("The bundled curriculum has its own name and splits: leave --dataset and --held-out out.")
        report = importing.import_bundled(studio.store)
    else:
        asked = Import.of(vars(flags))
        report = importing.import_file(studio.store, flags.file, asked.dataset or None, asked.held_out)
    if importing.is_all_rejected(report):
        _tell(flags, asdict(report), _told(report))
        raise CitingError(importing.NOTHING_CAME)
    return asdict(report), _told(report)


def _told(report: ImportReport) -> str:
    updated = f" {report.updated} updated," if report.updated else ""
    rows = [f"row {row.row}: {row.reason}" for row in report.rejected[:20]]
    more = [f"… and {len(report.rejected) - 20} more"] if len(report.rejected) > 20 else []
    counts = (
        f"{report.dataset}: {report.read} read, {report.imported} imported,{updated} {report.duplicates} duplicates, "
        f"{len(report.rejected)} rejected, {report.revisions} revisions."
    )
    return "\n  ".join([counts, *importing.notes(report), *rows, *more])


def _draft(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    asked, job = Draft.of(vars(flags)), prepared(studio)
    written = drafting.draft(studio, asked.items, asked.round, job)
    return {"drafts": len(written), "items": written}, f"{len(written)} drafts written."


def _revise(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    job = prepared(studio) if any(not teacher.is_free for teacher in studio.teachers) else ConsoleJob("revise", "")
    if flags.retry:
        outcomes = starting.retry_now(studio, job)
    else:
        outcomes = starting.revise_now(studio, Revise.of(vars(flags)).items, job)
    return dict(outcomes), revising.summary(outcomes)


def _spending(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    store, who = studio.store, studio.settings.annotator
    if flags.price:
        model, sent, answered = flags.price
        price = SetPrice.of({"teacher": model, "sent": _amount(sent), "answered": _amount(answered)})
        spending.set_price(store, price.teacher, price.sent, price.answered, who)
    if flags.limit is not None:
        limit = SetLimit.of({"dollars": None if flags.limit == "none" else flags.limit})
        spending.set_limit(store, limit.dollars, who)
    names = [*(teacher.name for teacher in studio.teachers), *(judge.name for judge in studio.judges)]
    view = spending.spending_view(store, list(dict.fromkeys(names)))
    return view, spending.summary(view)


def _rubrics(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    asked = Induce.of({"dataset": flags.dataset, "most": flags.most})
    model = inducing_view.teaching_model(studio.teachers)
    job = prepared(studio)
    author, embedder = studio.settings.annotator, studio.embedder.name
    made = inducing.induce(studio.store, model, asked.dataset, asked.most, embedder, author, job)
    assign_everything(studio, job)
    return asdict(made), str(made)


def _decide(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    name = flags.annotator or studio.settings.annotator
    accepted = batches.accept_pending(studio.store, studio.journal, name)
    return {"accepted": accepted, "annotator": name}, f"{accepted} revisions accepted as {name}."


def _round(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    prepared(studio)
    find_rounds(studio)
    number = training.start_round(studio, Choices.by(StartRound.of(vars(flags))), studio.settings.annotator)
    state, result, message = wait(studio, number, show)
    if state != "finished":
        raise CitingError(message or f"Round {number} was {state}.")
    before, after = result.get("validation_loss_before"), result.get("validation_loss_after")
    return {"round": number, "state": state, **result}, f"Round {number} finished: held-out loss {before} → {after}."


def _export(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    made = exporting.export(studio.store, flags.file, flags.shape)
    result = {"exported": made.rows, "left_out": made.left_out, "shape": flags.shape, "file": str(flags.file)}
    return result, f"{made} written to {flags.file}."


def _status(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    told = ("round", "kind", "state", "items", "result")
    rounds = [{name: view[name] for name in told} for view in map(dict, rounds_view(studio))]
    found = status.summary(studio)
    items = ", ".join(f"{count} {state}" for state, count in found["items"].items())
    lines = "".join(f"\n  round {row['round']}: {row['state']}, {_learned(row)}" for row in rounds)
    return {**found, "rounds": rounds}, f"{found['data_dir']}: {items}; teacher {found['teacher']}.{lines}"


def _learned(row: Result) -> str:
    """What a round learns, with its count; what no kind has trained is told by its own word: imported."""
    kind = kinds().get(row["kind"])
    return kind.learns_from.counted(row["items"]) if kind else str(row["kind"])


if __name__ == "__main__":
    sys.exit(main())
