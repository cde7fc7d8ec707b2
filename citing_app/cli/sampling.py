"""The command `sample`: several answers to each instruction, and what each is worth."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from citing_app.cli.comparing import with_judge
from citing_app.cli.console import prepared
from citing_app.cli.flags import add_flags
from citing_app.workflows.candidates import estimating, sampling
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.students import JUDGE
from citing_app.workflows.studio import Studio


def add_sample(parser: argparse.ArgumentParser) -> None:
    """The flags of `sample`."""
    add_flags(parser, Sample, "items", "k", "accepted", "round", "reward", "seed")
    parser.add_argument("--estimate", action="store_true", help="only tell what it would take")


def sample(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Sample and score in this process, or tell what it would take."""
    given = vars(flags)
    if (flags.reward or "").startswith(JUDGE):
        studio, name = with_judge(studio, flags.reward.removeprefix(JUDGE))
        given = {**given, "reward": JUDGE + name}
    asked = Sample.of(given)
    if flags.estimate:
        takes = estimating.estimate(studio, asked)
        return takes, estimating.told(takes)
    found = sampling.sample(studio, asked, prepared(studio))
    return found, sampling.summary(found)
