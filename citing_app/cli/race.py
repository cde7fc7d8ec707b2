"""`race` on the command line: kinds of round side by side under one budget, and wait for it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from citing_app.cli.console import prepared
from citing_app.cli.flags import add_flags
from citing_app.errors import CitingError
from citing_app.workflows.race import control
from citing_app.workflows.race.planning import planned
from citing_app.workflows.race.settings import METHODS, StartRace
from citing_app.workflows.race.telling import plan_told, plan_view, race_told, write_race
from citing_app.workflows.race.view import races_list, whole_race
from citing_app.workflows.rounds.supervising import find_rounds
from citing_app.workflows.studio import Studio


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `race`."""
    default = " ".join(StartRace.model_fields["methods"].default)
    about = StartRace.takes("methods").about
    parser.add_argument("--methods", nargs="+", choices=METHODS, metavar="KIND", help=f"{about} (default: {default})")
    add_flags(parser, StartRace, "items", "rounds", "budget", "seeds", "seed", "rates", "parent")
    about = StartRace.takes("datasets").about
    parser.add_argument("--dataset", action="append", dest="datasets", help=f"{about}; repeat for more")
    add_flags(parser, StartRace, "evaluate_items", "judge", "reward", "k")
    parser.add_argument("--plan", action="store_true", help="say what it would do, and start nothing")
    parser.add_argument(
        "--report", type=Path, metavar="FILE.md", help="write the newest race as Markdown, and start nothing"
    )
    parser.add_argument("--continue", dest="go_on", action="store_true", help="go on with the one that has not ended")


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Run the race in this process, to its end; or tell its plan, or write down the newest."""
    if flags.report:
        return _report(studio, flags.report)
    job = prepared(studio)
    if flags.plan:
        plan = planned(studio, StartRace.of(vars(flags)))
        return plan_view(plan), plan_told(plan)
    find_rounds(studio)
    if flags.go_on:
        number = control.reopen(studio.store, _unended(studio))
    else:
        number = control.add(studio, StartRace.of(vars(flags)), studio.settings.annotator)
    try:
        control.run(studio, number, job)
    except KeyboardInterrupt:
        control.pause(studio, number)
        raise
    view = whole_race(studio, number)
    return view, race_told(view)


def _report(studio: Studio, path: Path) -> tuple[Mapping[str, Any], str]:
    number = next((one["id"] for one in races_list(studio)), None)
    if number is None:
        raise CitingError("There is no race to write down.")
    write_race(studio, number, path)
    return {"file": str(path), "race": number}, f"Race {number} written to {path}."


def _unended(studio: Studio) -> int:
    number = next((one["id"] for one in races_list(studio) if one["state"] in ("running", "paused")), None)
    if number is None:
        raise CitingError("There is no race to go on with.")
    return number
