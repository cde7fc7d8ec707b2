"""The command `sample`: several answers to each instruction, and what each is worth."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from citing_app.cli.console import prepared
from citing_app.cli.flags import add_flags
from citing_app.workflows.candidates import sampling
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.studio import Studio


def add_sample(parser: argparse.ArgumentParser) -> None:
    """The flags of `sample`."""
    add_flags(parser, Sample, "items", "k", "round", "reward", "seed")


def sample(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Sample and score in this process."""
    asked = Sample.of(vars(flags))
    found = sampling.sample(studio, asked, prepared(studio))
    return found, sampling.summary(found)
