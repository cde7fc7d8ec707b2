"""`curriculum` on the command line: the whole algorithm, and wait for it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from citing_app.cli.console import prepared
from citing_app.cli.flags import add_flags
from citing_app.errors import CitingError
from citing_app.workflows.curriculum import control
from citing_app.workflows.curriculum.settings import CurriculumSettings, StartCurriculum
from citing_app.workflows.curriculum.view import curricula_view, table
from citing_app.workflows.rounds.choices import RoundChoices
from citing_app.workflows.rounds.supervising import find_rounds
from citing_app.workflows.studio import Studio


def add_choices(parser: argparse.ArgumentParser) -> None:
    """The choices that a round and a curriculum share; `--launcher` gives launchers, and `--on` chooses one."""
    add_flags(parser, RoundChoices, "kind", "objective", "replay", "adapter", "tokens", "order", "seed")
    add_flags(parser, RoundChoices, "learning_rate", "epochs", "steps", "validate_on", "patience")
    launcher = RoundChoices.takes("launcher")
    parser.add_argument("--on", metavar="NAME", dest="launcher", help=f"{launcher.about}. {launcher.why}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `curriculum`."""
    add_flags(parser, StartCurriculum, "rounds", "items", "sampling", "sft", "later")
    add_flags(parser, StartCurriculum, "evaluate", "part", "evaluate_items", "stop_when_worse", "judge")
    rule = parser.add_mutually_exclusive_group()
    rule.add_argument("--accept-pending", action="store_true", help="accept every revision without a person")
    rule.add_argument("--accept-below", type=float, metavar="SHARE", help="accept edits that change at most this share")
    rule.add_argument("--trust", action="append", metavar="CATEGORY", help="accept this category's (repeat for more)")
    add_choices(parser)
    parser.add_argument("--continue", dest="go_on", action="store_true", help="go on with the one that has not ended")


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Run the curriculum in this process, to its end."""
    if not (flags.accept_pending or flags.accept_below is not None or flags.trust):
        raise CitingError(
            "Say who decides: --accept-pending, --accept-below SHARE or --trust CATEGORY; people decide in the app."
        )
    job = prepared(studio)
    find_rounds(studio)
    if flags.go_on:
        number = control.reopen(studio.store, _unended(studio))
    else:
        number = control.add(studio, _settings(flags), studio.settings.annotator)
    try:
        control.run(studio, number, job)
    except KeyboardInterrupt:
        control.pause(studio, number)
        raise
    view = next(one for one in curricula_view(studio) if one["id"] == number)
    return view, table(view)


def _settings(flags: argparse.Namespace) -> CurriculumSettings:
    rule = "all" if flags.accept_pending else "small" if flags.accept_below is not None else "trusted"
    decided = {"decide": rule, "below": flags.accept_below, "trusted": flags.trust, "rest": "leave"}
    return StartCurriculum.of({**vars(flags), **decided}).settings


def _unended(studio: Studio) -> int:
    number = next((one["id"] for one in curricula_view(studio) if one["state"] in ("running", "paused")), None)
    if number is None:
        raise CitingError("There is no curriculum to go on with.")
    return int(number)
