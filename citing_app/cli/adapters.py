"""The command `adapter`: adapters out of the studio and into it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from citing_app.running.jobs import Job
from citing_app.workflows.adapters import exporting, importing
from citing_app.workflows.studio import Studio


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions of `adapter`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    export = actions.add_parser("export", help="write a round's adapter, with its model card")
    export.add_argument("target", type=Path, metavar="FILE.zip|FOLDER")
    export.add_argument("--round", type=int, required=True, help="the round")
    export.add_argument("--merged", action="store_true", help="the whole student with the adapter merged into it")
    take = actions.add_parser("import", help="make a PEFT adapter that was trained elsewhere a round")
    take.add_argument("source", type=Path, metavar="FILE.zip|FOLDER")
    take.add_argument("--name", help="what to call it")


def act(studio: Studio, flags: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Do what the flags say."""
    if flags.action == "export":
        form: exporting.Form = "merged" if flags.merged else "adapter"
        exporting.export_adapter(studio, flags.round, form, flags.target, Job("export", ""))
        return {"round": flags.round, "file": str(flags.target)}, f"{flags.target}: round {flags.round}, {form}"
    number = importing.import_adapter(studio, flags.source, flags.name, studio.settings.annotator)
    return {"round": number}, f"{flags.source} is round {number}."
