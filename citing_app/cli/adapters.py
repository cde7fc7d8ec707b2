"""The commands `adapter` and `blend`: adapters out of the studio and into it, weaker, or mixed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from citing_app.cli.flags import add_flags
from citing_app.running.jobs import Job
from citing_app.workflows.adapters import blending, exporting, importing
from citing_app.workflows.adapters.requests import Blend, ExportAdapter, ImportAdapter
from citing_app.workflows.students import model_name
from citing_app.workflows.studio import Studio


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions of `adapter`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    export = actions.add_parser("export", help="write a round's adapter, with its model card")
    export.add_argument("target", type=Path, metavar="FILE.zip|FOLDER")
    add_flags(export, ExportAdapter, "round")
    form = export.add_mutually_exclusive_group()
    forms = {
        "merged": "the whole student with the adapter merged into it",
        "gguf": "the same as GGUF, for llama.cpp and Ollama; without a round, the student itself",
        "gguf-adapter": "the adapter alone as GGUF",
    }
    for name, what in forms.items():
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, default="adapter", help=what)
    take = actions.add_parser("import", help="make a PEFT adapter that was trained elsewhere a round")
    take.add_argument("source", type=Path, metavar="FILE.zip|FOLDER")
    add_flags(take, ImportAdapter, "name", "inside")


def act(studio: Studio, flags: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Do what the flags say."""
    if flags.action == "export":
        what = ExportAdapter.of(vars(flags))
        exporting.export_adapter(studio, what.round, what.form, flags.target, Job("export", ""))
        told = f"{flags.target}: {model_name(studio, what.round)}, {what.form}"
        return {"round": what.round, "file": str(flags.target)}, told
    asked = ImportAdapter.of(vars(flags))
    number = importing.import_adapter(studio, flags.source, asked.name, studio.settings.annotator, asked.inside)
    return {"round": number}, f"{flags.source} is round {number}."


def add_blend(parser: argparse.ArgumentParser) -> None:
    """The flags of `blend`."""
    add_flags(parser, Blend, "round", "strength", "name")
    parser.add_argument("--with", dest="mixed_with", metavar="ROUND", help=Blend.takes("mixed_with").about)


def blend(studio: Studio, flags: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Make the blend a round."""
    asked = Blend.of(vars(flags))
    number = blending.blend(studio, asked, studio.settings.annotator, Job("blend", ""))
    return {"round": number}, f"Round {number} is the blend."
