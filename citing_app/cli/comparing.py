"""The command `compare`: which of two models answers better, by a judge."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from citing_app.cli.console import prepared
from citing_app.cli.flags import add_flags
from citing_app.workflows.calls.models import Stored, make_judge
from citing_app.workflows.evaluation.judge import comparing, estimating, win_rates_view
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.studio import Studio


def add_compare(parser: argparse.ArgumentParser) -> None:
    """The flags of `compare`."""
    add_flags(parser, Compare, "model")
    opponents = Compare.takes("opponents")
    parser.add_argument(
        "--with", action="append", metavar="MODEL", dest="opponents", help=f"{opponents.about}; repeat for more"
    )
    parser.add_argument("--dataset", dest="test_set", help=Compare.takes("test_set").about)
    add_flags(parser, Compare, "part", "items")
    judge = Compare.takes("judge")
    parser.add_argument("--judge", metavar="reference|MODEL|MODEL=URL", help=f"{judge.about}. {judge.why}")
    add_flags(parser, Compare, "closeness", "rubric", "reference", "answer")
    parser.add_argument("--estimate", action="store_true", help="only tell what it would take")


def compare(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Compare, or tell what it would take."""
    studio, name = with_judge(studio, flags.judge)
    asked = Compare.of({**vars(flags), "judge": name})
    if flags.estimate:
        estimates = estimating.estimates(studio, asked)
        return {"estimates": estimates}, "\n".join(map(estimating.told, estimates))
    found = comparing.compare(studio, asked, prepared(studio))
    return {"comparisons": found}, "\n".join(map(win_rates_view.told, found))


def with_judge(studio: Studio, given: str | None) -> tuple[Studio, str]:
    """The studio with the judge that `--judge` names, which the app need not have been started with."""
    if not given or given in [judge.name for judge in studio.judges]:
        return studio, given or ""
    judge = make_judge(studio.settings, given, Stored.of(studio.store))
    return replace(studio, judges=(judge, *(one for one in studio.judges if one.name != judge.name))), judge.name
