"""The command line: python -m citing_app [--data-dir DIR] [--json] COMMAND. Every command is a workflow."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from citing_app import settings as settings_module
from citing_app.cli import (
    accounts,
    adapters,
    comparing,
    curriculum,
    datasets,
    evaluation,
    exporting,
    race,
    sampling,
    students,
    teacher,
    voting,
)
from citing_app.cli.console import ConsoleJob, prepared, show, tell
from citing_app.cli.flags import add_flags
from citing_app.errors import CitingError
from citing_app.kinds import kinds
from citing_app.types import ImportReport
from citing_app.workflows import importing_data, status
from citing_app.workflows.calls import spending
from citing_app.workflows.calls.requests import SetLimit, SetPrice
from citing_app.workflows.data import importing, previewing
from citing_app.workflows.data.mapping import TARGETS
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
    flags, unknown = _parser().parse_known_args(arguments)
    if unknown:  # argparse itself would show how the whole program is used
        flags.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
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

    command = _add(commands, "import", _import, "import a JSON, JSONL, CSV or Parquet file, or a folder of them")
    command.add_argument(
        "file", type=Path, metavar="FILE", help="or hf:owner/name: a data set of the Hub; or `bundled`: the curriculum"
    )
    add_flags(command, Import, "dataset", "held_out", "pairs", "update")
    command.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=NAME", help="what a column becomes: response=output"
    )
    command.add_argument("--dry-run", action="store_true", help="show what would be imported, and write nothing")
    add_flags(command, ReadPreferences, "preferences")

    datasets.add_imports(_add(commands, "imports", datasets.imports, "list what was imported, or take an import back"))
    datasets.add_actions(_add(commands, "dataset", datasets.act, "rename or delete a data set"))

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

    teacher.add_actions(_add(commands, "teacher", teacher.act, "models behind endpoints: add, test, set, remove"))

    command = _add(commands, "rubrics", _rubrics, "let the teacher make a data set's categories and rubrics")
    add_flags(command, Induce, "dataset", "most")

    command = _add(commands, "decide", _decide, "decide without a person")
    command.add_argument("--accept-pending", action="store_true", required=True, help="accept everything that waits")
    command.add_argument("--as", dest="annotator", help="the name the decisions carry")

    sampling.add_sample(_add(commands, "sample", sampling.sample, "let the student answer several times, and score it"))

    command = _add(commands, "round", _round, "train a round on what is accepted, and wait for it")
    add_flags(command, StartRound, "items", "parent", "with_validation", "reward", "criterion", "candidates")
    curriculum.add_choices(command)

    text = "the whole algorithm: rounds of drafts, revisions and training"
    curriculum.add_arguments(_add(commands, "curriculum", curriculum.act, text))

    race.add_arguments(_add(commands, "race", race.act, "kinds of round side by side under one budget"))

    evaluation.add_evaluate(_add(commands, "evaluate", evaluation.evaluate, "measure drafts and self-revisions"))
    comparing.add_compare(_add(commands, "compare", comparing.compare, "let a judge compare models' answers"))
    evaluation.add_strengths(_add(commands, "strengths", evaluation.strengths, "the loss at strengths of an adapter"))
    evaluation.add_figures(_add(commands, "figures", evaluation.figures, "all that was measured"))
    evaluation.add_report(_add(commands, "report", evaluation.report, "write the evaluation to one file"))

    voting.add_arguments(_add(commands, "vote", voting.act, "vote on pairs of answers without their models' names"))

    exporting.add_arguments(
        _add(commands, "export", exporting.export, "write items to a file, accepted ones by default")
    )

    adapters.add_actions(_add(commands, "adapter", adapters.act, "adapters out of the studio and into it"))
    adapters.add_blend(_add(commands, "blend", adapters.blend, "a round at another strength, or mixed with one before"))
    students.add_actions(_add(commands, "student", students.act, "the students there are, and the one in use"))
    _add(commands, "status", _status, "counts, data sets and rounds")
    accounts.add_actions(_add(commands, "user", accounts.act, "the accounts of a team"))
    return parser


def _dollars(text: str) -> float | str:
    try:
        return "none" if text == "none" else float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("The limit is a number of dollars, or none.") from error


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise CitingError("A price is two numbers: dollars for a million tokens sent, and answered.") from error


Command = Callable[[Studio, argparse.Namespace], tuple[Result, str]]


def _add(commands: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command, parser=parser)
    # After the command, too; where it isn't given here, what stands before the command holds.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    return parser


def _import(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    if flags.preferences:
        if flags.dataset or flags.held_out or flags.pairs or flags.update or flags.map or flags.dry_run:
            raise CitingError("Preferences are not imported as a data set: leave the other options out.")
        found = foreign.foreign_rate(flags.file)
        return found, foreign.summary(found)
    asked = Import.of({**vars(flags), "columns": _columns(flags.map)})
    if flags.file == Path("bundled"):
        if asked != Import() or flags.dry_run:
            raise CitingError("The bundled curriculum has its own name, splits and columns: leave the options out.")
        report = importing_data.import_bundled(studio)
    elif flags.dry_run:
        return _preview(studio, flags, asked)
    else:
        report = importing_data.take_in(studio, flags.file, asked, studio.settings.annotator)
    if importing.is_all_rejected(report):
        _tell(flags, asdict(report), _told(report))
        raise CitingError(importing.NOTHING_CAME)
    return asdict(report), _told(report)


def _columns(given: Sequence[str]) -> dict[str, str]:
    """What `COLUMN=NAME` says, for each of these. Raises CitingError for one without a `=`."""
    pairs = [one.rpartition("=") for one in given]
    if any(not separator for _, separator, _ in pairs):
        raise CitingError(f"Map a column with COLUMN=NAME, where NAME is one of {', '.join(TARGETS)}.")
    return {name: target.strip().casefold() for name, _, target in pairs}


def _preview(studio: Studio, flags: argparse.Namespace, asked: Import) -> tuple[Result, str]:
    found = previewing.preview(studio.store, flags.file, asked.how, asked.dataset, update=asked.update)
    if found.is_all_rejected:
        _tell(flags, asdict(found), previewing.told(found))
        raise CitingError(previewing.ALL_REJECTED)
    return asdict(found), previewing.told(found)


def _told(report: ImportReport) -> str:
    updated = f" {report.updated} updated," if report.updated else ""
    rows = [str(row) for row in report.rejected[:20]]
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
    view = spending.spending_view(store, studio.models)
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


def _status(studio: Studio, flags: argparse.Namespace) -> tuple[Result, str]:
    told = ("round", "kind", "state", "items", "result")
    rounds = [{name: view[name] for name in told} for view in map(dict, rounds_view(studio))]
    found = status.summary(studio)
    items = ", ".join(f"{count} {state}" for state, count in found["items"].items())
    lines = "".join(f"\n  round {row['round']}: {row['state']}, {_learned(row)}" for row in rounds)
    return {**found, "rounds": rounds}, f"{found['data_dir']}: {items}; teacher {found['teacher']}.{lines}"


def _learned(row: Result) -> str:
    """A round's kind, and what it learns with its count; what no kind has trained is told by its word: imported."""
    kind = kinds().get(row["kind"])
    return f"{row['kind']}, {kind.learns_from.counted(row['items'])}" if kind else str(row["kind"])


if __name__ == "__main__":
    sys.exit(main())
