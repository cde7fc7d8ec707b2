"""The command `student`: which students there are, one downloaded, and the one in use."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from citing_app.cli.console import ConsoleJob
from citing_app.workflows.models import fetching, using
from citing_app.workflows.models.listing import StudentView, models_view
from citing_app.workflows.models.requests import OneStudent
from citing_app.workflows.studio import Studio

_STATES = {"here": "", "partly": "not all of it is here", "away": "not on this machine"}


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions of `student`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="the students there are, the one in use first")
    for name, text in (
        ("fetch", "download a student from the hub; one that was broken off resumes"),
        ("use", "draft, chat, train and measure with this student from now on"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("student", metavar="NAME|FOLDER", help=OneStudent.takes("student").about)


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Do what the flags say."""
    if flags.action == "list":
        view = models_view(studio)
        return view, "\n".join(map(_line, view["students"]))
    asked = OneStudent.of(vars(flags))
    if flags.action == "fetch":
        return {"student": asked.student}, fetching.fetch(studio, asked, ConsoleJob("fetch", "Downloading"))
    return {"student": asked.student}, using.use(studio, asked)


def _line(one: StudentView) -> str:
    size = f"{one['bytes'] / 1e6:,.1f} MB" if one["bytes"] else ""
    context = f"reads {one['context']:,} tokens" if one["context"] else ""
    memory = [f"{what}: {fit['says']} ({fit['bytes'] / 1e9:.1f} GB)" for what, fit in one["fits"].items()]
    rounds = f"rounds {', '.join(map(str, reversed(one['rounds'])))}" if one["rounds"] else ""
    told = [size, context, one["licence"] or "", *memory, rounds, _STATES[one["state"]]]
    return f"{'*' if one['in_use'] else ' '} {one['given']}: {' · '.join(filter(None, told))}"
